package io.distcache.client;

import org.jspecify.annotations.Nullable;

/** The node could not be asked, or a read was not answered: nothing was applied. Any call may try again, later or elsewhere. */
public final class UnreachableException extends DistCacheException {
    public UnreachableException(String message) {
        this(message, null);
    }

    public UnreachableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
