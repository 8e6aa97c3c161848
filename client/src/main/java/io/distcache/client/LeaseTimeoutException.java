package io.distcache.client;

import org.jspecify.annotations.Nullable;

/** The entry stayed leased to others for as long as a command may wait: nothing was applied. Try again. */
public final class LeaseTimeoutException extends DistCacheException {
    public LeaseTimeoutException(String message) {
        this(message, null);
    }

    public LeaseTimeoutException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
