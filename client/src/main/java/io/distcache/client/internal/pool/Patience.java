package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.NodeSession;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * The time one call has, and the pauses between its attempts: short ones first, since the pool is mostly settled in a moment. An event loop
 * makes none. Confined to one thread.
 */
final class Patience {
    private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(16);

    private final NodeSession session;
    private final long deadlineNanos;
    private long pauseNanos = TimeUnit.MILLISECONDS.toNanos(1);

    /** That of one call; a session of the client's says how long it may take, and who may wait. */
    Patience(NodeSession session) {
        this.session = session;
        this.deadlineNanos = System.nanoTime() + session.callNanos();
    }

    /** What is left, at least a nanosecond. */
    long leftNanos() {
        return Math.max(1, deadlineNanos - System.nanoTime());
    }

    /** Waits for a moment; false if there is no time left for another attempt. */
    boolean pause() {
        session.refuseOnEventLoop();
        if (deadlineNanos - System.nanoTime() <= pauseNanos) {
            return false;
        }
        long until = System.nanoTime() + pauseNanos;
        boolean interrupted = false;
        while (until - System.nanoTime() > 0) {
            LockSupport.parkNanos(this, until - System.nanoTime());
            interrupted |= Thread.interrupted();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        pauseNanos = Math.min(LONGEST_PAUSE_NANOS, pauseNanos * 2);
        return true;
    }
}
