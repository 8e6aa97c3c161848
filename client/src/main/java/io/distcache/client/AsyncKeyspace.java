package io.distcache.client;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The verbs of {@link Keyspace}, without waiting: each returns at once, and its stage completes with what the verb would return, or throw.
 * Thread-safe.
 *
 * <p>The first call on a cache waits until nodes have it open; so it must not come on the event loop. Calls wait for a place among those in
 * flight ({@link ClientConfig#maxInFlight}) before they return; on the event loop they fail with {@link OverloadedException} instead. Stages complete on the client's event loop, so what is hung on them must not block; else use the
 * {@code Async} methods of the stage with an executor. What one thread sends about one key is done in the order in which it was sent, unless
 * something must be tried again. What is wrong with keys and values is thrown at once.
 */
public interface AsyncKeyspace {

    /** As {@link Keyspace#get(Object)}. */
    <V> CompletionStage<@Nullable V> get(Object key);

    /** As {@link Keyspace#get(Object, Class)}. */
    <V> CompletionStage<@Nullable V> get(Object key, Class<V> type);

    /** As {@link Keyspace#gets(Collection)}. */
    <K, V> CompletionStage<Map<K, @Nullable V>> gets(Collection<K> keys);

    /** As {@link Keyspace#getWithVersion(Object)}. */
    <V> CompletionStage<Optional<Versioned<V>>> getWithVersion(Object key);

    /** As {@link Keyspace#set(Object, Object)}. */
    CompletionStage<@Nullable Void> set(Object key, @Nullable Object value);

    /** As {@link Keyspace#set(Object, Object, Duration)}. */
    CompletionStage<@Nullable Void> set(Object key, @Nullable Object value, Duration ttl);

    /** As {@link Keyspace#set(Object, Object, Duration, SetIf)}. */
    CompletionStage<Boolean> set(Object key, @Nullable Object value, @Nullable Duration ttl, SetIf condition);

    /** As {@link Keyspace#setMany(Map)}. */
    CompletionStage<@Nullable Void> setMany(Map<?, ?> entries);

    /** As {@link Keyspace#setMany(Map, Duration)}. */
    CompletionStage<@Nullable Void> setMany(Map<?, ?> entries, Duration ttl);

    /** As {@link Keyspace#add(Object, Object)}. */
    CompletionStage<Boolean> add(Object key, @Nullable Object value);

    /** As {@link Keyspace#add(Object, Object, Duration)}. */
    CompletionStage<Boolean> add(Object key, @Nullable Object value, Duration ttl);

    /** As {@link Keyspace#replace(Object, Object)}. */
    CompletionStage<Boolean> replace(Object key, @Nullable Object value);

    /** As {@link Keyspace#replace(Object, Object, Duration)}. */
    CompletionStage<Boolean> replace(Object key, @Nullable Object value, Duration ttl);

    /** As {@link Keyspace#cas(Object, Object, long)}. */
    CompletionStage<Boolean> cas(Object key, @Nullable Object value, long version);

    /** As {@link Keyspace#cas(Object, Object, long, Duration)}. */
    CompletionStage<Boolean> cas(Object key, @Nullable Object value, long version, Duration ttl);

    /** As {@link Keyspace#getAndSet(Object, Object)}. */
    <V> CompletionStage<@Nullable V> getAndSet(Object key, @Nullable Object value);

    /** As {@link Keyspace#append(Object, Object)}. */
    CompletionStage<Long> append(Object key, Object piece);

    /** As {@link Keyspace#prepend(Object, Object)}. */
    CompletionStage<Long> prepend(Object key, Object piece);

    /** As {@link Keyspace#delete(Object)}. */
    CompletionStage<Boolean> delete(Object key);

    /** As {@link Keyspace#deleteMany(Collection)}. */
    CompletionStage<Long> deleteMany(Collection<?> keys);

    /** As {@link Keyspace#getAndDelete(Object)}. */
    <V> CompletionStage<@Nullable V> getAndDelete(Object key);

    /** As {@link Keyspace#increment(Object)}. */
    CompletionStage<Long> increment(Object key);

    /** As {@link Keyspace#increment(Object, long)}. */
    CompletionStage<Long> increment(Object key, long by);

    /** As {@link Keyspace#increment(Object, long, long, Duration)}. */
    CompletionStage<Long> increment(Object key, long by, long initial, @Nullable Duration ttl);

    /** As {@link Keyspace#decrement(Object)}. */
    CompletionStage<Long> decrement(Object key);

    /** As {@link Keyspace#decrement(Object, long)}. */
    CompletionStage<Long> decrement(Object key, long by);

    /** As {@link Keyspace#decrement(Object, long, long, Duration)}. */
    CompletionStage<Long> decrement(Object key, long by, long initial, @Nullable Duration ttl);

    /** As {@link Keyspace#increment(Object, double)}. */
    CompletionStage<Double> increment(Object key, double by);

    /** As {@link Keyspace#increment(Object, double, double, Duration)}. */
    CompletionStage<Double> increment(Object key, double by, double initial, @Nullable Duration ttl);

    /** As {@link Keyspace#expire(Object, Duration)}. */
    CompletionStage<Boolean> expire(Object key, Duration ttl);

    /** As {@link Keyspace#ttl(Object)}. */
    CompletionStage<Optional<Duration>> ttl(Object key);

    /** As {@link Keyspace#persist(Object)}. */
    CompletionStage<Boolean> persist(Object key);

    /** As {@link Keyspace#touch(Object)}. */
    CompletionStage<Boolean> touch(Object key);

    /** As {@link Keyspace#exists(Object)}. */
    CompletionStage<Boolean> exists(Object key);

    /** As {@link Keyspace#scan(int, Consumer)}; {@code consumer} runs on a thread of the client's, and may block. */
    <K, V> CompletionStage<@Nullable Void> scan(int batch, Consumer<List<Map.Entry<K, V>>> consumer);

    /** As {@link Keyspace#scan(String, int, Consumer)}, on such a thread too. */
    <K, V> CompletionStage<@Nullable Void> scan(String pattern, int batch, Consumer<List<Map.Entry<K, V>>> consumer);

    /** As {@link Keyspace#scanPrefix(String, int, Consumer)}, on such a thread too. */
    <K, V> CompletionStage<@Nullable Void> scanPrefix(
            String prefix, int batch, Consumer<List<Map.Entry<K, V>>> consumer);

    /** As {@link Keyspace#size()}. */
    CompletionStage<Long> size();

    /** As {@link Keyspace#clear()}. */
    CompletionStage<@Nullable Void> clear();
}
