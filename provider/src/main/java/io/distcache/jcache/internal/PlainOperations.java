package io.distcache.jcache.internal;

import io.distcache.client.spi.Batches;
import io.distcache.client.spi.codec.Codec;
import io.distcache.jcache.internal.management.Statistics;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Changes without user code in between: one command, one round trip each. Thread-safe. */
final class PlainOperations<K, V> implements EntryOperations<K, V> {
    private static final int BATCH = 1000;

    private final CacheContext<K, V> context;
    private final Statistics statistics;
    private final EntryOperations<K, V> leased;

    /** {@code leased} compares values that a node cannot compare. */
    PlainOperations(CacheContext<K, V> context, EntryOperations<K, V> leased) {
        this.context = context;
        this.statistics = context.statistics();
        this.leased = leased;
    }

    private Reply.Changed store(K key, Bytes value, Condition condition, boolean returnOld) {
        return (Reply.Changed) context.call(
                new Command.Put(context.handle(), context.key(key), value, condition, Ttl.DEFINED, returnOld));
    }

    private Reply.Changed delete(K key, Condition condition, boolean returnOld) {
        return (Reply.Changed)
                context.call(new Command.Remove(context.handle(), context.key(key), condition, returnOld));
    }

    @Override
    public void put(K key, V value) {
        long start = statistics.start();
        Reply.Changed changed = store(key, context.value(value), Condition.ALWAYS, false);
        statistics.puts(changed.applied() ? 1 : 0, start);
    }

    @Override
    public @Nullable V getAndPut(K key, V value) {
        long start = statistics.start();
        Reply.Changed changed = store(key, context.value(value), Condition.ALWAYS, true);
        V old = context.object(changed.old());
        countRead(old != null, start);
        statistics.puts(changed.applied() ? 1 : 0, start);
        return old;
    }

    @Override
    public boolean putIfAbsent(K key, V value) {
        long start = statistics.start();
        boolean put = store(key, context.value(value), Condition.ABSENT, false).applied();
        countRead(!put, start);
        statistics.puts(put ? 1 : 0, start);
        return put;
    }

    @Override
    public boolean remove(K key) {
        long start = statistics.start();
        boolean removed = delete(key, Condition.ALWAYS, false).existed();
        statistics.removals(removed ? 1 : 0, start);
        return removed;
    }

    @Override
    public boolean remove(K key, V oldValue) {
        Bytes old = context.value(oldValue);
        if (!Codec.byteEqual(old)) {
            return leased.remove(key, oldValue);
        }
        long start = statistics.start();
        Reply.Changed changed = delete(key, Condition.valueIs(old), false);
        countRead(changed.existed(), start);
        statistics.removals(changed.applied() ? 1 : 0, start);
        return changed.applied();
    }

    @Override
    public @Nullable V getAndRemove(K key) {
        long start = statistics.start();
        Reply.Changed changed = delete(key, Condition.ALWAYS, true);
        V old = context.object(changed.old());
        countRead(old != null, start);
        statistics.removals(changed.existed() ? 1 : 0, start);
        return old;
    }

    @Override
    public boolean replace(K key, V oldValue, V newValue) {
        Bytes old = context.value(oldValue);
        if (!Codec.byteEqual(old)) {
            return leased.replace(key, oldValue, newValue);
        }
        long start = statistics.start();
        Reply.Changed changed = store(key, context.value(newValue), Condition.valueIs(old), false);
        countRead(changed.existed(), start);
        statistics.puts(changed.applied() ? 1 : 0, start);
        return changed.applied();
    }

    @Override
    public boolean replace(K key, V value) {
        long start = statistics.start();
        boolean replaced =
                store(key, context.value(value), Condition.PRESENT, false).applied();
        countRead(replaced, start);
        statistics.puts(replaced ? 1 : 0, start);
        return replaced;
    }

    @Override
    public @Nullable V getAndReplace(K key, V value) {
        long start = statistics.start();
        Reply.Changed changed = store(key, context.value(value), Condition.PRESENT, true);
        V old = context.object(changed.old());
        countRead(changed.applied(), start);
        statistics.puts(changed.applied() ? 1 : 0, start);
        return old;
    }

    private void countRead(boolean hit, long start) {
        statistics.hits(hit ? 1 : 0, start);
        statistics.misses(hit ? 0 : 1, start);
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> map) {
        long start = statistics.start();
        statistics.puts(putPairs(pairs(map), false), start);
    }

    @Override
    public void putLoaded(Map<K, V> loaded, boolean replaceExisting) {
        int unused = putPairs(pairs(loaded), !replaceExisting);
    }

    /** All are encoded before any is sent, so that one that cannot be encoded changes nothing. */
    private List<Command.Pair> pairs(Map<? extends K, ? extends V> map) {
        List<Command.Pair> pairs = new ArrayList<>(map.size());
        map.forEach((key, value) -> pairs.add(new Command.Pair(context.loadedKey(key), context.value(value))));
        return pairs;
    }

    private int putPairs(List<Command.Pair> pairs, boolean onlyIfAbsent) {
        int applied = 0;
        for (List<Command.Pair> batch : Batches.ofPairs(pairs)) {
            Reply.Affected affected = (Reply.Affected)
                    context.call(new Command.PutAll(context.handle(), batch, onlyIfAbsent, Ttl.DEFINED));
            applied += affected.applied();
        }
        return applied;
    }

    @Override
    public void removeAll(Set<? extends K> keys) {
        long start = statistics.start();
        List<Bytes> encoded = new ArrayList<>(keys.size());
        keys.forEach(key -> encoded.add(context.key(key)));
        int removed = 0;
        for (int from = 0; from < encoded.size(); from += BATCH) {
            List<Bytes> batch = encoded.subList(from, Math.min(from + BATCH, encoded.size()));
            removed += ((Reply.Affected) context.call(new Command.RemoveAll(context.handle(), batch))).existed();
        }
        statistics.removals(removed, start);
    }

    @Override
    public void removeAll() {
        long start = statistics.start();
        Reply.Affected affected = (Reply.Affected) context.call(new Command.RemoveEvery(context.handle()));
        statistics.removals(affected.existed(), start);
    }
}
