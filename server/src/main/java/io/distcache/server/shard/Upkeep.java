package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.operation.Cause;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What nobody asks for: entries whose time is over, that there is no room for, or that are no longer this node's to keep, and leases
 * that last too long. Thread-safe: takes the shard's lock, for some entries at a time.
 */
public final class Upkeep {
    private static final int TIMERS_PER_TICK = 20_000;
    /** Under the lock at once: with listeners each may be an event to many. */
    private static final int TIMERS_PER_STEP = 256;

    private static final long LET_OTHERS_NANOS = 50_000;
    private static final int DROP_STEP = 1000;

    private final int index;
    private final ReentrantLock lock;
    private final NodeClock clock;
    private final CommitLog log;
    private final Budget budget;
    private final EntryRules rules;
    private final ShardState state;
    private final Commits commits;
    private final Leases leases;
    private final KeptReplies replies;

    Upkeep(
            ReentrantLock lock,
            EntryRules rules,
            CommitLog log,
            Budget budget,
            ShardState state,
            Commits commits,
            Leases leases,
            KeptReplies replies) {
        this.index = rules.index();
        this.lock = lock;
        this.clock = rules.clock();
        this.log = log;
        this.budget = budget;
        this.rules = rules;
        this.state = state;
        this.commits = commits;
        this.leases = leases;
        this.replies = replies;
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
            commits.settleOverdue(outcome);
            CacheShard part = cache.part(index);
            if (part != null && !part.leases.isEmpty()) {
                leases.endOverdue(part, clock.passedNanos(), outcome);
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
            if (part == null || part.timers.size() == 0 || !log.leads(index)) {
                return false;
            }
            tellMoved(cache, part, outcome);
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

    /** The log hears of deadlines that have been another here for some time. */
    private void tellMoved(Cache cache, CacheShard part, Outcome outcome) {
        for (Bytes key : part.moved.until(outcome.millis() - MovedDeadlines.MOST_MILLIS)) {
            int hash = cache.hash(key);
            byte[] present = part.entries.get(key, hash);
            if (present == null) {
                part.moved.remove(key);
            } else {
                Mutation.OnEntry touch = new Mutation.Touch(
                        cache.id(), key, EntryRecord.version(present), EntryRecord.deadlineMillis(present));
                commits.record(cache, part, touch, Cause.ACCESSED, hash, outcome);
            }
        }
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
            if (part == null || !log.leads(index)) {
                return false;
            }
            byte[] kept = except == null ? null : part.get(except);
            byte[] victim = part.entries.chooseVictim(kept);
            if (victim == null) {
                return false;
            }
            cache.evicted();
            budget.evicted();
            delete(cache, part, victim, Cause.DROPPED, cache.hash(EntryRecord.key(victim)), outcome);
            commits.commit(outcome);
        } finally {
            lock.unlock();
        }
        outcome.run();
        return true;
    }

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
                    delete(cache, part, record, Cause.DROPPED, cache.hash(EntryRecord.key(record)), outcome);
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
            int hash = hints.hash(key);
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
        int hash = cache.hash(key);
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

    /** The replies to changes made once; under the shard's lock. */
    KeptReplies replies() {
        return replies;
    }
}
