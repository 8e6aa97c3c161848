package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Reply;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Keeps what shards append, each shard's mutations in order, and can replay them. Thread-safe. */
public final class InMemoryCommitLog implements CommitLog {

    /** An entry as replay makes it. */
    public record Entry(Bytes value, long version, long deadlineMillis) {}

    private final Map<Integer, List<Mutation>> mutations = new HashMap<>();
    private final List<List<Mutation>> batches = new ArrayList<>();
    private CompletionStage<Void> answer = COMMITTED;
    private Reply.@Nullable Failure refusal;
    private int waits;
    private final boolean isOfMember;

    public InMemoryCommitLog() {
        this(false);
    }

    /**
     * A log without mutations.
     *
     * @param isOfMember whether it is as that of a replicated pool's member, which leads all and bundles touches
     */
    InMemoryCommitLog(boolean isOfMember) {
        this.isOfMember = isOfMember;
    }

    @Override
    public boolean isReplicated() {
        return isOfMember;
    }

    @Override
    public boolean bundlesTouches() {
        return isOfMember;
    }

    @Override
    public synchronized CompletionStage<Void> append(int shard, List<Mutation> batch) {
        for (Mutation mutation : batch) {
            mutations.computeIfAbsent(shard, s -> new ArrayList<>()).add(copied(mutation));
        }
        batches.add(List.copyOf(batch));
        return answer;
    }

    /** What appends answer from now on. */
    public synchronized void answerWith(CompletionStage<Void> newAnswer) {
        answer = newAnswer;
    }

    @Override
    public synchronized void awaited(CompletionStage<Void> stage) {
        waits++;
    }

    /** How many answers have waited for what others have changed. */
    public synchronized int waits() {
        return waits;
    }

    /** Why changes are refused from now on; null if they are not. */
    public synchronized void refuseWith(Reply.@Nullable Failure newRefusal) {
        refusal = newRefusal;
    }

    @Override
    public synchronized Reply.@Nullable Failure refusal() {
        return refusal;
    }

    /** What was appended since the last call, as it came. */
    public synchronized List<List<Mutation>> takeBatches() {
        List<List<Mutation>> taken = List.copyOf(batches);
        batches.clear();
        return taken;
    }

    /** How many mutations were appended. */
    public synchronized int size() {
        return mutations.values().stream().mapToInt(List::size).sum();
    }

    /** The definitions that replay makes, by cache id. */
    public synchronized Map<Long, CacheDefinition> replayDefinitions() {
        Map<Long, CacheDefinition> definitions = new HashMap<>();
        for (Mutation mutation : mutations.getOrDefault(0, List.of())) {
            if (mutation instanceof Mutation.Create create) {
                definitions.put(create.cacheId(), create.definition());
            } else if (mutation instanceof Mutation.Destroy destroy) {
                definitions.remove(destroy.cacheId());
            }
        }
        return definitions;
    }

    /** The entries of a cache that replay makes, reading neither clock nor anything else but the mutations. */
    public synchronized Map<Bytes, Entry> replay(long cacheId) {
        Map<Bytes, Entry> entries = new HashMap<>();
        mutations.values().forEach(ofShard -> {
            Map<Bytes, Entry> shard = new HashMap<>();
            ofShard.forEach(mutation -> apply(mutation, cacheId, shard));
            entries.putAll(shard);
        });
        return entries;
    }

    /** Brings back what was logged, into as many shards as have logged it. */
    public synchronized void replayInto(Caches caches, Shards shards) {
        Map<Long, Cache> byId = new HashMap<>();
        replayDefinitions().forEach((id, definition) -> byId.put(id, caches.restore(id, definition)));
        long highest = 0;
        shards.forEach(shard -> shard.contents().beginReplay());
        for (Map.Entry<Integer, List<Mutation>> ofShard : mutations.entrySet()) {
            Shard shard = shards.get(ofShard.getKey());
            for (Mutation mutation : ofShard.getValue()) {
                Cache cache = byId.get(mutation.cacheId());
                if (mutation instanceof Mutation.Store store) {
                    byte[] record = store.record().toByteArray();
                    highest = Math.max(highest, EntryRecord.version(record));
                    if (cache != null) {
                        // The records are the other shards' own.
                        shard.contents().replay(cache, new Mutation.Store(cache.id(), Bytes.of(record)));
                    }
                } else if (mutation instanceof Mutation.Delete delete) {
                    highest = Math.max(highest, delete.version());
                    if (cache != null) {
                        shard.contents().replay(cache, delete);
                    }
                } else if (mutation instanceof Mutation.Clear clear) {
                    highest = Math.max(highest, clear.version());
                    if (cache != null) {
                        shard.contents().replay(cache, clear, ofShard.getKey(), shards.size());
                    }
                }
            }
        }
        long version = highest;
        long lastId = byId.keySet().stream().mapToLong(id -> id).max().orElse(0);
        shards.forEach(shard -> shard.contents().endReplay(caches.all(), version + 1_000_000));
        caches.raiseIds(lastId + 1000);
    }

    private static void apply(Mutation mutation, long cacheId, Map<Bytes, Entry> entries) {
        if (mutation instanceof Mutation.Store store && store.cacheId() == cacheId) {
            byte[] record = store.record().toByteArray();
            entries.put(
                    EntryRecord.key(record),
                    new Entry(
                            EntryRecord.value(record),
                            EntryRecord.version(record),
                            EntryRecord.deadlineMillis(record)));
        } else if (mutation instanceof Mutation.Delete delete && delete.cacheId() == cacheId) {
            entries.remove(delete.key());
        } else if (mutation instanceof Mutation.Touch touch && touch.cacheId() == cacheId) {
            entries.computeIfPresent(touch.key(), (key, entry) -> {
                if (entry.version() != touch.version()) {
                    throw new AssertionError("a touch of version " + touch.version() + " meets " + entry);
                }
                return new Entry(entry.value(), entry.version(), touch.deadlineMillis());
            });
        } else if (mutation instanceof Mutation.Clear clear && clear.cacheId() == cacheId) {
            entries.values().removeIf(entry -> entry.version() <= clear.version());
        }
    }

    /** A record's header goes on changing in memory, as a log's bytes do not. */
    private static Mutation copied(Mutation mutation) {
        return mutation instanceof Mutation.Store store
                ? new Mutation.Store(store.cacheId(), Bytes.of(store.record().toByteArray()))
                : mutation;
    }
}
