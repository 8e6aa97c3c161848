package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One shard as one of the copies that several nodes have of it: it applies what the node that leads has decided, or leads itself; what it has
 * is given to others as a whole, or comes from them. Thread-safe: takes the shard's lock.
 */
public final class Replica {
    private final int index;
    private final ReentrantLock lock;
    private final EntryRules rules;
    private final ShardState state;
    private final Commits commits;
    private final Leases leases;
    /** Whether what it has is a part of what another node has, of which the rest comes. Guarded by the lock. */
    private boolean isIncomplete;

    Replica(ReentrantLock lock, EntryRules rules, ShardState state, Commits commits, Leases leases) {
        this.index = rules.index();
        this.lock = lock;
        this.rules = rules;
        this.state = state;
        this.commits = commits;
        this.leases = leases;
    }

    /** Finds a cache by its id; null if it is gone for good. */
    @FunctionalInterface
    public interface ById {
        /** The cache, or null. */
        @Nullable
        Cache find(long id);
    }

    /** Applies what was decided elsewhere, in order. Versions given here later are higher than all of it. */
    public void follow(List<Mutation> mutations, ById caches) {
        lock.lock();
        try {
            for (Mutation mutation : mutations) {
                rules.raiseVersion(mutation.version());
                Cache cache = caches.find(mutation.cacheId());
                if (cache != null && !cache.isDestroyed()) {
                    follow(cache, mutation);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void follow(Cache cache, Mutation mutation) {
        CacheShard part = cache.part(index);
        if (part == null) {
            if (!(mutation instanceof Mutation.Store)) {
                return;
            }
            part = cache.partOrNew(rules, rules.clock().millis());
        }
        if (mutation instanceof Mutation.OnEntry entry) {
            state.apply(cache, part, entry, cache.hash(entry.key()));
        } else if (mutation instanceof Mutation.Clear clear) {
            state.apply(cache, part, clear);
        } else if (mutation instanceof Mutation.ClearPart clear) {
            state.apply(cache, part, clear);
        }
    }

    /**
     * Takes back what is not committed, answers who waits for it, ends the leases, and drops what is in no log. To be called when the shard
     * does not lead any more, and before anything else is applied.
     *
     * @param why what those are told whose changes are taken back
     */
    public void stopLeading(Collection<Cache> caches, RefusedException why) {
        moveBack(caches);
        commits.revokeAll(why);
        Outcome outcome = new Outcome(rules.clock());
        lock.lock();
        try {
            for (Cache cache : caches) {
                CacheShard part = cache.part(index);
                if (part != null) {
                    leases.end(part, key -> true, outcome);
                    if (!cache.isLogged()) {
                        state.drop(cache, part);
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
    }

    private void moveBack(Collection<Cache> caches) {
        lock.lock();
        try {
            for (Cache cache : caches) {
                CacheShard part = cache.part(index);
                if (part != null && !part.moved.isEmpty()) {
                    state.moveBack(cache, part);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** Drops everything, to take what another node has; until that is {@link #complete} nothing is shown of it. */
    public void empty(Collection<Cache> caches) {
        lock.lock();
        try {
            isIncomplete = true;
            for (Cache cache : caches) {
                CacheShard part = cache.part(index);
                if (part != null) {
                    state.drop(cache, part);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** All that another node has is here. */
    public void complete() {
        lock.lock();
        try {
            isIncomplete = false;
        } finally {
            lock.unlock();
        }
    }

    /**
     * What is here of an entry, for who may see something that is old: others may have been told of newer. Nothing is touched, and nothing
     * counted.
     *
     * @return {@link Reply.Value} or {@link Reply.Miss}; null if it is not to be shown, since a part is missing here, or it may be taken back
     */
    public @Nullable Reply stale(Cache cache, Bytes key) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            byte[] record = part == null ? null : part.get(key);
            if (isIncomplete || (part != null && !commits.isCommitted(cache, part, key, record))) {
                return null;
            }
            return record == null || EntryRecord.isExpired(record, rules.clock().millis())
                    ? Reply.Miss.INSTANCE
                    : new Reply.Value(EntryRecord.version(record), EntryRecord.value(record));
        } finally {
            lock.unlock();
        }
    }

    /** A cache is gone for good: who waits for its entries is told so. */
    public void forget(Cache cache) {
        Outcome outcome = new Outcome(rules.clock());
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            if (part != null) {
                leases.end(part, key -> true, outcome);
                state.drop(cache, part);
                cache.dropPart(index);
            }
        } finally {
            lock.unlock();
        }
        outcome.run();
    }

    /** Versions given from now on are higher than this one. */
    public void raiseVersion(long least) {
        lock.lock();
        try {
            rules.raiseVersion(least);
        } finally {
            lock.unlock();
        }
    }

    /** How many entries of a cache are here, expired ones that are not reclaimed yet included. */
    public long entries(Cache cache) {
        lock.lock();
        try {
            CacheShard part = cache.part(index);
            return part == null ? 0 : part.entries.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * What is committed of a cache at one moment. Records are replaced and not changed, but for their deadlines and what only tables know; so
     * this is as it was, whatever goes on. Immutable.
     */
    public static final class Committed {
        private final List<byte[]> records;
        private final long[] deadlines;
        private final int[] lengths;

        /** The first {@code present} records are in the table, whose deadlines accesses may have moved. */
        private Committed(List<byte[]> records, int present, MovedDeadlines moved) {
            this.records = records;
            this.deadlines = new long[records.size()];
            this.lengths = new int[deadlines.length];
            for (int i = 0; i < deadlines.length; i++) {
                // Looked at once: most of what this costs is the way to each record.
                byte[] record = records.get(i);
                lengths[i] = record.length;
                long deadline = EntryRecord.deadlineMillis(record);
                deadlines[i] = i < present && !moved.isEmpty()
                        ? moved.logged(EntryRecord.key(record), EntryRecord.version(record), deadline)
                        : deadline;
            }
        }

        /** How many records there are. */
        public int size() {
            return deadlines.length;
        }

        /** The length of a record. */
        public int length(int i) {
            return lengths[i];
        }

        /** Copies a record as it was. */
        public void copyTo(int i, byte[] array, int offset) {
            byte[] record = records.get(i);
            EntryRecord.copyTo(record, array, offset);
            if (deadlines[i] != EntryRecord.NO_DEADLINE) {
                EntryRecord.putDeadline(array, offset, deadlines[i]);
            }
        }
    }

    /** What is committed of a cache. Costs one look at each record, under the lock. */
    public Committed committed(Cache cache) {
        List<Outcome> done;
        Committed found;
        lock.lock();
        try {
            done = commits.commitDone();
            CacheShard part = cache.part(index);
            found = part == null ? new Committed(List.of(), 0, new MovedDeadlines()) : committed(part);
        } finally {
            lock.unlock();
        }
        done.forEach(outcome -> outcome.end(null));
        return found;
    }

    private Committed committed(CacheShard part) {
        List<Applied> ahead = commits.ahead();
        EntryMap base = part.entries;
        Map<Bytes, byte @Nullable []> before = new HashMap<>();
        for (int i = ahead.size() - 1; i >= 0; i--) {
            Applied change = ahead.get(i);
            if (change.part != part) {
                continue;
            }
            if (change.mutation instanceof Mutation.Touch touch) {
                byte[] was = change.before;
                byte[] now = before.containsKey(touch.key()) ? before.get(touch.key()) : was;
                if (was != null && now != null) {
                    byte[] copy = now.clone();
                    before.put(touch.key(), EntryRecord.withDeadline(copy, change.deadlineBefore));
                }
            } else if (change.mutation instanceof Mutation.OnEntry entry) {
                before.put(entry.key(), change.before);
            } else if (change.entriesBefore != null) {
                before.clear();
                base = change.entriesBefore;
            }
        }
        List<byte[]> records = new ArrayList<>(base.size());
        base.scan(EntryMap.SCAN_START, Integer.MAX_VALUE, (record, hash) -> {
            if (before.isEmpty() || !before.containsKey(EntryRecord.key(record))) {
                records.add(record);
            }
        });
        int present = base == part.entries ? records.size() : 0;
        for (byte[] record : before.values()) {
            if (record != null) {
                records.add(record);
            }
        }
        return new Committed(records, present, part.moved);
    }
}
