package io.distcache.server;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.server.log.LogConfig;
import io.distcache.server.log.LogWriter;
import io.distcache.server.log.Retention;
import io.distcache.server.log.SyncPolicy;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.pool.Hints;
import io.distcache.server.pool.Ownership;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Budget;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.LeaseConfig;
import io.distcache.server.shard.LocalLog;
import io.distcache.server.shard.ManualClock;
import io.distcache.server.shard.OnceCache;
import io.distcache.server.shard.Partitioning;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.shard.StoreConfig;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writes a log of mutations of all kinds over several starts of a node, and keeps beside it, in plain maps, what the caches hold
 * after each record.
 */
final class ModelledLog {

    /** An entry as the model has it. */
    record Entry(Bytes value, long version, long deadlineMillis) {}

    /** Where a record ends, and what the caches hold after it. */
    record Written(long end, Map<String, Map<Bytes, Entry>> state) {}

    /** The position of a mark, and up to where it says that the log is on disk. */
    record Mark(long position, long synced) {}

    final List<Written> records = new ArrayList<>();
    final List<Mark> marks = new ArrayList<>();
    private final Path directory;
    private final Random random;
    private final ManualClock clock = new ManualClock();
    private final Map<Long, String> names = new TreeMap<>();
    private final Map<Long, Map<Bytes, Entry>> entries = new HashMap<>();
    private long lastCacheId;
    private long version = 1000;
    private long position;
    private long incarnation;

    /** A model for a log in this directory. */
    ModelledLog(Path directory, Random random) {
        this.directory = directory;
        this.random = random;
    }

    /** A node with so many shards starts, changes this and that, and stops. */
    void start(int shards, int changes) throws IOException {
        Files.createDirectories(directory);
        LogConfig config =
                new LogConfig(SyncPolicy.INTERVAL, Duration.ofHours(1), 1 << 20, Retention.ALL, Integer.MAX_VALUE / 4);
        try (LogWriter writer =
                new LogWriter(directory, config, clock, shards, ++incarnation, position, e -> {}, () -> {})) {
            writer.start();
            LocalLog log = new LocalLog(writer);
            boolean first = true;
            for (int i = 0; i < changes; i++) {
                boolean marked = first || random.nextInt(4) == 0;
                if (marked) {
                    clock.advance(1 + random.nextInt(5));
                    marks.add(new Mark(writer.position(), writer.syncedTo()));
                }
                first = false;
                change(log, shards);
                log.flush();
                records.add(new Written(writer.position(), copyOfState()));
                if (random.nextInt(12) == 0) {
                    writer.sync();
                }
            }
            position = writer.position();
        }
    }

    /** What the caches hold after all that was written. */
    Map<String, Map<Bytes, Entry>> state() {
        return copyOfState();
    }

    /** What the caches hold after the records that end at or before a position. */
    Map<String, Map<Bytes, Entry>> stateAt(long end) {
        Map<String, Map<Bytes, Entry>> state = Map.of();
        for (Written record : records) {
            if (record.end <= end) {
                state = record.state;
            }
        }
        return state;
    }

    private void change(LocalLog log, int shards) {
        List<Long> ids = List.copyOf(names.keySet());
        int choice = random.nextInt(100);
        if (ids.isEmpty() || (choice < 4 && ids.size() < 4)) {
            create(log);
            return;
        }
        long id = ids.get(random.nextInt(ids.size()));
        if (choice < 8 && ids.size() > 2) {
            names.remove(id);
            entries.remove(id);
            log.append(0, List.of(new Mutation.Destroy(id)));
        } else if (choice < 12) {
            clear(log, id, random.nextInt(shards), shards);
        } else {
            Bytes key = Bytes.ofUtf8("k" + random.nextInt(12));
            int shard = Partitioning.INTERLEAVED.of(key, shards);
            List<Mutation> batch = new ArrayList<>();
            // Now and then one command makes several changes, as an expiry and a put do.
            for (int i = random.nextInt(8) == 0 ? 2 : 1; i > 0; i--) {
                batch.add(onEntry(id, key));
            }
            log.append(shard, batch);
        }
    }

    private void create(LocalLog log) {
        long id = ++lastCacheId;
        String name = "cache-" + random.nextInt(6);
        if (names.containsValue(name)) {
            name = "another-" + id;
        }
        names.put(id, name);
        entries.put(id, new HashMap<>());
        log.append(0, List.of(new Mutation.Create(id, CacheDefinition.of("ns", name))));
    }

    private void clear(LocalLog log, long id, int shard, int shards) {
        long last = ++version;
        entries.get(id).keySet().removeIf(key -> Partitioning.INTERLEAVED.of(key, shards) == shard);
        log.append(shard, List.of(new Mutation.Clear(id, last)));
    }

    private Mutation onEntry(long id, Bytes key) {
        Map<Bytes, Entry> cache = entries.get(id);
        Entry present = cache.get(key);
        int choice = random.nextInt(10);
        if (present != null && choice < 3) {
            cache.remove(key);
            return new Mutation.Delete(id, key, ++version);
        }
        if (present != null && choice < 5) {
            long deadline = deadline();
            cache.put(key, new Entry(present.value, present.version, deadline));
            return new Mutation.Touch(id, key, present.version, deadline);
        }
        Entry stored = new Entry(Bytes.ofUtf8("v" + version), ++version, deadline());
        cache.put(key, stored);
        byte[] record = EntryRecord.create(key, stored.value, stored.version, stored.deadlineMillis);
        return new Mutation.Store(id, Bytes.of(record));
    }

    private long deadline() {
        return random.nextBoolean() ? EntryRecord.NO_DEADLINE : Long.MAX_VALUE / 2 + random.nextInt(1000);
    }

    private Map<String, Map<Bytes, Entry>> copyOfState() {
        Map<String, Map<Bytes, Entry>> copy = new HashMap<>();
        names.forEach((id, name) -> copy.put(name, Map.copyOf(entries.get(id))));
        return copy;
    }

    /** Empty shards and caches to recover into. */
    static final class Store {
        final Shards shards;
        final Caches caches;

        Store(int count) {
            AcknowledgementBook book = new AcknowledgementBook(Duration.ofSeconds(1));
            caches = new Caches(count, book, CommitLog.NONE);
            Ownership ownership = new Ownership(new Hints(caches, 0));
            Budget budget = new Budget(new StoreConfig(count, 1 << 30, 0));
            LeaseConfig leases = new LeaseConfig(Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1));
            ManualClock clock = new ManualClock();
            AtomicLong tokens = new AtomicLong();
            OnceCache once = new OnceCache(caches);
            shards = new Shards(
                    count,
                    i -> new Shard(i, count, 0, clock, CommitLog.NONE, leases, book, budget, tokens, ownership, once));
        }

        /** What the caches hold, by name. */
        Map<String, Map<Bytes, Entry>> state() {
            Map<String, Map<Bytes, Entry>> state = new HashMap<>();
            for (Cache cache : caches.all()) {
                Map<Bytes, Entry> found = new HashMap<>();
                List<byte[]> all = new ArrayList<>();
                for (Shard shard : shards) {
                    long cursor = EntryMap.SCAN_START;
                    while (cursor != EntryMap.SCAN_END) {
                        cursor = shard.contents().scan(cache, cursor, 1000, all);
                    }
                }
                for (byte[] record : all) {
                    found.put(
                            EntryRecord.key(record),
                            new Entry(
                                    EntryRecord.value(record),
                                    EntryRecord.version(record),
                                    EntryRecord.deadlineMillis(record)));
                }
                state.put(cache.definition().name(), found);
            }
            return state;
        }
    }
}
