package io.distcache.jcache.internal.user;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends several things, one after the other, each whatever became of those before it. What fails is thrown when all have had their
 * turn. Of an object of the application that cannot be closed only the log tells, as nobody else can do anything about it, unless the JVM
 * itself is in trouble. Confined to one thread.
 */
public final class Closing {
    private static final Logger LOG = LoggerFactory.getLogger(Closing.class);

    private @Nullable Throwable failure;

    /** Ends one thing. */
    public Closing then(Runnable step) {
        try {
            step.run();
        } catch (Throwable e) {
            keep(e);
        }
        return this;
    }

    /**
     * Closes an object of the application, if it is one that can be closed.
     *
     * @param cache the cache that it belongs to, for the log
     */
    public Closing thenUsers(@Nullable Object target, String cache) {
        if (target instanceof AutoCloseable closeable) {
            try {
                closeable.close();
            } catch (VirtualMachineError | ThreadDeath e) {
                keep(e);
            } catch (Throwable e) {
                if (e instanceof InterruptedException) {
                    Thread.currentThread().interrupt();
                }
                LOG.warn("closing {} of cache {} failed", target.getClass().getName(), cache, e);
            }
        }
        return this;
    }

    private void keep(Throwable e) {
        if (failure == null) {
            failure = e;
        } else if (failure != e) {
            failure.addSuppressed(e);
        }
    }

    /** Throws what failed first, the rest suppressed in it; returns if nothing did. */
    public void end() {
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    /** For what is undone because of {@code cause}, which is the one to be thrown. */
    public void endBecauseOf(Throwable cause) {
        if (failure != null && failure != cause) {
            cause.addSuppressed(failure);
        }
    }
}
