package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.snapshot.SnapshotReader;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Brings caches and shards back from a snapshot and the log after it, before anybody else uses them. The number of shards may have
 * been another when these were written. Confined to one thread, which reads; others store what it has read.
 */
public final class Replay implements SnapshotReader.Visitor, AutoCloseable {
    private final long idsAfter;
    private final Caches caches;
    private final Shards shards;
    private final ReplayThreads threads;
    private final Map<Long, Cache> byId = new ConcurrentHashMap<>();
    /** Of the snapshot's shards: what the snapshot's caches had before is in it. */
    private final long[] positions = new long[1 << Short.SIZE];

    private final Map<Long, Cache> inSnapshot = new ConcurrentHashMap<>();
    private final AtomicLong lastVersion = new AtomicLong();
    private long lastCacheId;
    private long records;
    private int shardsBefore;

    /**
     * A replay into shards without entries.
     *
     * @param threads how many work at it beside the caller; 0 for the caller alone
     */
    public Replay(Caches caches, Shards shards, int threads) {
        this(caches, shards, threads, 0);
    }

    /**
     * The same, of what was written elsewhere: ids of caches are others here, and caches that are here already take what theirs of the same
     * name had.
     *
     * @param idsAfter ids here are higher than this
     */
    public Replay(Caches caches, Shards shards, int threads, long idsAfter) {
        this.idsAfter = idsAfter;
        this.caches = caches;
        this.shards = shards;
        this.threads = new ReplayThreads(threads);
        shards.forEach(shard -> shard.contents().beginReplay());
        Arrays.fill(positions, Long.MIN_VALUE);
    }

    // --- a snapshot ---

    @Override
    public void cache(long id, byte[] definition) {
        Cache cache = restore(id, MutationCodec.definition(definition));
        byId.put(id, cache);
        inSnapshot.put(id, cache);
        lastCacheId = Math.max(lastCacheId, id);
    }

    private Cache restore(long id, CacheDefinition definition) {
        Cache present = idsAfter == 0 ? null : caches.find(definition.namespace(), definition.name());
        return present == null ? caches.restore(idsAfter + id, definition) : present;
    }

    @Override
    public void entries(int shard, long position, long cache, int count, SnapshotReader.Entries entries)
            throws IOException {
        Cache of = byId.get(cache);
        if (of == null) {
            throw new IOException("the snapshot has entries of cache " + cache + ", which it does not define");
        }
        positions[shard & 0xffff] = position;
        threads.submit(shard, () -> {
            if (shard < shards.size()) {
                shards.get(shard).contents().reserve(of, count);
            }
            long highest = 0;
            for (byte[] record = entries.next(); record != null; record = entries.next()) {
                if (!EntryRecord.isWellFormed(record)) {
                    throw new IllegalArgumentException("the snapshot has an entry that is no record");
                }
                highest = Math.max(highest, EntryRecord.version(record));
                Mutation.Store stored = new Mutation.Store(cache, Bytes.of(record));
                shards.of(stored.key()).contents().replay(of, stored);
            }
            saw(highest);
        });
    }

    /** Takes back what was replayed: the file turned out to be damaged. */
    public void reset() throws IOException {
        threads.drain();
        for (Cache cache : List.copyOf(byId.values())) {
            destroy(cache);
        }
        byId.clear();
        inSnapshot.clear();
        Arrays.fill(positions, Long.MIN_VALUE);
    }

    // --- the log ---

    /**
     * Applies a record of the log, now or a little later; records of one shard are applied in order.
     *
     * @param shard of the record, one of {@code shardsThen}
     * @throws IllegalArgumentException if the payload is no mutations
     */
    public void record(int shard, int shardsThen, long position, byte[] array, int offset, int length)
            throws IOException {
        records++;
        if (shardsThen != shardsBefore) {
            // With another number of shards a key may go to another thread, and its changes must stay in order.
            threads.drain();
            shardsBefore = shardsThen;
        }
        if (MutationCodec.isOfEntries(array, offset)) {
            threads.submit(shard, shardsThen, position, array, offset, length, this::apply);
            return;
        }
        for (Mutation mutation : MutationCodec.decode(array, offset, length)) {
            if (mutation instanceof Mutation.Create create) {
                lastCacheId = Math.max(lastCacheId, create.cacheId());
                if (!byId.containsKey(create.cacheId())) {
                    byId.put(create.cacheId(), restore(create.cacheId(), create.definition()));
                }
            } else if (mutation instanceof Mutation.Destroy) {
                // Threads that still have entries of it to store will not find it, or store them where nobody looks.
                Cache gone = byId.remove(mutation.cacheId());
                if (gone != null) {
                    destroy(gone);
                }
            }
        }
    }

    private void apply(int shard, int shardsThen, long position, byte[] array, int offset, int length) {
        for (Mutation mutation : MutationCodec.decode(array, offset, length)) {
            // Also of what the snapshot has already, and of caches that are gone: versions are never given twice.
            saw(mutation.version());
            Cache cache = byId.get(mutation.cacheId());
            boolean inSnapshotAlready = position < positions[shard] && inSnapshot.containsKey(mutation.cacheId());
            // Without its cache it was about one that is gone.
            if (cache != null && !inSnapshotAlready) {
                apply(cache, mutation, shard, shardsThen);
            }
        }
    }

    private void apply(Cache cache, Mutation mutation, int shard, int shardsThen) {
        if (mutation instanceof Mutation.OnEntry entry) {
            shards.of(entry.key()).contents().replay(cache, entry);
        } else if (mutation instanceof Mutation.Clear clear) {
            // Keys of that shard are in one shard now, or in several if there are more by now; looking through all of
            // them for each of a clear's records would take the square of their number.
            int step = Math.min(shardsThen, shards.size());
            for (int i = shard % step; i < shards.size(); i += step) {
                shards.get(i).contents().replay(cache, clear, shard, shardsThen);
            }
        }
    }

    private void saw(long version) {
        if (version > lastVersion.get()) {
            lastVersion.accumulateAndGet(version, Math::max);
        }
    }

    private void destroy(Cache gone) {
        caches.forget(gone);
        shards.forEach(shard -> shard.contents().forget(gone));
    }

    // --- the end ---

    /**
     * Ends the replay: counters are right, and versions go on above all that were seen.
     *
     * @param leastVersion versions given from now on are higher than this too
     * @param leastCacheId the same for caches
     */
    public void finish(long leastVersion, long leastCacheId) throws IOException {
        threads.drain();
        threads.close();
        saw(leastVersion);
        lastCacheId = Math.max(lastCacheId, leastCacheId);
        for (Shard shard : shards) {
            shard.contents().endReplay(caches.all(), lastVersion.get());
        }
        caches.raiseIds(lastCacheId);
    }

    /** The highest version seen. */
    public long lastVersion() {
        return lastVersion.get();
    }

    /** Records of the log that were read. */
    public long records() {
        return records;
    }

    /** Ends the threads, whatever they have to do. */
    @Override
    public void close() {
        threads.close();
    }
}
