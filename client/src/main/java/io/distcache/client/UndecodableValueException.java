package io.distcache.client;

import org.jspecify.annotations.Nullable;

/**
 * Stored bytes no longer give an object: a class vanished or changed its shape, or the bytes are damaged. A cache counts
 * it as a miss; it is not a refusal. Store the value anew.
 */
public final class UndecodableValueException extends DistCacheException {
    public UndecodableValueException(String message) {
        this(message, null);
    }

    public UndecodableValueException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
