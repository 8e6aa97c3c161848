package io.distcache.client;

import org.jspecify.annotations.Nullable;

/** The cache is not there: never created, or destroyed since it was opened. Open it anew. */
public final class NoSuchCacheException extends DistCacheException {
    public NoSuchCacheException(String message) {
        this(message, null);
    }

    public NoSuchCacheException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
