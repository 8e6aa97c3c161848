package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.server.shard.operation.EntryOperation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * An entry that somebody has leased, and those who wait for it, first come first served. Guarded by the shard's lock; it exists
 * while there is a holder.
 */
final class LeasedEntry implements Dues.Held {
    private static final int OVERHEAD_BYTES = 256;

    /** What waits. */
    sealed interface What permits Asked, Operated, Retry {
        /** How many bytes of the request are kept for it. */
        long bytes();
    }

    /** A command that is more than an operation on the entry. */
    record Asked(Command.OnEntry command, long bytes) implements What {}

    /** An operation on the entry. */
    record Operated(EntryOperation operation) implements What {
        @Override
        public long bytes() {
            return operation.bytes();
        }
    }

    /** A step of several entries that begins again then, without the shard's lock. */
    record Retry(Runnable action, long bytes) implements What {}

    /** What waits until the entry is free, for whom, and until when at most. */
    record Waiting(What what, Origin origin, long deadlineNanos) {

        private long bytes() {
            return OVERHEAD_BYTES + what.bytes();
        }

        /** Whether the result of who has the entry now would do. */
        boolean waitsForResult() {
            return what instanceof Asked asked && asked.command instanceof Command.Lease wish && wish.onMiss();
        }

        private void ended() {
            origin.session().account().giveWaiting(bytes());
        }
    }

    private final Consumer<LeasedEntry> whenHolderGone;
    private final Cache cache;
    private final Bytes key;
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private @Nullable Session holder;
    private long token;
    private long durationNanos;
    private long deadlineNanos;

    /** @param whenHolderGone told that the holder's session has ended; without the shard's lock */
    LeasedEntry(Consumer<LeasedEntry> whenHolderGone, Cache cache, Bytes key) {
        this.whenHolderGone = whenHolderGone;
        this.cache = cache;
        this.key = key;
    }

    /** Has something wait; false if too much of that client's, and of all, waits already. */
    boolean enqueue(Waiting waiting) {
        if (!waiting.origin.session().account().takeWaiting(waiting.bytes())) {
            return false;
        }
        queue.add(waiting);
        return true;
    }

    /** Who has waited for the longest waits no longer; null if nobody does. */
    @Nullable
    Waiting poll() {
        Waiting next = queue.poll();
        if (next != null) {
            next.ended();
        }
        return next;
    }

    int waiting() {
        return queue.size();
    }

    /** Those whose client is gone, and those whose time is over, wait no longer; the latter are returned. */
    List<Waiting> endOverdue(long nowNanos) {
        List<Waiting> over = new ArrayList<>();
        queue.removeIf(waiting -> {
            boolean isOver = nowNanos - waiting.deadlineNanos >= 0;
            boolean ends = isOver || waiting.origin.session().isClosed();
            if (ends) {
                waiting.ended();
            }
            return ends && (!isOver || over.add(waiting));
        });
        return over;
    }

    @Override
    public void holderGone() {
        whenHolderGone.accept(this);
    }

    Cache cache() {
        return cache;
    }

    Bytes key() {
        return key;
    }

    void grant(Session session, long newToken, long newDurationNanos, long nowNanos) {
        holder = session;
        token = newToken;
        durationNanos = newDurationNanos;
        session.dues().holds(this);
        renew(nowNanos);
    }

    /** Lasts as long again from now. */
    void renew(long nowNanos) {
        deadlineNanos = nowNanos + durationNanos;
    }

    void revoke() {
        if (holder != null) {
            holder.dues().noLongerHolds(this);
            holder = null;
        }
    }

    boolean isHeld() {
        return holder != null;
    }

    boolean isHeldWith(long givenToken) {
        return holder != null && token == givenToken;
    }

    @Nullable
    Session holder() {
        return holder;
    }

    boolean isOverdue(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    long remainingMillis(long nowNanos) {
        return Math.max(0, (deadlineNanos - nowNanos) / 1_000_000);
    }
}
