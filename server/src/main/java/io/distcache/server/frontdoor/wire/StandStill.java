package io.distcache.server.frontdoor.wire;

import org.jspecify.annotations.Nullable;

/**
 * Whether the node has stood still for longer than one client waits: the client has given it up then, and may have done elsewhere what it
 * had sent here. Confined to the connection's event loop, save {@link #isTooLong}.
 */
final class StandStill {
    private final LoopPulse pulse;
    private long greetedNanos;
    /** Written after what is above, so that other threads may read that. */
    private volatile long limitNanos = Long.MAX_VALUE;

    /** Of a client that has not said hello yet, and so waits for as long as it takes. */
    StandStill(LoopPulse pulse) {
        this.pulse = pulse;
    }

    /** The client has said hello, and wants to hear how the node is every so often. */
    void greeted(int healthMillis) {
        greetedNanos = System.nanoTime();
        limitNanos = LoopPulse.limitNanos(healthMillis);
    }

    /** Whether this is the pulse of the connection's event loop. */
    boolean isOf(LoopPulse one) {
        return one == pulse;
    }

    /** Whether the node has stood still for too long; may be asked on any thread. */
    boolean isTooLong() {
        return limitNanos != Long.MAX_VALUE && nanos() > limitNanos;
    }

    /** Why the connection must end, if the node has stood still for too long; else null. */
    @Nullable
    String reasonToEnd() {
        long still = nanos();
        long limit = limitNanos;
        return still <= limit
                ? null
                : "the node stood still for " + still / 1_000_000 + "ms, over " + limit / 1_000_000
                        + "ms: the client has given it up by then, and may have done elsewhere what it had sent here";
    }

    private long nanos() {
        return pulse.stoodStillNanos(System.nanoTime(), greetedNanos);
    }
}
