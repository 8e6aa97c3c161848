package io.distcache.testing;

import io.distcache.client.AsyncKeyspace;
import io.distcache.client.Keyspace;
import io.distcache.client.SetIf;
import io.distcache.client.Versioned;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The verbs of an {@link AsyncKeyspace}, each waited for: so one test holds both faces to the same. Thread-safe. */
@SuppressWarnings("TypeParameterUnusedInFormals") // as Keyspace has them
final class JoinedKeyspace implements Keyspace {
    private static final int BATCH = 500;

    private final AsyncKeyspace async;

    JoinedKeyspace(AsyncKeyspace async) {
        this.async = async;
    }

    private static <T> T join(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    @Override
    public <V> V get(Object key) {
        return join(async.<V>get(key));
    }

    @Override
    public <V> V get(Object key, Class<V> type) {
        return join(async.get(key, type));
    }

    @Override
    public <K, V> Map<K, V> gets(Collection<K> keys) {
        return join(async.<K, V>gets(keys));
    }

    @Override
    public <V> Optional<Versioned<V>> getWithVersion(Object key) {
        return join(async.<V>getWithVersion(key));
    }

    @Override
    public void set(Object key, Object value) {
        join(async.set(key, value));
    }

    @Override
    public void set(Object key, Object value, Duration ttl) {
        join(async.set(key, value, ttl));
    }

    @Override
    public boolean set(Object key, Object value, Duration ttl, SetIf condition) {
        return join(async.set(key, value, ttl, condition));
    }

    @Override
    public void setMany(Map<?, ?> entries) {
        join(async.setMany(entries));
    }

    @Override
    public void setMany(Map<?, ?> entries, Duration ttl) {
        join(async.setMany(entries, ttl));
    }

    @Override
    public boolean add(Object key, Object value) {
        return join(async.add(key, value));
    }

    @Override
    public boolean add(Object key, Object value, Duration ttl) {
        return join(async.add(key, value, ttl));
    }

    @Override
    public boolean replace(Object key, Object value) {
        return join(async.replace(key, value));
    }

    @Override
    public boolean replace(Object key, Object value, Duration ttl) {
        return join(async.replace(key, value, ttl));
    }

    @Override
    public boolean cas(Object key, Object value, long version) {
        return join(async.cas(key, value, version));
    }

    @Override
    public boolean cas(Object key, Object value, long version, Duration ttl) {
        return join(async.cas(key, value, version, ttl));
    }

    @Override
    public <V> V getAndSet(Object key, Object value) {
        return join(async.<V>getAndSet(key, value));
    }

    @Override
    public long append(Object key, Object piece) {
        return join(async.append(key, piece));
    }

    @Override
    public long prepend(Object key, Object piece) {
        return join(async.prepend(key, piece));
    }

    @Override
    public boolean delete(Object key) {
        return join(async.delete(key));
    }

    @Override
    public long deleteMany(Collection<?> keys) {
        return join(async.deleteMany(keys));
    }

    @Override
    public <V> V getAndDelete(Object key) {
        return join(async.<V>getAndDelete(key));
    }

    @Override
    public long increment(Object key) {
        return join(async.increment(key));
    }

    @Override
    public long increment(Object key, long by) {
        return join(async.increment(key, by));
    }

    @Override
    public long increment(Object key, long by, long initial, Duration ttl) {
        return join(async.increment(key, by, initial, ttl));
    }

    @Override
    public long decrement(Object key) {
        return join(async.decrement(key));
    }

    @Override
    public long decrement(Object key, long by) {
        return join(async.decrement(key, by));
    }

    @Override
    public long decrement(Object key, long by, long initial, Duration ttl) {
        return join(async.decrement(key, by, initial, ttl));
    }

    @Override
    public double increment(Object key, double by) {
        return join(async.increment(key, by));
    }

    @Override
    public double increment(Object key, double by, double initial, Duration ttl) {
        return join(async.increment(key, by, initial, ttl));
    }

    @Override
    public boolean expire(Object key, Duration ttl) {
        return join(async.expire(key, ttl));
    }

    @Override
    public Optional<Duration> ttl(Object key) {
        return join(async.ttl(key));
    }

    @Override
    public boolean persist(Object key) {
        return join(async.persist(key));
    }

    @Override
    public boolean touch(Object key) {
        return join(async.touch(key));
    }

    @Override
    public boolean exists(Object key) {
        return join(async.exists(key));
    }

    @Override
    public <K, V> Stream<Map.Entry<K, V>> scan() {
        List<Map.Entry<K, V>> all = new ArrayList<>();
        this.<K, V>scan(BATCH, all::addAll);
        return all.stream();
    }

    @Override
    public <K, V> Stream<Map.Entry<K, V>> scan(String pattern) {
        List<Map.Entry<K, V>> all = new ArrayList<>();
        this.<K, V>scan(pattern, BATCH, all::addAll);
        return all.stream();
    }

    @Override
    public <K, V> Stream<Map.Entry<K, V>> scanPrefix(String prefix) {
        List<Map.Entry<K, V>> all = new ArrayList<>();
        this.<K, V>scanPrefix(prefix, BATCH, all::addAll);
        return all.stream();
    }

    @Override
    public <K, V> void scan(int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        join(async.scan(batch, consumer));
    }

    @Override
    public <K, V> void scan(String pattern, int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        join(async.scan(pattern, batch, consumer));
    }

    @Override
    public <K, V> void scanPrefix(String prefix, int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        join(async.scanPrefix(prefix, batch, consumer));
    }

    @Override
    public long size() {
        return join(async.size());
    }

    @Override
    public void clear() {
        join(async.clear());
    }
}
