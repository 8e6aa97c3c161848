package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import io.distcache.server.store.KeyHasher;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
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

    /** What one command came to: its moment, its mutations, and answers that become due under the lock and go out after it. */
    private final class Outcome {
        private final List<Runnable> due = new ArrayList<>(2);
        private final List<Mutation> mutations = new ArrayList<>(2);
        private @Nullable Acknowledgements acks;
        private long nowMillis = CLOCK_NOT_READ;

        /** The clock is read once: an entry cannot expire between a command's first look at it and its second. */
        long nowMillis() {
            if (nowMillis == CLOCK_NOT_READ) {
                nowMillis = clock.millis();
            }
            return nowMillis;
        }

        void run() {
            for (int i = 0; i < due.size(); i++) {
                try {
                    due.get(i).run();
                } catch (RuntimeException e) {
                    // The others must not go without an answer for it.
                    LOG.error("an answer of shard {} could not be handed out", index, e);
                }
            }
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Shard.class);
    private static final long CLOCK_NOT_READ = Long.MIN_VALUE;

    private static final int TIMERS_PER_TICK = 20_000;

    private final int index;
    private final int shards;
    private final ReentrantLock lock = new ReentrantLock();
    private final InstantSource clock;
    private final CommitLog log;
    private final LeaseConfig leaseConfig;
    private final AcknowledgementBook acks;
    private final Budget budget;
    private final AtomicLong tokens;
    private long lastVersion;

    /**
     * A shard without entries.
     *
     * @param firstVersion versions given here are higher, and differ from those of every other shard
     * @param tokens the node's source of lease tokens
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
            AtomicLong tokens) {
        this.index = index;
        this.shards = shards;
        this.clock = clock;
        this.log = log;
        this.leaseConfig = leaseConfig;
        this.acks = acks;
        this.budget = budget;
        this.tokens = tokens;
        this.lastVersion = firstVersion / shards * shards + index;
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
                outcome = new Outcome();
                record = live(cache, part, record, hash, outcome);
                if (record != null) {
                    Bytes value = EntryRecord.value(record);
                    reply = new Reply.Value(EntryRecord.version(record), value);
                    part.entries.recordHit(record);
                    access(cache, part, record, hash, outcome);
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
        Outcome outcome = new Outcome();
        Reply reply;
        lock.lock();
        try {
            if (cache.isDestroyed()) {
                return noSuchCache(cache);
            }
            CacheShard part = cache.partOrNew(index, outcome.nowMillis());
            LeasedEntry lease = part.leases.isEmpty() ? null : part.leases.get(command.key());
            if (lease != null && !isReadOfPresent(part, command, outcome)) {
                return enqueue(lease, command, origin);
            }
            reply = apply(cache, part, command, origin, outcome);
            reply = commit(cache, outcome, reply, origin);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return reply;
    }

    /** Takes a lease at once or not at all: LEASE_BUSY if somebody else has the entry. */
    public Reply tryLease(Cache cache, Bytes key, boolean onMiss, long leaseMillis, Origin origin) {
        Outcome outcome = new Outcome();
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
            reply = apply(cache, part, command, origin, outcome);
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
        Outcome outcome = new Outcome();
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
            Reply.Failure full = refuseIfFull(cache, part, settlement, hash);
            if (full != null) {
                reply = full;
            } else {
                reply = new Reply.Changed(isThere(part, settlement.key(), hash, outcome), false, 0, null);
                for (EntryChange change : settlement.changes()) {
                    reply = applyChange(cache, part, settlement.key(), hash, change, origin, outcome);
                }
            }
            reply = commit(cache, outcome, reply, origin);
            if (full == null && settlement.share() instanceof Command.Share.Keep) {
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

    /** New deadline for an entry that still has this version. */
    public void touch(Cache cache, Command.Touch touch) {
        Outcome outcome = new Outcome();
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            int hash = KeyHasher.hash(touch.key());
            byte[] record = part == null ? null : part.entries.get(touch.key(), hash);
            if (part == null || record == null) {
                return;
            }
            record = live(cache, part, record, hash, outcome);
            if (record != null && EntryRecord.version(record) == touch.version()) {
                moveDeadline(cache, part, record, hash, touch.ttlMillis(), outcome);
            }
            commit(cache, outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
    }

    /** Drops this shard's entries of a cache; leases on them are lost, those who waited go on. */
    public void clear(Cache cache) {
        Outcome outcome = new Outcome();
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return;
            }
            part.entries.clear();
            part.timers.clear();
            outcome.mutations.add(new Mutation.Clear(cache.id(), nextVersion()));
            recount(cache, part);
            commit(cache, outcome);
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

    /** Reclaims entries whose deadline has come, and ends leases and waits whose time is over. */
    public void tick(Cache cache) {
        Outcome outcome = new Outcome();
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return;
            }
            if (part.timers.size() > 0) {
                part.timers.advance(
                        outcome.nowMillis(),
                        TIMERS_PER_TICK,
                        (record, hash) -> expire(cache, part, record, hash, outcome));
                recount(cache, part);
                commit(cache, outcome);
            }
            if (!part.leases.isEmpty()) {
                endOverdue(part, System.nanoTime(), outcome);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
    }

    /**
     * Makes room by dropping one entry of a cache, never the one with this key.
     *
     * @return whether one was dropped
     */
    public boolean evictOne(Cache cache, @Nullable Bytes except) {
        Outcome outcome = new Outcome();
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part == null) {
                return false;
            }
            byte[] kept = except == null ? null : part.entries.get(except, KeyHasher.hash(except));
            byte[] victim = part.entries.evictOne(kept);
            if (victim == null) {
                return false;
            }
            cache.evicted();
            budget.evicted();
            outcome.mutations.add(new Mutation.Delete(
                    cache.id(), Bytes.of(EntryRecord.key(victim).toByteArray()), nextVersion()));
            recount(cache, part);
            commit(cache, outcome);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** The holder of a lease is gone. */
    void endLease(LeasedEntry lease) {
        Outcome outcome = new Outcome();
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

    // --- what a command does; all below runs under the lock ---

    private Reply apply(Cache cache, CacheShard part, Command.OnEntry command, Origin origin, Outcome outcome) {
        if (command instanceof Command.Put put) {
            return put(cache, part, put, origin, outcome);
        }
        if (command instanceof Command.Remove remove) {
            return remove(cache, part, remove, origin, outcome);
        }
        if (command instanceof Command.Lease lease) {
            return lease(cache, part, lease, origin, outcome);
        }
        return new Reply.Failure(Status.BAD_REQUEST, command.opcode() + " does not change an entry");
    }

    private Reply put(Cache cache, CacheShard part, Command.Put put, Origin origin, Outcome outcome) {
        int hash = KeyHasher.hash(put.key());
        byte[] present = live(cache, part, part.entries.get(put.key(), hash), hash, outcome);
        Bytes old = put.returnOld() && present != null ? EntryRecord.value(present) : null;
        if (!holds(put.condition(), present)) {
            if (present != null) {
                accessByFailedCondition(cache, part, present, hash, put.condition(), put.returnOld(), outcome);
            }
            return new Reply.Changed(present != null, false, versionOf(present), old);
        }
        Reply.Failure full = refuseIfFull(cache, present, put.key(), put.value());
        if (full != null) {
            return full;
        }
        long version = store(cache, part, put.key(), hash, put.value(), put.ttlMillis(), present, origin, outcome);
        return new Reply.Changed(present != null, version != 0 || present != null, version, old);
    }

    private Reply remove(Cache cache, CacheShard part, Command.Remove remove, Origin origin, Outcome outcome) {
        int hash = KeyHasher.hash(remove.key());
        byte[] present = live(cache, part, part.entries.get(remove.key(), hash), hash, outcome);
        if (present == null) {
            return new Reply.Changed(false, false, 0, null);
        }
        Bytes old = remove.returnOld() ? EntryRecord.value(present) : null;
        if (!holds(remove.condition(), present)) {
            accessByFailedCondition(cache, part, present, hash, remove.condition(), false, outcome);
            return new Reply.Changed(true, false, EntryRecord.version(present), old);
        }
        delete(cache, part, present, hash, EventKind.REMOVED, origin, outcome);
        return new Reply.Changed(true, true, 0, old);
    }

    private Reply lease(Cache cache, CacheShard part, Command.Lease command, Origin origin, Outcome outcome) {
        int hash = KeyHasher.hash(command.key());
        byte[] present = live(cache, part, part.entries.get(command.key(), hash), hash, outcome);
        if (present != null) {
            part.entries.recordHit(present);
            if (command.onMiss()) {
                Reply hit = new Reply.Value(EntryRecord.version(present), EntryRecord.value(present));
                access(cache, part, present, hash, outcome);
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
            outcome.due.add(() -> endLease(lease));
        }
        return new Reply.Leased(token, versionOf(present), present == null ? null : EntryRecord.value(present));
    }

    private Reply applyChange(
            Cache cache, CacheShard part, Bytes key, int hash, EntryChange change, Origin origin, Outcome outcome) {
        byte[] present = live(cache, part, part.entries.get(key, hash), hash, outcome);
        if (change instanceof EntryChange.Put put) {
            long version = store(cache, part, key, hash, put.value(), put.ttlMillis(), present, origin, outcome);
            return new Reply.Changed(present != null, version != 0 || present != null, version, null);
        }
        if (present == null) {
            return new Reply.Changed(false, false, 0, null);
        }
        if (change instanceof EntryChange.Touch touch) {
            long ttl = touch.ttlMillis() == Ttl.DEFINED
                    ? cache.definition().expiry().accessMillis()
                    : touch.ttlMillis();
            moveDeadline(cache, part, present, hash, ttl, outcome);
            return new Reply.Changed(true, true, EntryRecord.version(present), null);
        }
        delete(cache, part, present, hash, EventKind.REMOVED, origin, outcome);
        return new Reply.Changed(true, true, 0, null);
    }

    /** Stores a value, with its event. Returns the entry's version, or 0 if the ttl was 0 and so nothing is there now. */
    private long store(
            Cache cache,
            CacheShard part,
            Bytes key,
            int hash,
            Bytes value,
            long wishedTtl,
            byte @Nullable [] present,
            Origin origin,
            Outcome outcome) {
        CacheDefinition.Expiry expiry = cache.definition().expiry();
        long ttl = wishedTtl != Ttl.DEFINED
                ? wishedTtl
                : present == null ? expiry.creationMillis() : expiry.updateMillis();
        long before = present == null ? EntryRecord.NO_DEADLINE : EntryRecord.deadlineMillis(present);
        if (ttl == Ttl.NOW) {
            if (present != null) {
                // The value was updated, and expired in the same moment.
                delete(cache, part, present, hash, EventKind.EXPIRED, null, outcome);
                cache.expired();
            }
            return 0;
        }
        long deadline = ttl == Ttl.UNCHANGED ? before : deadline(ttl, outcome);
        long version = nextVersion();
        byte[] record = EntryRecord.create(key, value, version, deadline);
        part.entries.put(record, hash);
        part.timers.deadlineMoved(hash, before, deadline);
        outcome.mutations.add(new Mutation.Store(cache.id(), Bytes.of(record)));
        recount(cache, part);
        if (!cache.subscriptions().isEmpty()) {
            outcome.acks = cache.subscriptions()
                    .fire(
                            present == null ? EventKind.CREATED : EventKind.UPDATED,
                            EntryRecord.key(record),
                            EntryRecord.value(record),
                            present == null ? null : EntryRecord.value(present),
                            version,
                            origin,
                            outcome.acks);
        }
        return version;
    }

    private void delete(
            Cache cache,
            CacheShard part,
            byte[] present,
            int hash,
            EventKind kind,
            @Nullable Origin origin,
            Outcome outcome) {
        Bytes key = EntryRecord.key(present);
        part.entries.remove(key, hash);
        long version = nextVersion();
        outcome.mutations.add(new Mutation.Delete(cache.id(), key, version));
        recount(cache, part);
        if (!cache.subscriptions().isEmpty()) {
            outcome.acks = cache.subscriptions()
                    .fire(kind, key, null, EntryRecord.value(present), version, origin, outcome.acks);
        }
    }

    private void expire(Cache cache, CacheShard part, byte[] record, int hash, Outcome outcome) {
        cache.expired();
        delete(cache, part, record, hash, EventKind.EXPIRED, null, outcome);
    }

    /** The record if it has not expired; an expired one is reclaimed. */
    private byte @Nullable [] live(Cache cache, CacheShard part, byte @Nullable [] record, int hash, Outcome outcome) {
        if (record != null && EntryRecord.hasDeadline(record) && EntryRecord.isExpired(record, outcome.nowMillis())) {
            expire(cache, part, record, hash, outcome);
            return null;
        }
        return record;
    }

    private void access(Cache cache, CacheShard part, byte[] record, int hash, Outcome outcome) {
        long ttl = cache.definition().expiry().accessMillis();
        if (ttl != Ttl.UNCHANGED) {
            moveDeadline(cache, part, record, hash, ttl, outcome);
        }
    }

    private void accessByFailedCondition(
            Cache cache,
            CacheShard part,
            byte[] present,
            int hash,
            Condition condition,
            boolean returnsOld,
            Outcome outcome) {
        boolean compared = switch (condition.kind()) {
            case VALUE_IS, VERSION_IS -> true;
            case ALWAYS, ABSENT, PRESENT -> returnsOld;
        };
        if (compared) {
            access(cache, part, present, hash, outcome);
        }
    }

    private void moveDeadline(Cache cache, CacheShard part, byte[] record, int hash, long ttl, Outcome outcome) {
        if (ttl == Ttl.UNCHANGED) {
            return;
        }
        if (ttl == Ttl.NOW) {
            expire(cache, part, record, hash, outcome);
            return;
        }
        long before = EntryRecord.deadlineMillis(record);
        long after = deadline(ttl, outcome);
        byte[] moved = EntryRecord.withDeadline(record, after);
        if (moved != record) {
            part.entries.put(moved, hash);
        }
        part.timers.deadlineMoved(hash, before, after);
        outcome.mutations.add(
                new Mutation.Touch(cache.id(), EntryRecord.key(moved), EntryRecord.version(moved), after));
        recount(cache, part);
    }

    private static long deadline(long ttl, Outcome outcome) {
        if (ttl == Ttl.ETERNAL) {
            return EntryRecord.NO_DEADLINE;
        }
        long now = outcome.nowMillis();
        return ttl >= EntryRecord.NO_DEADLINE - now ? EntryRecord.NO_DEADLINE - 1 : now + ttl;
    }

    private static boolean holds(Condition condition, byte @Nullable [] present) {
        return switch (condition.kind()) {
            case ALWAYS -> true;
            case ABSENT -> present == null;
            case PRESENT -> present != null;
            case VALUE_IS -> present != null && EntryRecord.value(present).equals(condition.value());
            case VERSION_IS -> present != null && EntryRecord.version(present) == condition.version();
        };
    }

    private static boolean isThere(CacheShard part, Bytes key, int hash, Outcome outcome) {
        byte[] record = part.entries.get(key, hash);
        return record != null && !EntryRecord.isExpired(record, outcome.nowMillis());
    }

    private static long versionOf(byte @Nullable [] present) {
        return present == null ? 0 : EntryRecord.version(present);
    }

    private long nextVersion() {
        lastVersion += shards;
        return lastVersion;
    }

    // --- leases ---

    private boolean isReadOfPresent(CacheShard part, Command.OnEntry command, Outcome outcome) {
        // Reads go on while an entry is leased, and a lease on miss of a present entry is a read.
        return command instanceof Command.Lease lease
                && lease.onMiss()
                && isThere(part, lease.key(), KeyHasher.hash(lease.key()), outcome);
    }

    private @Nullable Reply enqueue(LeasedEntry lease, Command.OnEntry command, Origin origin) {
        long now = System.nanoTime();
        lease.queue.add(new LeasedEntry.Waiting(
                command, origin, now + leaseConfig.maxWait().toNanos()));
        origin.session()
                .push(new Push.Queued(origin.request(), leaseConfig.maxWait().toMillis() + lease.remainingMillis(now)));
        return null;
    }

    /** The lease has ended: those who wait go on, up to the next one who takes it. */
    private void passOn(LeasedEntry lease, CacheShard part, Command.@Nullable Share share, Outcome outcome) {
        lease.revoke();
        Cache cache = lease.cache();
        boolean leavesResult = share instanceof Command.Share.Miss || share instanceof Command.Share.Failed;
        int sharing = leavesResult ? lease.queue.size() : 0;
        while (!lease.isHeld()) {
            LeasedEntry.Waiting next = lease.queue.poll();
            if (next == null) {
                part.leases.remove(lease.key());
                return;
            }
            if (next.origin().session().isClosed()) {
                continue;
            }
            boolean waitsForResult = next.command() instanceof Command.Lease wish && wish.onMiss();
            boolean shares = sharing-- > 0 && waitsForResult;
            Reply reply;
            if (cache.isDestroyed()) {
                reply = noSuchCache(cache);
            } else if (shares && !isThere(part, lease.key(), KeyHasher.hash(lease.key()), outcome)) {
                reply = share instanceof Command.Share.Failed failed
                        ? new Reply.LoadFailed(failed.error())
                        : Reply.Miss.INSTANCE;
            } else {
                Outcome step = new Outcome();
                reply = apply(cache, part, next.command(), next.origin(), step);
                reply = commit(cache, step, reply, next.origin());
                outcome.due.addAll(step.due);
            }
            if (reply != null) {
                Reply answer = reply;
                outcome.due.add(() -> next.origin().responder().accept(answer));
            }
        }
    }

    private void endOverdue(CacheShard part, long nowNanos, Outcome outcome) {
        for (LeasedEntry lease : List.copyOf(part.leases.values())) {
            lease.queue.removeIf(waiting -> {
                boolean over = nowNanos - waiting.deadlineNanos() >= 0;
                if (over) {
                    outcome.due.add(() -> waiting.origin()
                            .responder()
                            .accept(new Reply.Failure(
                                    Status.LEASE_TIMEOUT,
                                    "the entry stayed leased to other callers for over "
                                            + leaseConfig.maxWait().toMillis()
                                            + "ms; nothing was applied (lease.max-wait)")));
                }
                return over;
            });
            if (lease.isOverdue(nowNanos)) {
                passOn(lease, part, null, outcome);
            }
        }
    }

    // --- bounds ---

    private Reply.@Nullable Failure refuseIfFull(
            Cache cache, CacheShard part, Command.Settlement settlement, int hash) {
        for (EntryChange change : settlement.changes()) {
            if (change instanceof EntryChange.Put put) {
                Reply.Failure full =
                        refuseIfFull(cache, part.entries.get(settlement.key(), hash), settlement.key(), put.value());
                if (full != null) {
                    return full;
                }
            }
        }
        return null;
    }

    private Reply.@Nullable Failure refuseIfFull(Cache cache, byte @Nullable [] present, Bytes key, Bytes value) {
        long size = (long) key.length() + value.length();
        if (size > budget.maxBytes() / 2) {
            return new Reply.Failure(
                    Status.TOO_LARGE,
                    "an entry of " + size + " bytes does not fit a node bounded to " + budget.maxBytes()
                            + " (store.max-bytes); at most half of it is allowed for one entry");
        }
        long cacheBound = cache.definition().maxBytes();
        if (cacheBound > 0 && size > cacheBound) {
            return new Reply.Failure(
                    Status.TOO_LARGE,
                    "an entry of " + size + " bytes does not fit cache "
                            + cache.definition().name() + ", which is bounded to " + cacheBound + " bytes");
        }
        if (cache.definition().whenFull() == CacheDefinition.WhenFull.REFUSE) {
            long moreEntries = present == null ? 1 : 0;
            long moreBytes = Math.max(0, size - (present == null ? 0 : present.length));
            if (cache.isOver(moreEntries, moreBytes) || budget.isOver(moreEntries, moreBytes)) {
                return new Reply.Failure(
                        Status.FULL,
                        "cache " + cache.definition().name() + " is full and configured to refuse writes: it has "
                                + cache.entries() + " entries and " + cache.bytes() + " bytes, the node "
                                + budget.bytes() + " of " + budget.maxBytes() + " bytes");
            }
        }
        return null;
    }

    private void recount(Cache cache, CacheShard part) {
        long entries = part.entries.size();
        long bytes = part.bytes();
        long moreEntries = entries - part.countedEntries;
        long moreBytes = bytes - part.countedBytes;
        part.countedEntries = entries;
        part.countedBytes = bytes;
        cache.grew(moreEntries, moreBytes);
        budget.grew(moreEntries, moreBytes);
    }

    // --- commit ---

    private static Reply noSuchCache(Cache cache) {
        return new Reply.Failure(
                Status.NO_SUCH_CACHE, "cache " + cache.definition().name() + " was destroyed");
    }

    private void commit(Cache cache, Outcome outcome) {
        if (!outcome.mutations.isEmpty() && cache.definition().durability() == CacheDefinition.Durability.LOGGED) {
            CompletionStage<Void> unused = log.append(index, outcome.mutations);
        }
    }

    /** Hands the mutations to the log. Returns the reply, or null if it must wait for the log or for listeners elsewhere. */
    private @Nullable Reply commit(Cache cache, Outcome outcome, Reply reply, Origin origin) {
        CompletionStage<Void> committed = CommitLog.COMMITTED;
        if (!outcome.mutations.isEmpty() && cache.definition().durability() == CacheDefinition.Durability.LOGGED) {
            committed = log.append(index, outcome.mutations);
        }
        Acknowledgements due = outcome.acks;
        if (due == null && committed == CommitLog.COMMITTED) {
            return reply;
        }
        if (due != null) {
            origin.session().push(new Push.Queued(origin.request(), acks.limitMillis()));
        }
        CompletionStage<Void> stage = committed;
        outcome.due.add(() -> stage.whenComplete((done, failure) -> {
            Reply answer = failure == null
                    ? reply
                    : new Reply.Failure(Status.READ_ONLY, "the change was not logged: " + failure.getMessage());
            if (due == null) {
                origin.responder().accept(answer);
            } else {
                due.whenComplete(() -> origin.responder().accept(answer));
            }
        }));
        return null;
    }
}
