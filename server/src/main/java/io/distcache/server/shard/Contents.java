package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.snapshot.SnapshotWriter;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * What one shard holds, looked at and brought back as a whole: scans, watches, snapshots, replay. Thread-safe: takes the shard's lock, for some
 * entries at a time.
 */
public final class Contents {
    private static final int SNAPSHOT_STEP_BYTES = 32 * 1024;

    private final int index;
    private final ReentrantLock lock;
    private final NodeClock clock;
    private final EntryRules rules;
    private final ShardState state;
    private final Commits commits;

    Contents(ReentrantLock lock, EntryRules rules, ShardState state, Commits commits) {
        this.index = rules.index();
        this.lock = lock;
        this.clock = rules.clock();
        this.rules = rules;
        this.state = state;
        this.commits = commits;
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

    /** When all that the shard shows of a cache now is committed; {@link CommitLog#COMMITTED} itself if it is. */
    public CompletionStage<Void> committed(Cache cache) {
        if (!commits.areLogged()) {
            return CommitLog.COMMITTED;
        }
        lock.lock();
        try {
            return commits.everything(cache);
        } finally {
            lock.unlock();
        }
    }

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
        int hash = cache.hash(mutation.key());
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
