package io.distcache.server.frontdoor.wire;

/**
 * Tells whether an event loop has stood still: the process was stopped, or collected garbage for long. Its clients have given the node up
 * then, and what they sent it before they may have done elsewhere; so it must not be executed late. Beats on the event loop; may be asked from any thread.
 *
 * <p>The loop beats every {@value #BEAT_MILLIS} ms. When it wakes up it reads from sockets before it looks at its timers, and so finds
 * that the last beat is long ago. If it stood still between the two, the timer comes first, too late: such a beat does not count, and until
 * the next one everything that is read is taken for old.
 */
final class LoopPulse {
    static final long BEAT_MILLIS = 100;
    /** Shorter pauses happen on a busy machine. */
    static final long LEAST_LIMIT_MILLIS = 300;

    private static final int MISSED_REPORTS = 3;
    private static final int DEFAULT_HEALTH_MILLIS = 1000;

    private long lastNanos;
    private volatile long countedNanos;

    LoopPulse(long nowNanos) {
        lastNanos = nowNanos;
        countedNanos = nowNanos;
    }

    /** After how long without a report a client that wants one every so often has given the node up, in nanoseconds. */
    static long limitNanos(int healthMillis) {
        long every = healthMillis == 0 ? DEFAULT_HEALTH_MILLIS : healthMillis;
        return Math.max(LEAST_LIMIT_MILLIS, MISSED_REPORTS * every) * 1_000_000;
    }

    /**
     * The loop's timer fired.
     *
     * @return how late it was, in nanoseconds
     */
    long beat(long nowNanos) {
        long since = nowNanos - lastNanos;
        lastNanos = nowNanos;
        if (since <= LEAST_LIMIT_MILLIS * 1_000_000) {
            countedNanos = nowNanos;
        }
        return since - BEAT_MILLIS * 1_000_000;
    }

    /** Whether the last beat was too late to count. */
    boolean isLate() {
        return lastNanos != countedNanos;
    }

    /**
     * How long ago the loop was last known to be alive, or the connection to be new.
     *
     * @param greetedNanos when the client said hello: what it sends, it has sent since
     */
    long stoodStillNanos(long nowNanos, long greetedNanos) {
        return Math.min(nowNanos - countedNanos, nowNanos - greetedNanos);
    }
}
