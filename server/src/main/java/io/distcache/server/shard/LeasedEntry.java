package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * An entry that somebody has leased, and those who wait for it, first come first served. Guarded by the shard's lock; it exists
 * while there is a holder.
 */
final class LeasedEntry {

    /** What waits until the entry is free: a command, a front door's verb, or a transaction that then begins anew. */
    record Waiting(
            Command.@Nullable OnEntry command,
            @Nullable Verb verb,
            @Nullable Runnable retry,
            Origin origin,
            long deadlineNanos) {
        static Waiting withCommand(Command.OnEntry command, Origin origin, long deadlineNanos) {
            return new Waiting(command, null, null, origin, deadlineNanos);
        }

        static Waiting withVerb(Verb verb, Origin origin, long deadlineNanos) {
            return new Waiting(null, verb, null, origin, deadlineNanos);
        }

        static Waiting toRetry(Runnable retry, Origin origin, long deadlineNanos) {
            return new Waiting(null, null, retry, origin, deadlineNanos);
        }
    }

    private final Shard shard;
    private final Cache cache;
    private final Bytes key;
    final Deque<Waiting> queue = new ArrayDeque<>();
    private @Nullable Session holder;
    private long token;
    private long durationNanos;
    private long deadlineNanos;

    LeasedEntry(Shard shard, Cache cache, Bytes key) {
        this.shard = shard;
        this.cache = cache;
        this.key = key;
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
        session.holds(this);
        renew();
    }

    /** Lasts as long again from now. */
    void renew() {
        deadlineNanos = System.nanoTime() + durationNanos;
    }

    void revoke() {
        if (holder != null) {
            holder.noLongerHolds(this);
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
