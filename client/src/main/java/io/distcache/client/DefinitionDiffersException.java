package io.distcache.client;

import org.jspecify.annotations.Nullable;

/** A cache of that name has another definition; the message names the differences. Use that definition, or another name. */
public final class DefinitionDiffersException extends DistCacheException {
    public DefinitionDiffersException(String message) {
        this(message, null);
    }

    public DefinitionDiffersException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
