package io.distcache.client;

import org.jspecify.annotations.Nullable;

/** The lease ended before it was settled: nothing was applied. Take the lease again and compute again. */
public final class LeaseLostException extends DistCacheException {
    public LeaseLostException(String message) {
        this(message, null);
    }

    public LeaseLostException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
