package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A lease that a member of a replicated pool has granted. Several settlements of one lease may be on their way, and get lost together; what
 * became of them is found out once, for all of them: whoever looks second would see what others have changed meanwhile. Thread-safe.
 */
final class Grant {
    private final SocketSession by;
    private final long leaseNanos;
    private final AtomicBoolean isLookedAt = new AtomicBoolean();
    private final CompletableFuture<Boolean> isUnchanged = new CompletableFuture<>();
    private volatile long version;
    private volatile long endsNanos;

    /**
     * Just granted.
     *
     * @param by who settles it, wherever the group is led by then
     * @param version of the entry; 0 if it was not there
     * @param leaseNanos how long it is from now, and from each time that it is kept
     */
    Grant(SocketSession by, long version, long leaseNanos) {
        this.by = by;
        this.version = version;
        this.leaseNanos = leaseNanos;
        this.endsNanos = System.nanoTime() + leaseNanos;
    }

    SocketSession by() {
        return by;
    }

    /** Changes were settled, and the lease may go on. */
    void settled(Reply reply) {
        if (reply instanceof Reply.Changed changed) {
            version = changed.version();
            endsNanos = System.nanoTime() + leaseNanos;
        }
    }

    /** Whether it ends of itself only later. */
    boolean isInTime() {
        return endsNanos - System.nanoTime() > 0;
    }

    /** Whether a look at the entry's version can tell if it was changed: one that is not there may have come and gone again. */
    boolean isTelling() {
        return version != 0;
    }

    /** True for the first to ask, who has to look. */
    boolean isToLook() {
        return isLookedAt.compareAndSet(false, true);
    }

    /** The entry was leased anew, and had this version. */
    void seen(long versionNow) {
        isUnchanged.complete(version == versionNow);
    }

    /** Whoever had to look has not found out. */
    void notSeen() {
        isUnchanged.complete(false);
    }

    /** Whether somebody has looked, or has given up. */
    boolean isSeen() {
        return isUnchanged.isDone();
    }

    /** Whether nothing was applied that was not known to be; only once it is {@link #isSeen}. */
    boolean isUnchanged() {
        return isUnchanged.join();
    }
}
