package io.distcache.client;

import org.jspecify.annotations.Nullable;

/** A change was sent and not answered: it may or may not have been applied, or may be applied yet. Only an idempotent call may try again. */
public final class IndeterminateException extends DistCacheException {
    public IndeterminateException(String message) {
        this(message, null);
    }

    public IndeterminateException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
