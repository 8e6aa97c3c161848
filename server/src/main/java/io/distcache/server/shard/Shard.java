package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.operation.Add;
import io.distcache.server.shard.operation.Append;
import io.distcache.server.shard.operation.Cause;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.EntryView;
import io.distcache.server.shard.operation.Expire;
import io.distcache.server.shard.operation.Get;
import io.distcache.server.shard.operation.Put;
import io.distcache.server.shard.operation.Remove;
import io.distcache.server.shard.operation.Settle;
import io.distcache.server.shard.operation.Touch;
import io.distcache.server.snapshot.SnapshotWriter;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import io.distcache.server.store.KeyHasher;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A part of the key space: one writer at a time, under its lock. Here a command becomes mutations and a reply, in this order:
 *
 * <pre>
 *  gate     is the cache there, is the entry free, is it this node's, does the log take changes
 *  decide   an {@link EntryOperation} looks at the entry and says what is to become of it; or a lease is given
 *  apply    {@link ShardState}: table, timers, counters, watches
 *  append   the log gets what was applied
 *  answer   {@link Commits}: events and the reply, when the log has committed it
 * </pre>
 *
 * <p>Thread-safe: any thread executes here and then, under the lock. Replies are handed out after the lock is released; events
 * leave under it, so that those of one entry keep their order.
 */
public final class Shard {
    private static final Logger LOG = LoggerFactory.getLogger(Shard.class);

    private static final int TIMERS_PER_TICK = 20_000;
    /** Under the lock at once: with listeners each may be an event to many. */
    private static final int TIMERS_PER_STEP = 256;

    private static final long LET_OTHERS_NANOS = 50_000;
    private static final int SNAPSHOT_STEP_BYTES = 32 * 1024;
    private static final int DROP_STEP = 1000;
    private static final int[] NOBODY = {};

    private final int index;
    private final ReentrantLock lock = new ReentrantLock();
    private final NodeClock clock;
    private final CommitLog log;
    private final LeaseConfig leaseConfig;
    private final Budget budget;
    private final Ownership ownership;
    private final EntryRules rules;
    private final ShardState state;
    private final Commits commits;
    private final Leases leases;
    private final KeptReplies replies;

    /**
     * A shard without entries.
     *
     * @param firstVersion versions given here are higher, and differ from those of every other shard
     * @param tokens the node's source of lease tokens
     * @param ownership who may change what
     * @param once where the replies to changes made once are kept
     */
    @SuppressWarnings("this-escape") // the leases know their shard, and ask it nothing yet
    public Shard(
            int index,
            int shards,
            long firstVersion,
            InstantSource clock,
            CommitLog log,
            LeaseConfig leaseConfig,
            AcknowledgementBook acks,
            Budget budget,
            AtomicLong tokens,
            Ownership ownership,
            OnceCache once) {
        this.index = index;
        this.clock = NodeClock.of(clock);
        this.log = log;
        this.leaseConfig = leaseConfig;
        this.budget = budget;
        this.ownership = ownership;
        this.rules = new EntryRules(index, shards, firstVersion, budget, this.clock);
        this.state = new ShardState(shards, budget);
        this.commits = new Commits(index, lock, log, state, acks);
        this.leases = new Leases(this, rules, leaseConfig, tokens, this::take);
        this.replies = new KeptReplies(once, rules, commits, state);
    }

    /**
     * Reads an entry: a {@link Reply.Value} or a {@link Reply.Miss}. Null if it was changed and that is not committed: then it is to be
     * asked for by {@link #read}.
     */
    public @Nullable Reply get(Cache cache, Bytes key) {
        int hash = KeyHasher.hash(key);
        Outcome outcome;
        Reply reply;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return Reply.Miss.INSTANCE;
            }
            byte[] record = part.entries.get(key, hash);
            if (!commits.isCommitted(cache, part, key, record)) {
                return null;
            }
            if (record == null) {
                return Reply.Miss.INSTANCE;
            }
            if (!EntryRecord.hasDeadline(record) && cache.definition().expiry().accessMillis() == Ttl.UNCHANGED) {
                part.entries.recordHit(record);
                return new Reply.Value(EntryRecord.version(record), EntryRecord.value(record));
            }
            outcome = new Outcome(clock);
            EntryView entry = new EntryView(part, key, record, outcome);
            reply = Get.read(entry);
            apply(cache, part, entry, false, hash, outcome);
            // A deadline that has moved is not waited for.
            commits.commit(outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Looks at an entry, also while it is leased.
     *
     * @return the reply; null if it comes later, through the origin's responder, as what it shows is not committed
     */
    public @Nullable Reply read(Cache cache, EntryOperation look, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return Leases.noSuchCache(cache);
            }
            reply = decide(cache, partOf(cache, outcome), look, outcome);
            commits.commit(outcome);
            reply = commits.answerSeen(outcome, reply, origin, null);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /** The replies to changes made once; under the lock. */
    KeptReplies replies() {
        return replies;
    }

    /** The time that deadlines are made from. */
    public NodeClock clock() {
        return clock;
    }

    /**
     * Executes a command on one entry. If the entry is leased the command waits its turn.
     *
     * @return the reply, or null if it comes later, through the origin's responder
     */
    public @Nullable Reply execute(Cache cache, Command.OnEntry command, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return Leases.noSuchCache(cache);
            }
            CacheShard part = partOf(cache, outcome);
            LeasedEntry lease = Leases.of(part, command.key());
            if (lease != null && !isReadOfPresent(part, command, outcome) && !wasMade(command, outcome)) {
                Reply.Failure refusal = ownership.refusal(origin.session(), command.key());
                return refusal == null ? leases.enqueue(lease, waiting(command), origin) : refusal;
            }
            reply = executeLocked(cache, part, command, origin, outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Does an operation on one entry. If the entry is leased, and the operation does more than look, it waits its turn.
     *
     * @return the reply, or null if it comes later, through the origin's responder
     */
    public @Nullable Reply execute(Cache cache, EntryOperation operation, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return Leases.noSuchCache(cache);
            }
            LeasedEntry lease = Leases.of(cache.part(index), operation.key());
            if (lease != null && !operation.isRead()) {
                return leases.enqueue(lease, new LeasedEntry.Operated(operation), origin);
            }
            reply = commits.commit(outcome, executeLocked(cache, operation, outcome), origin, null);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Takes a lease at once or not at all: LEASE_BUSY if somebody else has the entry.
     *
     * @return the reply; null if it comes later, through the origin's responder, as what it shows is not committed
     */
    public @Nullable Reply tryLease(Cache cache, Bytes key, boolean onMiss, long leaseMillis, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return Leases.noSuchCache(cache);
            }
            CacheShard part = partOf(cache, outcome);
            Command.Lease command = new Command.Lease(0, key, onMiss, leaseMillis);
            if (part.leases.containsKey(key) && !isReadOfPresent(part, command, outcome)) {
                return new Reply.Failure(Status.LEASE_BUSY, "the entry is leased to another caller");
            }
            reply = executeLocked(cache, part, command, origin, outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Ends a lease and applies its changes, in order; then those who waited go on.
     *
     * @return the reply of the last change, or null if it comes later
     */
    public @Nullable Reply settle(Cache cache, Command.Settlement settlement, Origin origin) {
        Outcome outcome = new Outcome(clock, origin);
        Reply reply;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            LeasedEntry lease = Leases.of(part, settlement.key());
            if (part == null || lease == null || !lease.isHeldWith(settlement.token())) {
                return new Reply.Failure(
                        Status.LEASE_LOST,
                        "the lease has ended before it was settled, by its time limit or because the cache was cleared;"
                                + " nothing was applied");
            }
            // Not refused for the pool's sake: leases that were taken on another view of it are lost already.
            PoolView pool = ownership.view();
            int[] before = Ownership.before(pool, origin.session(), settlement.key());
            Reply.Failure refusal =
                    settlement.changes().isEmpty() ? null : refusal(cache, pool != null && before.length > 0);
            reply = refusal == null ? decide(cache, part, new Settle(settlement), outcome) : refusal;
            boolean done = !(reply instanceof Reply.Failure);
            if (done
                    && pool != null
                    && settlement.changes().stream().anyMatch(c -> !(c instanceof EntryChange.Touch))) {
                leaveHints(cache, settlement.key(), pool, before, outcome);
            }
            boolean kept = done && settlement.share() instanceof Command.Share.Keep;
            reply = commits.commit(outcome, reply, origin, kept ? () -> lose(lease, settlement.token()) : null);
            if (kept) {
                lease.renew();
            } else {
                leases.passOn(lease, part, settlement.share(), outcome);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * New deadline for an entry that still has this version.
     *
     * @return completes when the change is committed
     */
    public CompletionStage<Void> touch(Cache cache, Command.Touch touch) {
        Outcome outcome = new Outcome(clock);
        CompletionStage<Void> committed;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return CommitLog.COMMITTED;
            }
            decide(cache, part, new Touch(touch), outcome);
            committed = commits.commit(outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return committed;
    }

    /**
     * Drops this shard's entries of a cache; leases on them are lost, those who waited go on.
     *
     * @return completes when the change is committed
     */
    public CompletionStage<Void> clear(Cache cache) {
        Outcome outcome = new Outcome(clock);
        CompletionStage<Void> committed;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return CommitLog.COMMITTED;
            }
            commits.clear(cache, part, new Mutation.Clear(cache.id(), rules.nextVersion()), outcome);
            committed = commits.commit(outcome);
            leases.end(part, key -> true, outcome);
            if (cache.isDestroyed()) {
                cache.dropPart(index);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
        return committed;
    }

    /** What a client is told whose change may be in the log or not. */
    public static Reply.Failure notLogged(Throwable failure) {
        return Commits.notLogged(failure);
    }

    /** When all that the shard shows of a cache now is committed; {@link CommitLog#COMMITTED} itself if it is. */
    public CompletionStage<Void> committed(Cache cache) {
        lock.lock();
        try {
            return commits.everything(cache);
        } finally {
            lock.unlock();
        }
    }

    /** The log has failed, and is about to begin anew: what it has not committed is taken back. */
    public void revokeUncommitted(Throwable failure) {
        commits.revokeAll(failure);
    }

    /** How many entries of a cache have a deadline here. */
    public int expirable(Cache cache) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            return part == null ? 0 : part.entries.expirable();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Visits entries of a cache from {@code cursor} on (0 to start), at most about {@code maxEntries} of them.
     *
     * @return where to go on; -1 if the shard has no more
     */
    public long scan(Cache cache, long cursor, int maxEntries, List<byte[]> into) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return EntryMap.SCAN_END;
            }
            long now = clock.millis();
            return part.entries.scan(cursor, maxEntries, (record, hash) -> {
                if (!EntryRecord.isExpired(record, now)) {
                    into.add(record);
                }
            });
        } finally {
            lock.unlock();
        }
    }

    /** The key of an entry, and its version. */
    public record Versioned(Bytes key, long version) {}

    /** Like {@link #scan}, but tells keys only, copied. */
    public long scanKeys(Cache cache, long cursor, int maxEntries, List<Versioned> into) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            return part == null
                    ? EntryMap.SCAN_END
                    : part.entries.scan(
                            cursor,
                            maxEntries,
                            (record, hash) -> into.add(new Versioned(
                                    Bytes.of(EntryRecord.key(record).toByteArray()), EntryRecord.version(record))));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reclaims entries whose deadline has come, some at a time, and ends leases and waits whose time is over. For a thread that may wait:
     * it lets those go first who wait for the lock.
     */
    public void tick(Cache cache) {
        boolean isMoreDue = reclaim(cache);
        for (int step = 1; isMoreDue && step < TIMERS_PER_TICK / TIMERS_PER_STEP; step++) {
            if (lock.hasQueuedThreads()) {
                LockSupport.parkNanos(LET_OTHERS_NANOS);
            }
            isMoreDue = reclaim(cache);
        }
        Outcome outcome = new Outcome(clock);
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return;
            }
            if (!part.leases.isEmpty()) {
                leases.endOverdue(part, System.nanoTime(), outcome);
            }
            replies.tick(outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
    }

    private boolean reclaim(Cache cache) {
        Outcome outcome = new Outcome(clock);
        boolean isMoreDue;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null || part.timers.size() == 0) {
                return false;
            }
            isMoreDue = part.timers.advance(
                    outcome.millis(),
                    TIMERS_PER_STEP,
                    (record, hash) -> delete(cache, part, record, Cause.EXPIRED, hash, outcome));
            state.recount(cache, part);
            commits.commit(outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return isMoreDue;
    }

    /**
     * Makes room by dropping one entry of a cache, never the one with this key.
     *
     * @return whether one was dropped
     */
    public boolean evictOne(Cache cache, @Nullable Bytes except) {
        Outcome outcome = new Outcome(clock);
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return false;
            }
            byte[] kept = except == null ? null : part.entries.get(except, KeyHasher.hash(except));
            byte[] victim = part.entries.chooseVictim(kept);
            if (victim == null) {
                return false;
            }
            cache.evicted();
            budget.evicted();
            delete(cache, part, victim, Cause.DROPPED, KeyHasher.hash(EntryRecord.key(victim)), outcome);
            commits.commit(outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return true;
    }

    // --- dropping what is no longer this node's to keep: no events, leases are lost ---

    /**
     * Drops an entry.
     *
     * @return completes when that is logged
     */
    public CompletionStage<Void> drop(Cache cache, Bytes key) {
        Outcome outcome = new Outcome(clock);
        CompletionStage<Void> committed;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return CommitLog.COMMITTED;
            }
            committed = drop(cache, part, key, outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return committed;
    }

    /** Drops entries with versions up to this one, and leases, whose keys are such, some at a time. */
    public void drop(Cache cache, long upToVersion, Predicate<Bytes> keys) {
        loseLeases(cache, keys);
        long cursor = EntryMap.SCAN_START;
        while (cursor != EntryMap.SCAN_END) {
            Outcome outcome = new Outcome(clock);
            List<byte[]> gone = new ArrayList<>();
            lock.lock();
            try {
                CacheShard part = cache.part(index);
                if (part == null) {
                    return;
                }
                cursor = part.entries.scan(cursor, DROP_STEP, (record, hash) -> {
                    if (EntryRecord.version(record) <= upToVersion && keys.test(EntryRecord.key(record))) {
                        gone.add(record);
                    }
                });
                for (byte[] record : gone) {
                    delete(cache, part, record, Cause.DROPPED, KeyHasher.hash(EntryRecord.key(record)), outcome);
                }
                commits.commit(outcome);
            } finally {
                lock.unlock();
            }
            outcome.run();
        }
    }

    /** Whether there are leases on such keys. */
    public boolean hasLeases(Cache cache, Predicate<Bytes> keys) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            return part != null
                    && !part.leases.isEmpty()
                    && part.leases.keySet().stream().anyMatch(keys);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Ends leases on such keys; those who wait go on, and are checked anew. Takes the lock also if there are none: what was under way
     * before is done then.
     */
    public void loseLeases(Cache cache, Predicate<Bytes> keys) {
        Outcome outcome = new Outcome(clock);
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null || part.leases.isEmpty()) {
                return;
            }
            leases.end(part, keys, outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
    }

    /**
     * The owner of a key has been told what a hint says: the hint goes, and with it the entry kept on behalf, unless the key was
     * changed again since.
     *
     * @param version of the hint that the owner was told of
     * @param target the cache that the key is of; null if it is gone
     */
    public void handedOver(Cache hints, Bytes key, long version, @Nullable Cache target) {
        Outcome outcome = new Outcome(clock);
        lock.lock();
        try {
            CacheShard part = hints.part(index);
            int hash = KeyHasher.hash(key);
            byte[] hint = part == null ? null : part.entries.get(key, hash);
            if (part == null || hint == null || EntryRecord.version(hint) != version) {
                return;
            }
            Mutation.OnEntry gone = new Mutation.Delete(hints.id(), key, rules.nextVersion());
            state.apply(hints, part, gone, hash);
            outcome.recordUnrevoked(gone);
            CacheShard kept = target == null ? null : target.part(index);
            if (target != null && kept != null) {
                drop(target, kept, key, outcome);
            } else {
                commits.commit(outcome);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
    }

    private CompletionStage<Void> drop(Cache cache, CacheShard part, Bytes key, Outcome outcome) {
        int hash = KeyHasher.hash(key);
        byte[] present = part.entries.get(key, hash);
        if (present != null) {
            delete(cache, part, present, Cause.DROPPED, hash, outcome);
        }
        CompletionStage<Void> committed = commits.commit(outcome);
        leases.end(part, key, outcome);
        return committed;
    }

    private void delete(Cache cache, CacheShard part, byte[] record, Cause cause, int hash, Outcome outcome) {
        Mutation.OnEntry gone = new Mutation.Delete(cache.id(), EntryRecord.key(record), rules.nextVersion());
        commits.apply(cache, part, gone, cause, hash, outcome);
    }

    /** The holder of a lease is gone. */
    void endLease(LeasedEntry lease) {
        end(lease, Session::isClosed);
    }

    /** A holder that was told of a failure has no lease any more. */
    private void lose(LeasedEntry lease, long token) {
        end(lease, holder -> lease.isHeldWith(token));
    }

    private void end(LeasedEntry lease, Predicate<Session> holder) {
        Outcome outcome = new Outcome(clock);
        lock.lock();
        try {
            leases.end(lease, holder, outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
    }

    // --- watches ---

    /** From now on any change of the entry is told to the watch, until {@link #unwatch}. */
    public void watch(Cache cache, Bytes key, Watch watch) {
        lock.lock();
        try {
            cache.partOrNew(rules, clock.millis()).watch(key, watch);
        } finally {
            lock.unlock();
        }
    }

    /** Ends a {@link #watch}. */
    public void unwatch(Cache cache, Bytes key, Watch watch) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part != null) {
                part.unwatch(key, watch);
            }
        } finally {
            lock.unlock();
        }
    }

    // --- several shards at once: see Transaction ---

    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /** Under the lock: has {@code retry} run, without it, once the entry is no longer leased, unless it is free. */
    LeaseWait waitForLease(Cache cache, Bytes key, Origin origin, Runnable retry, long bytes) {
        LeasedEntry lease = Leases.of(cache.part(index), key);
        if (lease == null) {
            return LeaseWait.FREE;
        }
        boolean waits = lease.enqueue(new LeasedEntry.Waiting(
                new LeasedEntry.Retry(retry, bytes),
                origin,
                System.nanoTime() + leaseConfig.maxWait().toNanos()));
        return waits ? LeaseWait.WAITS : LeaseWait.REFUSED;
    }

    /** What became of a wish to wait for an entry. */
    enum LeaseWait {
        /** Nobody has leased it. */
        FREE,
        /** The wish is in the queue. */
        WAITS,
        /** So much waits already that nothing more may. */
        REFUSED
    }

    // --- what a command does; all below runs under the lock ---

    private CacheShard partOf(Cache cache, Outcome outcome) {
        CacheShard part = cache.part(index);
        return part == null ? cache.partOrNew(rules, outcome.millis()) : part;
    }

    /** Does an operation; the reply waits for nothing yet. */
    Reply executeLocked(Cache cache, EntryOperation operation, Outcome outcome) {
        Origin origin = outcome.origin;
        Reply.Failure refusal = origin == null ? null : ownership.refusal(origin.session(), operation.key());
        if (refusal == null && !operation.isRead()) {
            refusal = refusal(cache, false);
        }
        return refusal == null ? decide(cache, partOf(cache, outcome), operation, outcome) : refusal;
    }

    /** When what a step did is committed; under the lock. */
    CompletionStage<Void> commit(Outcome outcome) {
        return commits.commit(outcome);
    }

    private @Nullable Reply executeLocked(
            Cache cache, CacheShard part, Command.OnEntry command, Origin origin, Outcome outcome) {
        Reply reply = applyOrRefuse(cache, part, command, origin, outcome);
        Runnable undone = null;
        if (reply instanceof Reply.Leased leased) {
            LeasedEntry lease = part.leases.get(command.key());
            undone = lease == null ? null : () -> lose(lease, leased.token());
        }
        if (reply instanceof Reply.Value && command instanceof Command.Lease) {
            // A read: a deadline that has moved is not waited for.
            commits.commit(outcome);
            return commits.answerSeen(outcome, reply, origin, undone);
        }
        return commits.commit(outcome, reply, origin, undone);
    }

    /** What has waited is done; its outcome is its own. */
    private @Nullable Reply take(Cache cache, CacheShard part, LeasedEntry.Waiting next, Outcome outcome) {
        if (next.what() instanceof LeasedEntry.Operated operated) {
            return commits.commit(outcome, executeLocked(cache, operated.operation(), outcome), next.origin(), null);
        }
        return executeLocked(cache, part, ((LeasedEntry.Asked) next.what()).command(), next.origin(), outcome);
    }

    private static LeasedEntry.What waiting(Command.OnEntry command) {
        Command.OnEntry change = command instanceof Command.Once once ? once.change() : command;
        EntryOperation operation = operation(change);
        return new LeasedEntry.Asked(command, operation == null ? command.key().length() : operation.bytes());
    }

    private Reply applyOrRefuse(Cache cache, CacheShard part, Command.OnEntry command, Origin origin, Outcome outcome) {
        PoolView pool = ownership.view();
        int[] before = Ownership.before(pool, origin.session(), command.key());
        Reply.Failure refusal = Ownership.refusal(pool, origin.session(), origin.wholeCache() ? NOBODY : before);
        if (refusal != null) {
            return refusal;
        }
        Reply kept = command instanceof Command.Once once ? replies.answer(once, outcome) : null;
        if (kept != null) {
            // Before the log is asked whether it takes changes: that nothing was applied would not be true of this one.
            return kept;
        }
        refusal = refusal(cache, before.length > 0);
        if (refusal != null && !isReadOfPresent(part, command, outcome)) {
            return refusal;
        }
        Reply reply;
        if (command instanceof Command.Once once) {
            reply = decide(cache, part, once.change(), origin, outcome);
            replies.keep(cache, once, reply, outcome);
        } else {
            reply = decide(cache, part, command, origin, outcome);
        }
        if (pool != null && before.length > 0 && !origin.wholeCache() && leavesHint(command, reply)) {
            leaveHints(cache, command.key(), pool, before, outcome);
        }
        return reply;
    }

    /** Why the log takes no change of the cache now, or null. */
    private Reply.@Nullable Failure refusal(Cache cache, boolean leavesHints) {
        return cache.isLogged() || leavesHints ? log.refusal() : null;
    }

    /**
     * Whether the entry's owner must be told. Of a change without condition also if nothing was there to be changed: there may be
     * something at the owner.
     */
    private static boolean leavesHint(Command.OnEntry command, Reply reply) {
        Command.OnEntry change = command instanceof Command.Once once ? once.change() : command;
        if (change instanceof Command.Expire expire && expire.ttlMillis() < 0) {
            // An access, or nothing.
            return false;
        }
        if (change instanceof Command.Add || change instanceof Command.Append) {
            return !(reply instanceof Reply.Failure);
        }
        if (!(reply instanceof Reply.Changed changed)) {
            return false;
        }
        boolean always = change instanceof Command.Put put && put.condition().kind() == Condition.Kind.ALWAYS
                || change instanceof Command.Remove remove && remove.condition().kind() == Condition.Kind.ALWAYS
                || change instanceof Command.Expire expire && expire.when() == Command.Deadline.ANY;
        return changed.applied() || always;
    }

    private void leaveHints(Cache cache, Bytes key, PoolView pool, int[] before, Outcome outcome) {
        for (int member : before) {
            String owner = pool.name(member);
            Hints.OfCache hints = ownership.hints().of(owner, cache);
            // In this order: once it is no longer handed over, what was is no longer everything.
            boolean handedOver = ownership.hints().isHandedOver(owner);
            if (!handedOver && hints.isEverything()) {
                continue;
            }
            int hash = KeyHasher.hash(key);
            Cache keys = hints.keysOrNew();
            CacheShard part = keys.partOrNew(rules, outcome.millis());
            boolean isThere = part.entries.get(key, hash) != null;
            if (!isThere && (hints.isFull() || budget.isFullOfHints())) {
                hints.everythingChanged();
            } else if (!isThere || handedOver) {
                // One that is there already gets a new version.
                byte[] record = EntryRecord.create(key, Bytes.EMPTY, rules.nextVersion(), EntryRecord.NO_DEADLINE);
                Mutation.OnEntry hint = new Mutation.Store(keys.id(), Bytes.of(record));
                state.apply(keys, part, hint, hash);
                outcome.recordUnrevoked(hint);
            }
        }
    }

    private Reply decide(Cache cache, CacheShard part, Command.OnEntry command, Origin origin, Outcome outcome) {
        if (command instanceof Command.Lease lease) {
            return lease(cache, part, lease, origin, outcome);
        }
        EntryOperation operation = operation(command);
        return operation == null
                ? new Reply.Failure(Status.BAD_REQUEST, command.opcode() + " does not change an entry")
                : decide(cache, part, operation, outcome);
    }

    private static @Nullable EntryOperation operation(Command.OnEntry command) {
        if (command instanceof Command.Put put) {
            return new Put(put);
        }
        if (command instanceof Command.Remove remove) {
            return new Remove(remove);
        }
        if (command instanceof Command.Add add) {
            return new Add(add);
        }
        if (command instanceof Command.Append append) {
            return new Append(append);
        }
        return command instanceof Command.Expire expire ? new Expire(expire) : null;
    }

    /** Looks, decides, and applies what was decided: all of it, or if the operation is refused or fails nothing but what time did. */
    private Reply decide(Cache cache, CacheShard part, EntryOperation operation, Outcome outcome) {
        Bytes key = operation.key();
        int hash = KeyHasher.hash(key);
        byte[] record = part.entries.get(key, hash);
        commits.look(cache, part, key, record, outcome);
        EntryView entry = new EntryView(part, key, record, outcome);
        Reply reply;
        try {
            reply = operation.decide(entry);
        } catch (RuntimeException e) {
            // It may be run by whoever ended the lease that it waited for, and must not be that one's failure.
            LOG.error(
                    "an operation on an entry of cache {} failed",
                    cache.definition().name(),
                    e);
            apply(cache, part, entry, true, hash, outcome);
            return new Reply.Failure(
                    Status.INTERNAL,
                    "the request failed inside the node (" + e.getClass().getSimpleName()
                            + "); the node's log says more");
        }
        Reply.Failure refusal = entry.refusal();
        apply(cache, part, entry, refusal != null, hash, outcome);
        return refusal == null ? reply : refusal;
    }

    private void apply(Cache cache, CacheShard part, EntryView entry, boolean refused, int hash, Outcome outcome) {
        entry.forEach(refused, (mutation, cause) -> commits.apply(cache, part, mutation, cause, hash, outcome));
    }

    private Reply lease(Cache cache, CacheShard part, Command.Lease command, Origin origin, Outcome outcome) {
        int hash = KeyHasher.hash(command.key());
        byte[] record = part.entries.get(command.key(), hash);
        commits.look(cache, part, command.key(), record, outcome);
        EntryView entry = new EntryView(part, command.key(), record, outcome);
        byte[] present = entry.exists() ? record : null;
        Reply hit = null;
        if (command.onMiss() && present != null) {
            hit = Get.read(entry);
        } else if (present != null) {
            part.hit(present);
        }
        apply(cache, part, entry, false, hash, outcome);
        return hit == null ? leases.grant(cache, part, command, present, origin, outcome) : hit;
    }

    /** Whether it is a change to be made once, and was made before: its reply is given again whoever has the entry now. */
    private boolean wasMade(Command.OnEntry command, Outcome outcome) {
        return command instanceof Command.Once once && replies.has(once, outcome);
    }

    /** Reads go on while an entry is leased, and a lease on miss of a present entry is a read. */
    private static boolean isReadOfPresent(CacheShard part, Command.OnEntry command, Outcome outcome) {
        return command instanceof Command.Lease lease && lease.onMiss() && Leases.isThere(part, lease.key(), outcome);
    }

    // --- snapshot and replay ---

    /**
     * Writes this shard's entries of some caches, while commands go on in between: the lock is held for some entries at a time.
     *
     * @param logPosition where the log ends; read under the lock, so that all that the shard did before is before it
     */
    public void snapshot(List<Cache> of, LongSupplier logPosition, SnapshotWriter out) throws IOException {
        long position;
        lock.lock();
        try {
            position = logPosition.getAsLong();
        } finally {
            lock.unlock();
        }
        for (Cache cache : of) {
            long cursor = EntryMap.SCAN_START;
            boolean begun = false;
            while (cursor != EntryMap.SCAN_END) {
                lock.lock();
                try {
                    CacheShard part = cache.part(index);
                    if (part == null) {
                        break;
                    }
                    if (!begun) {
                        begun = true;
                        out.beginEntries(index, position, cache.id(), part.entries.size());
                    }
                    long average = part.entries.bytes() / Math.max(1, part.entries.size());
                    int step = (int) Math.max(1, SNAPSHOT_STEP_BYTES / Math.max(SNAPSHOT_STEP_BYTES / 256, average));
                    cursor = part.entries.scan(cursor, step, (record, hash) -> out.entry(record));
                } finally {
                    lock.unlock();
                }
                if (out.isFull()) {
                    out.drain();
                }
            }
            // Not left for the next to begin, which happens under a shard's lock.
            out.drain();
        }
    }

    /** The highest version given here so far. */
    public long lastVersion() {
        lock.lock();
        try {
            return rules.lastVersion();
        } finally {
            lock.unlock();
        }
    }

    void reserve(Cache cache, int entries) {
        lock.lock();
        try {
            cache.partOrNew(rules, clock.millis()).entries.reserve(entries);
        } finally {
            lock.unlock();
        }
    }

    /** From now to {@link #endReplay} the shard takes what was decided before. */
    void beginReplay() {
        lock.lock();
        try {
            state.beginReplay();
        } finally {
            lock.unlock();
        }
    }

    /** Applies what was decided about an entry before. */
    void replay(Cache cache, Mutation.OnEntry mutation) {
        int hash = KeyHasher.hash(mutation.key());
        lock.lock();
        try {
            CacheShard part =
                    mutation instanceof Mutation.Store ? cache.partOrNew(rules, clock.millis()) : cache.part(index);
            if (part != null) {
                state.apply(cache, part, mutation, hash);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Applies what shard {@code of} of {@code shardsThen} decided about all its entries of a cache before. */
    void replay(Cache cache, Mutation.Clear clear, int of, int shardsThen) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part != null) {
                state.apply(cache, part, clear, of, shardsThen);
            }
        } finally {
            lock.unlock();
        }
    }

    /** A cache that was destroyed has no entries here. */
    void forget(Cache cache) {
        lock.lock();
        try {
            cache.dropPart(index);
            state.forget(cache);
        } finally {
            lock.unlock();
        }
    }

    /** Counts what a replay brought; versions go on above this one. */
    void endReplay(Collection<Cache> all, long leastVersion) {
        lock.lock();
        try {
            rules.raiseVersion(leastVersion);
            state.endReplay(all, index);
        } finally {
            lock.unlock();
        }
    }
}
