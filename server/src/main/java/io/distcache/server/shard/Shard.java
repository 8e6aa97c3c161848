package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.snapshot.SnapshotWriter;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import io.distcache.server.store.KeyHasher;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionException;
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
 * A part of the key space: one writer at a time, under its lock. Here a command becomes mutations and a reply: expiry and leases
 * are checked, the table changed, the log appended to, listeners told.
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
    private final int shards;
    private final ReentrantLock lock = new ReentrantLock();
    private final NodeClock clock;
    private final CommitLog log;
    private final LeaseConfig leaseConfig;
    private final AcknowledgementBook acks;
    private final Budget budget;
    private final AtomicLong tokens;
    private final Ownership ownership;
    private final ShardState state;
    private final EntryChanges changes;
    private final KeptReplies replies;

    /**
     * A shard without entries.
     *
     * @param firstVersion versions given here are higher, and differ from those of every other shard
     * @param tokens the node's source of lease tokens
     * @param ownership who may change what
     * @param once where the replies to changes made once are kept
     */
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
        this.acks = acks;
        this.budget = budget;
        this.tokens = tokens;
        this.ownership = ownership;
        this.shards = shards;
        this.state = new ShardState(shards, budget);
        this.changes = new EntryChanges(index, shards, firstVersion, state, budget, log, this.clock);
        this.replies = new KeptReplies(index, once, changes, state);
    }

    /** Reads an entry: a {@link Reply.Value} or a {@link Reply.Miss}. */
    public Reply get(Cache cache, Bytes key) {
        int hash = KeyHasher.hash(key);
        Outcome outcome = null;
        Reply reply;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            byte[] record = part == null ? null : part.entries.get(key, hash);
            if (part == null || record == null) {
                return Reply.Miss.INSTANCE;
            }
            if (EntryRecord.hasDeadline(record) || cache.definition().expiry().accessMillis() != Ttl.UNCHANGED) {
                outcome = new Outcome(clock);
                record = changes.live(cache, part, record, hash, outcome);
                if (record != null) {
                    Bytes value = EntryRecord.value(record);
                    reply = new Reply.Value(EntryRecord.version(record), value);
                    part.entries.recordHit(record);
                    changes.access(cache, part, record, hash, outcome);
                } else {
                    reply = Reply.Miss.INSTANCE;
                }
                commit(cache, outcome);
            } else {
                part.entries.recordHit(record);
                return new Reply.Value(EntryRecord.version(record), EntryRecord.value(record));
            }
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

    /** Milliseconds until an entry expires; -1 if it never does, -2 if it is not there. */
    public long ttl(Cache cache, Bytes key) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            byte[] record = part == null ? null : part.entries.get(key, KeyHasher.hash(key));
            if (record == null) {
                return -2;
            }
            if (!EntryRecord.hasDeadline(record)) {
                return -1;
            }
            long left = EntryRecord.deadlineMillis(record) - clock.millis();
            return left <= 0 ? -2 : left;
        } finally {
            lock.unlock();
        }
    }

    /** Whether an entry is there. */
    public boolean contains(Cache cache, Bytes key) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            byte[] record = part == null ? null : part.entries.get(key, KeyHasher.hash(key));
            return record != null && !EntryRecord.isExpired(record, clock.millis());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Executes a command on one entry. If the entry is leased the command waits its turn.
     *
     * @return the reply, or null if it comes later, through the origin's responder
     */
    public @Nullable Reply execute(Cache cache, Command.OnEntry command, Origin origin) {
        Outcome outcome = new Outcome(clock);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return noSuchCache(cache);
            }
            CacheShard part = cache.partOrNew(index, outcome.nowMillis());
            LeasedEntry lease = part.leases.isEmpty() ? null : part.leases.get(command.key());
            if (lease != null && !isReadOfPresent(part, command, outcome) && !wasMade(command, outcome)) {
                Reply.Failure refusal = ownership.refusal(origin.session(), command.key());
                return refusal == null ? enqueue(lease, command, origin) : refusal;
            }
            reply = applyOrRefuse(cache, part, command, origin, outcome);
            reply = commit(cache, outcome, reply, origin);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /**
     * Does what a front door's verb says. If the entry is leased, and the verb does more than look, it waits its turn.
     *
     * @return the reply, {@link Reply.Ok} or a failure; null if it comes later, through the origin's responder
     */
    public @Nullable Reply execute(Cache cache, Verb verb, Origin origin) {
        Outcome outcome = new Outcome(clock);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return noSuchCache(cache);
            }
            CacheShard part = cache.part(index);
            LeasedEntry lease = part == null || part.leases.isEmpty() ? null : part.leases.get(verb.key());
            if (lease != null && !verb.isRead()) {
                return enqueue(lease, verb, origin);
            }
            Reply.Failure failure = executeLocked(cache, verb, origin, outcome);
            reply = commit(cache, outcome, failure == null ? Reply.Ok.INSTANCE : failure, origin);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /** Takes a lease at once or not at all: LEASE_BUSY if somebody else has the entry. */
    public Reply tryLease(Cache cache, Bytes key, boolean onMiss, long leaseMillis, Origin origin) {
        Outcome outcome = new Outcome(clock);
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return noSuchCache(cache);
            }
            CacheShard part = cache.partOrNew(index, outcome.nowMillis());
            Command.Lease command = new Command.Lease(0, key, onMiss, leaseMillis);
            if (part.leases.containsKey(key) && !isReadOfPresent(part, command, outcome)) {
                return new Reply.Failure(Status.LEASE_BUSY, "the entry is leased to another caller");
            }
            reply = applyOrRefuse(cache, part, command, origin, outcome);
            commit(cache, outcome);
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
        Outcome outcome = new Outcome(clock);
        Reply reply;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            LeasedEntry lease = part == null ? null : part.leases.get(settlement.key());
            if (part == null || lease == null || !lease.isHeldWith(settlement.token())) {
                return new Reply.Failure(
                        Status.LEASE_LOST,
                        "the lease has ended before it was settled, by its time limit or because the cache was cleared;"
                                + " nothing was applied");
            }
            int hash = KeyHasher.hash(settlement.key());
            // Not refused for the pool's sake: leases that were taken on another view of it are lost already.
            PoolView pool = ownership.view();
            int[] before = Ownership.before(pool, origin.session(), settlement.key());
            Reply.Failure refusal =
                    settlement.changes().isEmpty() ? null : refusal(cache, pool != null && before.length > 0);
            if (refusal == null) {
                refusal = changes.refuseIfFull(cache, part, settlement, hash);
            }
            if (refusal != null) {
                reply = refusal;
            } else {
                reply = new Reply.Changed(EntryChanges.isThere(part, settlement.key(), hash, outcome), false, 0, null);
                for (EntryChange change : settlement.changes()) {
                    reply = changes.applyChange(cache, part, settlement.key(), hash, change, origin, outcome);
                }
                if (pool != null && settlement.changes().stream().anyMatch(c -> !(c instanceof EntryChange.Touch))) {
                    leaveHints(cache, settlement.key(), pool, before, outcome);
                }
            }
            boolean kept = refusal == null && settlement.share() instanceof Command.Share.Keep;
            reply = commit(cache, outcome, reply, origin, kept ? lease : null);
            if (kept) {
                lease.renew();
            } else {
                passOn(lease, part, settlement.share(), outcome);
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
     * @return completes when the change is logged
     */
    public CompletionStage<Void> touch(Cache cache, Command.Touch touch) {
        Outcome outcome = new Outcome(clock);
        CompletionStage<Void> committed;
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            int hash = KeyHasher.hash(touch.key());
            byte[] record = part == null ? null : part.entries.get(touch.key(), hash);
            if (part == null || record == null) {
                return CommitLog.COMMITTED;
            }
            record = changes.live(cache, part, record, hash, outcome);
            if (record != null && EntryRecord.version(record) == touch.version()) {
                changes.moveDeadline(cache, part, record, hash, touch.ttlMillis(), outcome);
            }
            committed = commit(cache, outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return committed;
    }

    /**
     * Drops this shard's entries of a cache; leases on them are lost, those who waited go on.
     *
     * @return completes when the change is logged
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
            Mutation.Clear clear = new Mutation.Clear(cache.id(), changes.nextVersion());
            state.apply(cache, part, clear, index, shards);
            if (!cache.isDestroyed()) {
                outcome.record(clear);
            }
            committed = commit(cache, outcome);
            for (LeasedEntry lease : List.copyOf(part.leases.values())) {
                passOn(lease, part, null, outcome);
            }
            if (cache.isDestroyed()) {
                cache.dropPart(index);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
        return committed;
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
                endOverdue(part, System.nanoTime(), outcome);
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
                    outcome.nowMillis(),
                    TIMERS_PER_STEP,
                    (record, hash) -> changes.expire(cache, part, record, hash, outcome));
            state.recount(cache, part);
            CompletionStage<Void> unused = commit(cache, outcome);
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
            changes.drop(cache, part, victim, KeyHasher.hash(EntryRecord.key(victim)), outcome);
            commit(cache, outcome);
            return true;
        } finally {
            lock.unlock();
        }
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
                    changes.drop(cache, part, record, KeyHasher.hash(EntryRecord.key(record)), outcome);
                }
                CompletionStage<Void> unused = commit(cache, outcome);
            } finally {
                lock.unlock();
            }
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
            for (LeasedEntry lease : List.copyOf(part.leases.values())) {
                if (keys.test(lease.key())) {
                    passOn(lease, part, null, outcome);
                }
            }
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
            changes.removeHint(hints, part, key, hash, outcome);
            CacheShard kept = target == null ? null : target.part(index);
            if (target != null && kept != null) {
                CompletionStage<Void> unused = drop(target, kept, key, outcome);
            } else {
                CompletionStage<Void> unused = commit(hints, outcome);
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
            changes.drop(cache, part, present, hash, outcome);
        }
        CompletionStage<Void> committed = commit(cache, outcome);
        LeasedEntry lease = part.leases.get(key);
        if (lease != null) {
            passOn(lease, part, null, outcome);
        }
        return committed;
    }

    /** The holder of a lease is gone. */
    void endLease(LeasedEntry lease) {
        Outcome outcome = new Outcome(clock);
        lock.lock();
        try {
            CacheShard part = lease.cache().part(index);
            Session holder = lease.holder();
            if (part != null && part.leases.get(lease.key()) == lease && holder != null && holder.isClosed()) {
                passOn(lease, part, null, outcome);
            }
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
            cache.partOrNew(index, clock.millis()).watch(key, watch);
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
        CacheShard part = cache.part(index);
        LeasedEntry lease = part == null || part.leases.isEmpty() ? null : part.leases.get(key);
        if (lease == null) {
            return LeaseWait.FREE;
        }
        boolean waits = lease.enqueue(LeasedEntry.Waiting.toRetry(
                retry, bytes, origin, System.nanoTime() + leaseConfig.maxWait().toNanos()));
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

    static Reply.Failure tooMuchWaits() {
        return new Reply.Failure(
                Status.OVERLOADED,
                "the entry is leased to another caller, and so many bytes of commands wait for leases already that this one may"
                        + " not wait, too; nothing was applied (server.max-buffered-bytes)");
    }

    // --- what a command does; all below runs under the lock ---

    /** Why a verb was not done, or null if it was. */
    Reply.@Nullable Failure executeLocked(Cache cache, Verb verb, Origin origin, Outcome outcome) {
        Reply.Failure refusal = ownership.refusal(origin.session(), verb.key());
        if (refusal == null && !verb.isRead()) {
            refusal = refusal(cache, false);
        }
        if (refusal != null) {
            return refusal;
        }
        CacheShard part = cache.part(index);
        EntryEdit entry = new EntryEdit(
                changes,
                cache,
                part == null ? cache.partOrNew(index, outcome.nowMillis()) : part,
                verb.key(),
                origin,
                outcome);
        try {
            verb.apply(entry);
        } catch (RuntimeException e) {
            // It may be run by whoever ended the lease that it waited for, and must not be that one's failure.
            LOG.error(
                    "a verb on an entry of cache {} failed", cache.definition().name(), e);
            return new Reply.Failure(
                    Status.INTERNAL,
                    "the request failed inside the node (" + e.getClass().getSimpleName()
                            + "); the node's log says more");
        }
        return entry.refusal();
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
            reply = apply(cache, part, once.change(), origin, outcome);
            replies.keep(once, reply, outcome);
        } else {
            reply = apply(cache, part, command, origin, outcome);
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
            CacheShard part = keys.partOrNew(index, outcome.nowMillis());
            boolean isThere = part.entries.get(key, hash) != null;
            if (!isThere && (hints.isFull() || budget.isFullOfHints())) {
                hints.everythingChanged();
            } else if (!isThere || handedOver) {
                changes.hint(keys, part, key, hash, outcome);
            }
        }
    }

    private Reply apply(Cache cache, CacheShard part, Command.OnEntry command, Origin origin, Outcome outcome) {
        if (command instanceof Command.Put put) {
            return changes.put(cache, part, put, origin, outcome);
        }
        if (command instanceof Command.Remove remove) {
            return changes.remove(cache, part, remove, origin, outcome);
        }
        if (command instanceof Command.Lease lease) {
            return lease(cache, part, lease, origin, outcome);
        }
        if (command instanceof Command.Add || command instanceof Command.Append || command instanceof Command.Expire) {
            return Amendments.apply(command, new EntryEdit(changes, cache, part, command.key(), origin, outcome));
        }
        return new Reply.Failure(Status.BAD_REQUEST, command.opcode() + " does not change an entry");
    }

    private Reply lease(Cache cache, CacheShard part, Command.Lease command, Origin origin, Outcome outcome) {
        int hash = KeyHasher.hash(command.key());
        byte[] present = changes.live(cache, part, part.entries.get(command.key(), hash), hash, outcome);
        if (present != null) {
            part.entries.recordHit(present);
            if (command.onMiss()) {
                Reply hit = new Reply.Value(EntryRecord.version(present), EntryRecord.value(present));
                changes.access(cache, part, present, hash, outcome);
                return hit;
            }
        }
        Bytes key = Bytes.of(command.key().toByteArray());
        LeasedEntry lease = part.leases.get(key);
        if (lease == null) {
            lease = new LeasedEntry(this, cache, key);
            part.leases.put(key, lease);
        }
        return grant(lease, present, command, origin, outcome);
    }

    private Reply grant(
            LeasedEntry lease, byte @Nullable [] present, Command.Lease command, Origin origin, Outcome outcome) {
        long token = tokens.incrementAndGet();
        long millis = Math.max(
                1, Math.min(command.leaseMillis(), leaseConfig.maxDuration().toMillis()));
        lease.grant(origin.session(), token, millis * 1_000_000);
        if (origin.session().isClosed()) {
            // Its close() may have looked at its leases before this one was among them.
            outcome.afterwards(() -> endLease(lease));
        }
        return new Reply.Leased(
                token, EntryChanges.versionOf(present), present == null ? null : EntryRecord.value(present));
    }

    // --- leases ---

    /** Whether it is a change to be made once, and was made before: its reply is given again whoever has the entry now. */
    private boolean wasMade(Command.OnEntry command, Outcome outcome) {
        return command instanceof Command.Once once && replies.has(once, outcome);
    }

    private boolean isReadOfPresent(CacheShard part, Command.OnEntry command, Outcome outcome) {
        // Reads go on while an entry is leased, and a lease on miss of a present entry is a read.
        return command instanceof Command.Lease lease
                && lease.onMiss()
                && EntryChanges.isThere(part, lease.key(), KeyHasher.hash(lease.key()), outcome);
    }

    private @Nullable Reply enqueue(LeasedEntry lease, Command.OnEntry command, Origin origin) {
        long now = System.nanoTime();
        if (!lease.enqueue(LeasedEntry.Waiting.withCommand(
                command, origin, now + leaseConfig.maxWait().toNanos()))) {
            return tooMuchWaits();
        }
        origin.session()
                .push(new Push.Queued(origin.request(), leaseConfig.maxWait().toMillis() + lease.remainingMillis(now)));
        return null;
    }

    private @Nullable Reply enqueue(LeasedEntry lease, Verb verb, Origin origin) {
        boolean waits = lease.enqueue(LeasedEntry.Waiting.withVerb(
                verb, origin, System.nanoTime() + leaseConfig.maxWait().toNanos()));
        return waits ? null : tooMuchWaits();
    }

    /** The lease has ended: those who wait go on, up to the next one who takes it. */
    private void passOn(LeasedEntry lease, CacheShard part, Command.@Nullable Share share, Outcome outcome) {
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
            Runnable retry = next.retry();
            if (retry != null) {
                outcome.afterwards(retry);
                continue;
            }
            boolean waitsForResult = next.command() instanceof Command.Lease wish && wish.onMiss();
            boolean shares = sharing-- > 0 && waitsForResult;
            Reply reply;
            if (cache.isDestroyed()) {
                reply = noSuchCache(cache);
            } else if (shares && !EntryChanges.isThere(part, lease.key(), KeyHasher.hash(lease.key()), outcome)) {
                reply = share instanceof Command.Share.Failed failed
                        ? new Reply.LoadFailed(failed.error())
                        : Reply.Miss.INSTANCE;
            } else {
                Outcome step = new Outcome(clock);
                reply = next(cache, part, next, step);
                reply = commit(cache, step, reply, next.origin());
                outcome.takeOver(step);
            }
            if (reply != null) {
                Reply answer = reply;
                outcome.afterwards(() -> next.origin().responder().accept(answer));
            }
        }
    }

    private Reply next(Cache cache, CacheShard part, LeasedEntry.Waiting next, Outcome outcome) {
        Verb verb = next.verb();
        if (verb != null) {
            Reply.Failure failure = executeLocked(cache, verb, next.origin(), outcome);
            return failure == null ? Reply.Ok.INSTANCE : failure;
        }
        Command.OnEntry command = next.command();
        return command == null
                ? new Reply.Failure(Status.INTERNAL, "nothing waits here")
                : applyOrRefuse(cache, part, command, next.origin(), outcome);
    }

    private void endOverdue(CacheShard part, long nowNanos, Outcome outcome) {
        for (LeasedEntry lease : List.copyOf(part.leases.values())) {
            for (LeasedEntry.Waiting waiting : lease.endOverdue(nowNanos)) {
                outcome.afterwards(() -> waiting.origin()
                        .responder()
                        .accept(new Reply.Failure(
                                Status.LEASE_TIMEOUT,
                                "the entry stayed leased to other callers for over "
                                        + leaseConfig.maxWait().toMillis()
                                        + "ms; nothing was applied (lease.max-wait)")));
            }
            if (lease.isOverdue(nowNanos)) {
                passOn(lease, part, null, outcome);
            }
        }
    }

    // --- commit ---

    private static Reply noSuchCache(Cache cache) {
        return new Reply.Failure(
                Status.NO_SUCH_CACHE, "cache " + cache.definition().name() + " was destroyed");
    }

    CompletionStage<Void> commit(Cache cache, Outcome outcome) {
        List<Mutation> batch = outcome.mutations();
        if (!outcome.hints().isEmpty()) {
            // One record of the log for both: a change is never kept without its hints.
            batch = new ArrayList<>(cache.isLogged() ? outcome.mutations() : List.of());
            batch.addAll(outcome.hints());
        } else if (batch.isEmpty() || !cache.isLogged()) {
            return CommitLog.COMMITTED;
        }
        return log.append(index, batch);
    }

    private @Nullable Reply commit(Cache cache, Outcome outcome, Reply reply, Origin origin) {
        return commit(cache, outcome, reply, origin, null);
    }

    /**
     * Hands the mutations to the log. Returns the reply, or null if it must wait for the log or for listeners elsewhere.
     *
     * @param kept a lease that its holder keeps, unless the change turns out not to be logged
     */
    private @Nullable Reply commit(
            Cache cache, Outcome outcome, Reply reply, Origin origin, @Nullable LeasedEntry kept) {
        CompletionStage<Void> committed = commit(cache, outcome);
        Acknowledgements due = outcome.acks;
        if (due == null && committed == CommitLog.COMMITTED) {
            return reply;
        }
        if (due != null) {
            origin.session().push(new Push.Queued(origin.request(), acks.limitMillis()));
        }
        outcome.afterwards(() -> committed.whenComplete((done, failure) -> {
            Reply answer = failure == null ? reply : notLogged(failure);
            if (failure != null && kept != null) {
                lose(kept);
            }
            if (due == null) {
                origin.responder().accept(answer);
            } else {
                due.whenComplete(() -> origin.responder().accept(answer));
            }
        }));
        return null;
    }

    /** What a client is told whose change is in memory, and in the log perhaps. */
    public static Reply notLogged(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return new Reply.Failure(
                Status.INDETERMINATE,
                "the change was made in memory, and logging it failed: " + cause
                        + ". It is lost if the node ends before bin/distcache resume");
    }

    /** A holder that was told of a failure has no lease any more. */
    private void lose(LeasedEntry lease) {
        Outcome outcome = new Outcome(clock);
        lock.lock();
        try {
            CacheShard part = lease.cache().part(index);
            if (part != null && part.leases.get(lease.key()) == lease && lease.isHeld()) {
                passOn(lease, part, null, outcome);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
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
            return changes.lastVersion();
        } finally {
            lock.unlock();
        }
    }

    void reserve(Cache cache, int entries) {
        lock.lock();
        try {
            cache.partOrNew(index, clock.millis()).entries.reserve(entries);
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
                    mutation instanceof Mutation.Store ? cache.partOrNew(index, clock.millis()) : cache.part(index);
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
            changes.raiseVersion(leastVersion);
            state.endReplay(all, index);
        } finally {
            lock.unlock();
        }
    }
}
