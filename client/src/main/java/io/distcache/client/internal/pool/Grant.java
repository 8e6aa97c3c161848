package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Reply;

/** A lease that a member of a replicated pool has granted. Thread-safe. */
final class Grant {
    private final SocketSession by;
    private final long leaseNanos;
    private volatile long endsNanos;

    /**
     * Just granted.
     *
     * @param by who settles it, wherever the group is led by then
     * @param leaseNanos how long it is from now, and from each time that it is kept
     */
    Grant(SocketSession by, long leaseNanos) {
        this.by = by;
        this.leaseNanos = leaseNanos;
        this.endsNanos = System.nanoTime() + leaseNanos;
    }

    SocketSession by() {
        return by;
    }

    /** Changes were settled, and the lease may go on. */
    void settled(Reply reply) {
        if (reply instanceof Reply.Changed) {
            endsNanos = System.nanoTime() + leaseNanos;
        }
    }

    /** Whether it ends of itself only later. */
    boolean isInTime() {
        return endsNanos - System.nanoTime() > 0;
    }
}
