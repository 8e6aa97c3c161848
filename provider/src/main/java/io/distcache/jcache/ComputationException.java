package io.distcache.jcache;

import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * Another caller computed the value that was waited for, and failed. The cause is its exception; there is none if its class may
 * not be deserialized here, and the message says how to allow it.
 */
public final class ComputationException extends CacheException {
    private static final long serialVersionUID = 1L;

    public ComputationException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
