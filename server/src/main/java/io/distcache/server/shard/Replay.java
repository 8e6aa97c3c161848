package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.ring.KeySlot;
import io.distcache.server.snapshot.SnapshotReader;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Brings caches and shards back from a snapshot and the log after it, before anybody else uses them. The number of shards may have
 * been another when these were written. Confined to one thread.
 */
public final class Replay implements SnapshotReader.Visitor {
    private final Caches caches;
    private final List<Shard> shards;
    private final Map<Long, Cache> byId = new HashMap<>();
    /** Of the snapshot's shards: what the snapshot's caches had before is in it. */
    private final long[] positions = new long[1 << Short.SIZE];

    private final Map<Long, Cache> inSnapshot = new HashMap<>();
    private @Nullable Cache entriesOf;
    private long lastVersion;
    private long lastCacheId;
    private long records;
    private long entries;

    public Replay(Caches caches, List<Shard> shards) {
        this.caches = caches;
        this.shards = List.copyOf(shards);
        Arrays.fill(positions, Long.MIN_VALUE);
    }

    // --- a snapshot ---

    @Override
    public void cache(long id, byte[] definition) {
        Cache cache = caches.restore(id, MutationCodec.definition(definition));
        byId.put(id, cache);
        inSnapshot.put(id, cache);
        lastCacheId = Math.max(lastCacheId, id);
    }

    @Override
    public void entries(int shard, long position, long cache, int count) throws IOException {
        entriesOf = byId.get(cache);
        if (entriesOf == null) {
            throw new IOException("the snapshot has entries of cache " + cache + ", which it does not define");
        }
        positions[shard & 0xffff] = position;
        if (shard < shards.size()) {
            shards.get(shard).reserve(entriesOf, count);
        }
    }

    @Override
    public void entry(byte[] record) throws IOException {
        Cache cache = entriesOf;
        if (cache == null || !EntryRecord.isWellFormed(record)) {
            throw new IOException("the snapshot has an entry that is no record");
        }
        store(cache, record);
        entries++;
    }

    // --- the log ---

    /**
     * Applies a record of the log.
     *
     * @param shard of the record, one of {@code shardsThen}
     * @throws IllegalArgumentException if the payload is no mutations
     */
    public void record(int shard, int shardsThen, long position, byte[] array, int offset, int length) {
        records++;
        for (Mutation mutation : MutationCodec.decode(array, offset, length)) {
            if (mutation instanceof Mutation.Create create) {
                lastCacheId = Math.max(lastCacheId, create.cacheId());
                if (!byId.containsKey(create.cacheId())) {
                    byId.put(create.cacheId(), caches.restore(create.cacheId(), create.definition()));
                }
            } else if (position >= positions[shard] || !inSnapshot.containsKey(mutation.cacheId())) {
                // Without its cache it was about one that is gone.
                Cache cache = byId.get(mutation.cacheId());
                if (cache != null) {
                    apply(cache, mutation, shard, shardsThen);
                }
            } else if (mutation instanceof Mutation.Destroy destroy) {
                destroy(destroy);
            }
        }
    }

    private void apply(Cache cache, Mutation mutation, int shard, int shardsThen) {
        if (mutation instanceof Mutation.Store store) {
            store(cache, store.record().array());
        } else if (mutation instanceof Mutation.Delete delete) {
            lastVersion = Math.max(lastVersion, delete.version());
            shardOf(delete.key()).replayDelete(cache, delete);
        } else if (mutation instanceof Mutation.Touch touch) {
            shardOf(touch.key()).replayTouch(cache, touch);
        } else if (mutation instanceof Mutation.Clear clear) {
            lastVersion = Math.max(lastVersion, clear.version());
            for (Shard each : shards) {
                each.replayClear(cache, clear.version(), shard, shardsThen);
            }
        } else if (mutation instanceof Mutation.Destroy destroy) {
            destroy(destroy);
        }
    }

    private void destroy(Mutation.Destroy destroy) {
        Cache gone = byId.remove(destroy.cacheId());
        if (gone != null) {
            caches.forget(gone);
            shards.forEach(shard -> shard.forget(gone));
        }
    }

    private void store(Cache cache, byte[] record) {
        lastVersion = Math.max(lastVersion, EntryRecord.version(record));
        shardOf(EntryRecord.key(record)).replayStore(cache, record);
    }

    private Shard shardOf(Bytes key) {
        return shards.get(KeySlot.of(key) & (shards.size() - 1));
    }

    // --- the end ---

    /**
     * Ends the replay: counters are right, and versions go on above all that were seen.
     *
     * @param leastVersion versions given from now on are higher than this too
     * @param leastCacheId the same for caches
     */
    public void finish(long leastVersion, long leastCacheId) {
        lastVersion = Math.max(lastVersion, leastVersion);
        lastCacheId = Math.max(lastCacheId, leastCacheId);
        for (Shard shard : shards) {
            shard.endReplay(caches.all(), lastVersion);
        }
        caches.raiseIds(lastCacheId);
    }

    /** The highest version seen. */
    public long lastVersion() {
        return lastVersion;
    }

    /** Records of the log that were read. */
    public long records() {
        return records;
    }

    /** Entries of the snapshot that were read. */
    public long entries() {
        return entries;
    }
}
