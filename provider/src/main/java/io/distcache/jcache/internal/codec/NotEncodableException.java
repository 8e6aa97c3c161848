package io.distcache.jcache.internal.codec;

import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** An object cannot be stored; the message names the class, where it sits in the object, and what to do. */
public final class NotEncodableException extends CacheException {
    private static final long serialVersionUID = 1L;

    NotEncodableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
