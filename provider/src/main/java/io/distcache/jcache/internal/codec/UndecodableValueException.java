package io.distcache.jcache.internal.codec;

import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Stored bytes no longer give an object: a class vanished or changed its shape, or the bytes are damaged. A cache counts
 * it as a miss; it is not a refusal.
 */
public final class UndecodableValueException extends CacheException {
    private static final long serialVersionUID = 1L;

    UndecodableValueException(String message) {
        super(message);
    }

    UndecodableValueException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
