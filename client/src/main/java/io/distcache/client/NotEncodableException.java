package io.distcache.client;

import org.jspecify.annotations.Nullable;

/** An object cannot be stored: nothing was sent. The message names the class, where it sits in the object, and what to do. */
public final class NotEncodableException extends DistCacheException {
    public NotEncodableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
