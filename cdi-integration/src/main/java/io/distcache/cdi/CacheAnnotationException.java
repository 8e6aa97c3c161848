package io.distcache.cdi;

import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/** An annotated method cannot use its cache as it is written or configured; the message says what to change. */
public final class CacheAnnotationException extends CacheException {
    private static final long serialVersionUID = 1L;

    public CacheAnnotationException(String message) {
        this(message, null);
    }

    public CacheAnnotationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
