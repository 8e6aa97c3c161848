package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.store.EntryRecord;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Who holds an entry of one shard, and who waits for it. Guarded by the shard's lock. */
final class Leases {

    /** Does what has waited, once the entry is free or belongs to it. */
    @FunctionalInterface
    interface Turn {
        /** The reply, or null if it comes later. */
        @Nullable
        Reply take(Cache cache, CacheShard part, LeasedEntry.Waiting next, Outcome outcome);
    }

    private final ReentrantLock lock;
    private final int index;
    private final LeaseConfig config;
    private final AtomicLong tokens;
    private final NodeClock clock;
    private Turn turn = (cache, part, next, outcome) -> null;

    /**
     * No leases yet.
     *
     * @param tokens the node's source of lease tokens
     */
    Leases(ReentrantLock lock, EntryRules rules, LeaseConfig config, AtomicLong tokens) {
        this.lock = lock;
        this.index = rules.index();
        this.config = config;
        this.tokens = tokens;
        this.clock = rules.clock();
    }

    /** From now on this does what has waited. */
    void turn(Turn taker) {
        turn = taker;
    }

    /** The lease on an entry, or null if it is free. */
    static @Nullable LeasedEntry of(@Nullable CacheShard part, Bytes key) {
        return part == null || part.leases.isEmpty() ? null : part.leases.get(key);
    }

    /** Whether the entry is there at the command's moment. */
    static boolean isThere(CacheShard part, Bytes key, Outcome outcome) {
        byte[] record = part.get(key);
        return record != null && !EntryRecord.isExpired(record, outcome.millis());
    }

    /** The lease that a settlement ends; null if it is not held. */
    @Nullable
    LeasedEntry heldFor(Command.Settlement settlement, @Nullable CacheShard part, Session session, Outcome outcome) {
        LeasedEntry lease = of(part, settlement.key());
        if (part == null || lease == null || !lease.isHeldWith(settlement.token())) {
            return null;
        }
        if (settlement.as() != null && lease.holder() != session) {
            // It comes again, over another connection. What may yet arrive over the one before must not find a lease.
            passOn(lease, part, null, outcome);
            return null;
        }
        return lease;
    }

    /** The holder goes on. */
    void renew(LeasedEntry lease) {
        lease.renew(clock.passedNanos());
    }

    /** Gives the entry to the origin's session: a {@link Reply.Leased} with the entry as it stands. */
    Reply grant(
            Cache cache,
            CacheShard part,
            Command.Lease command,
            byte @Nullable [] present,
            Origin origin,
            Outcome outcome) {
        LeasedEntry lease = part.leases.get(command.key());
        if (lease == null) {
            Bytes key = Bytes.of(command.key().toByteArray());
            lease = new LeasedEntry(this::endIfGone, cache, key);
            part.leases.put(key, lease);
        }
        long token = tokens.incrementAndGet();
        long millis =
                Math.max(1, Math.min(command.leaseMillis(), config.maxDuration().toMillis()));
        lease.grant(origin.session(), token, millis * 1_000_000, clock.passedNanos());
        if (origin.session().isClosed()) {
            // Its close() may have looked at its leases before this one was among them.
            LeasedEntry granted = lease;
            outcome.afterwards(() -> endIfGone(granted));
        }
        return new Reply.Leased(
                token,
                present == null ? 0 : EntryRecord.version(present),
                present == null ? null : EntryRecord.value(present));
    }

    /** Has something wait for its turn; a refusal if too much waits already, else null. */
    @Nullable
    Reply enqueue(LeasedEntry lease, LeasedEntry.What what, Origin origin) {
        if (!waits(lease, what, origin)) {
            return tooMuchWaits();
        }
        if (origin.request() != 0) {
            origin.session()
                    .push(new Push.Queued(
                            origin.request(),
                            config.maxWait().toMillis() + lease.remainingMillis(clock.passedNanos())));
        }
        return null;
    }

    /** Has something wait for its turn, unless too much waits already. */
    boolean waits(LeasedEntry lease, LeasedEntry.What what, Origin origin) {
        long deadline = clock.passedNanos() + config.maxWait().toNanos();
        return lease.enqueue(new LeasedEntry.Waiting(what, origin, deadline));
    }

    static Reply.Failure tooMuchWaits() {
        return new Reply.Failure(
                Status.OVERLOADED,
                "the entry is leased to another caller, and so many bytes of commands wait for leases already that this one may"
                        + " not wait, too; nothing was applied (server.max-buffered-bytes)");
    }

    /** The lease has ended: those who wait go on, up to the next one who takes it. */
    void passOn(LeasedEntry lease, CacheShard part, Command.@Nullable Share share, Outcome outcome) {
        lease.revoke();
        Cache cache = lease.cache();
        boolean leavesResult = share instanceof Command.Share.Miss || share instanceof Command.Share.Failed;
        int sharing = leavesResult ? lease.waiting() : 0;
        while (!lease.isHeld()) {
            LeasedEntry.Waiting next = lease.poll();
            if (next == null) {
                part.leases.remove(lease.key());
                return;
            }
            if (next.origin().session().isClosed() || next.origin().session().isGivenUp()) {
                continue;
            }
            if (next.what() instanceof LeasedEntry.Retry retry) {
                outcome.afterwards(retry.action());
                continue;
            }
            boolean shares = sharing-- > 0 && next.waitsForResult();
            Reply reply;
            if (cache.isDestroyed()) {
                reply = noSuchCache(cache);
            } else if (shares && !isThere(part, lease.key(), outcome)) {
                reply = share instanceof Command.Share.Failed failed
                        ? new Reply.LoadFailed(failed.error())
                        : Reply.Miss.INSTANCE;
            } else {
                Outcome step = new Outcome(clock, next.origin());
                reply = turn.take(cache, part, next, step);
                outcome.takeOver(step);
            }
            if (reply != null) {
                Reply answer = reply;
                outcome.afterwards(() -> next.origin().responder().accept(answer));
            }
        }
    }

    static Reply.Failure lost() {
        return new Reply.Failure(
                Status.LEASE_LOST,
                "the lease has ended before it was settled, by its time limit or because the cache was cleared;"
                        + " nothing was applied");
    }

    static Reply.Failure noSuchCache(Cache cache) {
        return new Reply.Failure(
                Status.NO_SUCH_CACHE, "cache " + cache.definition().name() + " was destroyed");
    }

    /** Ends the leases on such keys; those who wait go on. */
    void end(CacheShard part, Predicate<Bytes> keys, Outcome outcome) {
        for (LeasedEntry lease : List.copyOf(part.leases.values())) {
            if (keys.test(lease.key())) {
                passOn(lease, part, null, outcome);
            }
        }
    }

    /** Ends the lease on a key, if there is one. */
    void end(CacheShard part, Bytes key, Outcome outcome) {
        LeasedEntry lease = of(part, key);
        if (lease != null) {
            passOn(lease, part, null, outcome);
        }
    }

    /** The holder of a lease is gone, perhaps. Takes the shard's lock. */
    private void endIfGone(LeasedEntry lease) {
        end(lease, Session::isClosed);
    }

    /** A holder that was told of a failure has no lease any more. Takes the shard's lock. */
    void lose(LeasedEntry lease, long token) {
        end(lease, holder -> lease.isHeldWith(token));
    }

    private void end(LeasedEntry lease, Predicate<Session> holder) {
        Outcome outcome = new Outcome(clock);
        lock.lock();
        try {
            endIfHeld(lease, holder, outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
    }

    private void endIfHeld(LeasedEntry lease, Predicate<Session> holder, Outcome outcome) {
        CacheShard part = lease.cache().part(index);
        Session holding = lease.holder();
        if (part != null && part.leases.get(lease.key()) == lease && holding != null && holder.test(holding)) {
            passOn(lease, part, null, outcome);
        }
    }

    /** Ends leases and waits whose time is over. */
    void endOverdue(CacheShard part, long nowNanos, Outcome outcome) {
        for (LeasedEntry lease : List.copyOf(part.leases.values())) {
            for (LeasedEntry.Waiting waiting : lease.endOverdue(nowNanos)) {
                outcome.afterwards(() -> waiting.origin()
                        .responder()
                        .accept(new Reply.Failure(
                                Status.LEASE_TIMEOUT,
                                "the entry stayed leased to other callers for over "
                                        + config.maxWait().toMillis()
                                        + "ms; nothing was applied (lease.max-wait)")));
            }
            if (lease.isOverdue(nowNanos)) {
                passOn(lease, part, null, outcome);
            }
        }
    }
}
