package io.distcache.client;

import org.jspecify.annotations.Nullable;

/** Too much is in flight, or the node is full: nothing was applied. Back off. */
public final class OverloadedException extends DistCacheException {
    public OverloadedException(String message) {
        this(message, null);
    }

    public OverloadedException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
