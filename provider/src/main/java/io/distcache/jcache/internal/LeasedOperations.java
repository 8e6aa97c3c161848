package io.distcache.jcache.internal;

import io.distcache.client.spi.RemoteCache;
import io.distcache.jcache.internal.integration.Writer;
import io.distcache.jcache.internal.management.Statistics;
import io.distcache.jcache.internal.processor.EntryView;
import io.distcache.jcache.internal.processor.LeasedEntries;
import io.distcache.jcache.internal.processor.ProcessorEntry;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorException;
import org.jspecify.annotations.Nullable;

/**
 * Changes with user code in between (writers, expiry policies, equals, entry processors): each under the entry's lease, so that
 * cache and store agree and nobody else changes the entry meanwhile. Writers come first; if one fails, the cache stays. Thread-safe.
 */
final class LeasedOperations<K, V> implements EntryOperations<K, V> {
    private static final int SCAN_PAGE = 1000;

    private final CacheContext<K, V> context;
    private final Statistics statistics;
    private final LeasedEntries entries;

    LeasedOperations(CacheContext<K, V> context, LeasedEntries entries) {
        this.context = context;
        this.statistics = context.statistics();
        this.entries = entries;
    }

    @Override
    public void put(K key, V value) {
        long start = statistics.start();
        Bytes bytes = context.value(value);
        boolean put = entries.run(context.key(key), view -> write(view, key, value, bytes));
        statistics.puts(put ? 1 : 0, start);
    }

    @Override
    public @Nullable V getAndPut(K key, V value) {
        long start = statistics.start();
        Bytes bytes = context.value(value);
        return entries.run(context.key(key), view -> {
            V old = context.object(view.value());
            boolean put = write(view, key, value, bytes);
            countRead(old != null, start);
            statistics.puts(put ? 1 : 0, start);
            return old;
        });
    }

    @Override
    public boolean putIfAbsent(K key, V value) {
        long start = statistics.start();
        Bytes bytes = context.value(value);
        boolean put = entries.run(context.key(key), view -> !view.exists() && write(view, key, value, bytes));
        countRead(!put, start);
        statistics.puts(put ? 1 : 0, start);
        return put;
    }

    @Override
    public boolean remove(K key) {
        long start = statistics.start();
        boolean removed = entries.run(context.key(key), view -> delete(view, key));
        statistics.removals(removed ? 1 : 0, start);
        return removed;
    }

    @Override
    public boolean remove(K key, V oldValue) {
        long start = statistics.start();
        Bytes expected = context.value(oldValue);
        return entries.run(context.key(key), view -> {
            boolean existed = view.exists();
            boolean removed = existed && isEqual(view, oldValue, expected) && delete(view, key);
            if (existed && !removed) {
                view.touch(context.expiry().forAccess());
            }
            countRead(existed, start);
            statistics.removals(removed ? 1 : 0, start);
            return removed;
        });
    }

    @Override
    public @Nullable V getAndRemove(K key) {
        long start = statistics.start();
        return entries.run(context.key(key), view -> {
            V old = context.object(view.value());
            boolean removed = delete(view, key);
            countRead(old != null, start);
            statistics.removals(removed ? 1 : 0, start);
            return old;
        });
    }

    @Override
    public boolean replace(K key, V oldValue, V newValue) {
        long start = statistics.start();
        Bytes expected = context.value(oldValue);
        Bytes bytes = context.value(newValue);
        return entries.run(context.key(key), view -> {
            boolean existed = view.exists();
            boolean replaced = existed && isEqual(view, oldValue, expected);
            if (replaced) {
                boolean unused = write(view, key, newValue, bytes);
            } else if (existed) {
                view.touch(context.expiry().forAccess());
            }
            countRead(existed, start);
            statistics.puts(replaced ? 1 : 0, start);
            return replaced;
        });
    }

    @Override
    public boolean replace(K key, V value) {
        long start = statistics.start();
        Bytes bytes = context.value(value);
        boolean replaced = entries.run(context.key(key), view -> view.exists() && write(view, key, value, bytes));
        countRead(replaced, start);
        statistics.puts(replaced ? 1 : 0, start);
        return replaced;
    }

    @Override
    public @Nullable V getAndReplace(K key, V value) {
        long start = statistics.start();
        Bytes bytes = context.value(value);
        return entries.run(context.key(key), view -> {
            V old = context.object(view.value());
            boolean replaced = view.exists() && write(view, key, value, bytes);
            countRead(replaced, start);
            statistics.puts(replaced ? 1 : 0, start);
            return old;
        });
    }

    private boolean isEqual(EntryView view, V expected, Bytes expectedBytes) {
        return expectedBytes.equals(view.value()) || expected.equals(context.object(view.value()));
    }

    /** The writer comes last of the application's code, so that nothing of it fails between the store and the cache. */
    private boolean write(EntryView view, K key, V value, Bytes bytes) {
        long ttl = ttl(view);
        Writer<K, V> writer = context.writer();
        if (writer != null) {
            writer.write(key, value);
        }
        return view.put(bytes, ttl);
    }

    private boolean store(EntryView view, Bytes bytes) {
        return view.put(bytes, ttl(view));
    }

    private long ttl(EntryView view) {
        return view.exists() ? context.expiry().forUpdate() : context.expiry().forCreation();
    }

    private boolean delete(EntryView view, K key) {
        Writer<K, V> writer = context.writer();
        if (writer != null) {
            writer.delete(key);
        }
        return view.remove();
    }

    private void countRead(boolean hit, long start) {
        statistics.hits(hit ? 1 : 0, start);
        statistics.misses(hit ? 0 : 1, start);
    }

    // --- many entries ---

    @Override
    public void putAll(Map<? extends K, ? extends V> map) {
        long start = statistics.start();
        Map<Bytes, Cache.Entry<K, V>> given = new LinkedHashMap<>();
        Map<Bytes, Bytes> encoded = new HashMap<>();
        map.forEach((key, value) -> {
            Bytes keyBytes = context.key(key);
            given.put(keyBytes, new Writer.WrittenEntry<>(key, value));
            encoded.put(keyBytes, context.value(value));
        });
        AtomicInteger puts = new AtomicInteger();
        AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
        entries.runAll(List.copyOf(given.keySet()), views -> {
            if (failed.get() != null) {
                return;
            }
            long[] ttls = views.stream().mapToLong(this::ttl).toArray();
            Set<Object> unwritten = writeAll(views, given, failed);
            for (int i = 0; i < ttls.length; i++) {
                EntryView view = views.get(i);
                Bytes bytes = encoded.get(view.key());
                if (bytes != null && !unwritten.contains(given.get(view.key())) && view.put(bytes, ttls[i])) {
                    puts.incrementAndGet();
                }
            }
        });
        statistics.puts(puts.get(), start);
        throwIfPresent(failed);
    }

    /** Returns the entries that the writer left, by their identity: their own equals is the application's code. */
    private Set<Object> writeAll(
            List<EntryView> views, Map<Bytes, Cache.Entry<K, V>> given, AtomicReference<@Nullable Throwable> failed) {
        List<Cache.Entry<K, V>> unwritten = new ArrayList<>();
        Writer<K, V> writer = context.writer();
        if (writer != null) {
            for (EntryView view : views) {
                Cache.Entry<K, V> entry = given.get(view.key());
                if (entry != null) {
                    unwritten.add(entry);
                }
            }
            failed.set(writer.writeAll(unwritten));
        }
        return identities(unwritten);
    }

    private static Set<Object> identities(List<?> objects) {
        Set<Object> identities = Collections.newSetFromMap(new IdentityHashMap<>());
        identities.addAll(objects);
        return identities;
    }

    @Override
    public void putLoaded(Map<K, V> loaded, boolean replaceExisting) {
        Map<Bytes, Bytes> encoded = new LinkedHashMap<>();
        loaded.forEach((key, value) -> encoded.put(context.loadedKey(key), context.value(value)));
        entries.runAll(List.copyOf(encoded.keySet()), views -> {
            for (EntryView view : views) {
                Bytes bytes = encoded.get(view.key());
                if (bytes != null && (replaceExisting || !view.exists())) {
                    boolean unused = store(view, bytes);
                }
            }
        });
    }

    @Override
    public void removeAll(Set<? extends K> keys) {
        Map<Bytes, K> given = new LinkedHashMap<>();
        keys.forEach(key -> given.put(context.key(key), key));
        removeAll(given);
    }

    @Override
    public void removeAll() {
        Map<Bytes, K> present = new LinkedHashMap<>();
        RemoteCache.Pages pages = context.pages(SCAN_PAGE, true);
        for (List<Reply.Item> page = pages.next(); page != null; page = pages.next()) {
            page.forEach(item -> present.put(item.key(), context.keyObject(item.key())));
        }
        removeAll(present);
    }

    private void removeAll(Map<Bytes, K> given) {
        long start = statistics.start();
        AtomicInteger removals = new AtomicInteger();
        AtomicReference<@Nullable Throwable> failed = new AtomicReference<>();
        entries.runAll(List.copyOf(given.keySet()), views -> {
            if (failed.get() != null) {
                return;
            }
            List<K> undeleted = new ArrayList<>();
            Writer<K, V> writer = context.writer();
            if (writer != null) {
                views.forEach(view -> undeleted.add(given.get(view.key())));
                failed.set(writer.deleteAll(undeleted));
            }
            Set<Object> left = identities(undeleted);
            for (EntryView view : views) {
                if (!left.contains(given.get(view.key())) && view.remove()) {
                    removals.incrementAndGet();
                }
            }
        });
        statistics.removals(removals.get(), start);
        throwIfPresent(failed);
    }

    private static void throwIfPresent(AtomicReference<@Nullable Throwable> failed) {
        Throwable failure = failed.get();
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }

    // --- entry processors ---

    <T> @Nullable T invoke(K key, EntryProcessor<K, V, T> processor, Object... arguments) {
        return entries.run(context.key(key), view -> process(view, key, processor, arguments));
    }

    private <T> @Nullable T process(
            EntryView view, K key, EntryProcessor<K, V, T> processor, @Nullable Object... arguments) {
        long start = statistics.start();
        V present = context.object(view.value());
        countRead(present != null, start);
        ProcessorEntry<K, V> entry =
                new ProcessorEntry<>(key, present, context.readThrough() ? context.loader() : null);
        T result;
        try {
            result = processor.process(entry, arguments);
        } catch (CacheException e) {
            throw e;
        } catch (Throwable e) {
            throw new EntryProcessorException("the entry processor failed", e);
        }
        apply(view, key, entry);
        return result;
    }

    private void apply(EntryView view, K key, ProcessorEntry<K, V> entry) {
        long start = statistics.start();
        V value = entry.valueAfter();
        switch (entry.operation()) {
            case NONE -> {}
            case ACCESS -> view.touch(context.expiry().forAccess());
            case LOAD -> {
                if (value != null) {
                    boolean unused = store(view, context.value(value));
                }
            }
            case CREATE, UPDATE -> {
                if (value != null) {
                    Bytes bytes = context.value(value);
                    statistics.puts(write(view, key, value, bytes) ? 1 : 0, start);
                }
            }
            case REMOVE -> {
                boolean unused = delete(view, key);
                statistics.removals(1, start);
            }
        }
    }
}
