package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry that somebody has leased, and those who wait for it, first come first served. Guarded by the shard's lock; it exists
 * while there is a holder.
 */
final class LeasedEntry {
    private static final int OVERHEAD_BYTES = 256;

    /** What waits until the entry is free: a command, a front door's verb, or a transaction that then begins anew. */
    record Waiting(
            Command.@Nullable OnEntry command,
            @Nullable Verb verb,
            @Nullable Runnable retry,
            long retryBytes,
            Origin origin,
            long deadlineNanos) {
        static Waiting withCommand(Command.OnEntry command, Origin origin, long deadlineNanos) {
            return new Waiting(command, null, null, 0, origin, deadlineNanos);
        }

        static Waiting withVerb(Verb verb, Origin origin, long deadlineNanos) {
            return new Waiting(null, verb, null, 0, origin, deadlineNanos);
        }

        static Waiting toRetry(Runnable retry, long bytes, Origin origin, long deadlineNanos) {
            return new Waiting(null, null, retry, bytes, origin, deadlineNanos);
        }

        /** What is kept for it. */
        private long bytes() {
            long own = verb != null ? verb.bytes() : command != null ? bytesOf(command) : retryBytes;
            return OVERHEAD_BYTES + own;
        }

        private static long bytesOf(Command.OnEntry command) {
            if (command instanceof Command.Once once) {
                return bytesOf(once.change());
            }
            long value = 0;
            if (command instanceof Command.Put put) {
                Bytes expected = put.condition().value();
                value = (long) put.value().length() + (expected == null ? 0 : expected.length());
            } else if (command instanceof Command.Append append) {
                value = append.piece().length();
            }
            return command.key().length() + value;
        }

        private void ended() {
            origin.session().account().giveWaiting(bytes());
        }
    }

    private final Shard shard;
    private final Cache cache;
    private final Bytes key;
    private final Deque<Waiting> queue = new ArrayDeque<>();
    private @Nullable Session holder;
    private long token;
    private long durationNanos;
    private long deadlineNanos;

    LeasedEntry(Shard shard, Cache cache, Bytes key) {
        this.shard = shard;
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

    Shard shard() {
        return shard;
    }

    Cache cache() {
        return cache;
    }

    Bytes key() {
        return key;
    }

    void grant(Session session, long newToken, long newDurationNanos) {
        holder = session;
        token = newToken;
        durationNanos = newDurationNanos;
        session.dues().holds(this);
        renew();
    }

    /** Lasts as long again from now. */
    void renew() {
        deadlineNanos = System.nanoTime() + durationNanos;
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
