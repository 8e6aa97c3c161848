package io.distcache.client.internal.pool;

import org.jspecify.annotations.Nullable;

/** A step of the {@link PoolMonitor} could not be taken; the reason has its own consequences, and all begins again. Immutable. */
final class StepFailed extends Exception {
    private static final long serialVersionUID = 1;

    StepFailed(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
