package io.distcache.client.internal.keyspace;

import io.distcache.client.AsyncKeyspace;
import io.distcache.client.DistCacheException;
import io.distcache.client.OverloadedException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.SetIf;
import io.distcache.client.Versioned;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** An {@link AsyncKeyspace} on the client's event loops. Thread-safe. */
public final class StagedKeyspace implements AsyncKeyspace {
    private final OpenKeyspace keyspace;
    /** For what takes many round trips. */
    private final Executor scans;

    /** Over a cache that is opened when it is first needed; {@code scans} runs what waits. */
    public StagedKeyspace(OpenKeyspace keyspace, Executor scans) {
        this.keyspace = keyspace;
        this.scans = scans;
    }

    /** What is wrong at a node comes with the stage, what is wrong with the call's objects is thrown. */
    private <T extends @Nullable Object> CompletionStage<T> open(Function<Requests, CompletionStage<T>> work) {
        Requests requests;
        try {
            requests = keyspace.requests();
        } catch (DistCacheException e) {
            return CompletableFuture.failedFuture(e);
        }
        return work.apply(requests);
    }

    private <T extends @Nullable Object> CompletionStage<T> send(Function<Requests, Request<T>> request) {
        return open(requests -> {
            Request<T> built = request.apply(requests);
            try {
                return built.send(requests.remote);
            } catch (DistCacheException e) {
                return CompletableFuture.failedFuture(e);
            }
        });
    }

    @Override
    public <V> CompletionStage<@Nullable V> get(Object key) {
        return send(v -> v.<V>get(key));
    }

    @Override
    public <V> CompletionStage<@Nullable V> get(Object key, Class<V> type) {
        return send(v -> v.get(key, type));
    }

    @Override
    public <V> CompletionStage<Optional<Versioned<V>>> getWithVersion(Object key) {
        return send(v -> v.<V>getWithVersion(key));
    }

    @Override
    public CompletionStage<@Nullable Void> set(Object key, @Nullable Object value) {
        return send(v -> v.set(key, value, null));
    }

    @Override
    public CompletionStage<@Nullable Void> set(Object key, @Nullable Object value, Duration ttl) {
        return send(v -> v.set(key, value, Requests.requireTtl(ttl)));
    }

    @Override
    public CompletionStage<Boolean> set(Object key, @Nullable Object value, @Nullable Duration ttl, SetIf condition) {
        return send(v -> v.set(key, value, ttl, condition));
    }

    @Override
    public CompletionStage<Boolean> add(Object key, @Nullable Object value) {
        return send(v -> v.set(key, value, null, SetIf.ABSENT));
    }

    @Override
    public CompletionStage<Boolean> add(Object key, @Nullable Object value, Duration ttl) {
        return send(v -> v.set(key, value, Requests.requireTtl(ttl), SetIf.ABSENT));
    }

    @Override
    public CompletionStage<Boolean> replace(Object key, @Nullable Object value) {
        return send(v -> v.set(key, value, null, SetIf.PRESENT));
    }

    @Override
    public CompletionStage<Boolean> replace(Object key, @Nullable Object value, Duration ttl) {
        return send(v -> v.set(key, value, Requests.requireTtl(ttl), SetIf.PRESENT));
    }

    @Override
    public CompletionStage<Boolean> cas(Object key, @Nullable Object value, long version) {
        return send(v -> v.cas(key, value, version, null));
    }

    @Override
    public CompletionStage<Boolean> cas(Object key, @Nullable Object value, long version, Duration ttl) {
        return send(v -> v.cas(key, value, version, Requests.requireTtl(ttl)));
    }

    @Override
    public <V> CompletionStage<@Nullable V> getAndSet(Object key, @Nullable Object value) {
        return send(v -> v.<V>getAndSet(key, value));
    }

    @Override
    public CompletionStage<Long> append(Object key, Object piece) {
        return send(v -> v.append(key, piece, false));
    }

    @Override
    public CompletionStage<Long> prepend(Object key, Object piece) {
        return send(v -> v.append(key, piece, true));
    }

    @Override
    public CompletionStage<Boolean> delete(Object key) {
        return send(v -> v.delete(key));
    }

    @Override
    public <V> CompletionStage<@Nullable V> getAndDelete(Object key) {
        return send(v -> v.<V>getAndDelete(key));
    }

    @Override
    public CompletionStage<Long> increment(Object key) {
        return send(v -> v.increment(key, 1L, 1L, null));
    }

    @Override
    public CompletionStage<Long> increment(Object key, long by) {
        return send(v -> v.increment(key, by, by, null));
    }

    @Override
    public CompletionStage<Long> increment(Object key, long by, long initial, @Nullable Duration ttl) {
        return send(v -> v.increment(key, by, initial, ttl));
    }

    @Override
    public CompletionStage<Long> decrement(Object key) {
        return send(v -> v.increment(key, -1L, -1L, null));
    }

    @Override
    public CompletionStage<Long> decrement(Object key, long by) {
        return send(v -> v.increment(key, Requests.negated(by), Requests.negated(by), null));
    }

    @Override
    public CompletionStage<Long> decrement(Object key, long by, long initial, @Nullable Duration ttl) {
        return send(v -> v.increment(key, Requests.negated(by), initial, ttl));
    }

    @Override
    public CompletionStage<Double> increment(Object key, double by) {
        return send(v -> v.increment(key, by, by, null));
    }

    @Override
    public CompletionStage<Double> increment(Object key, double by, double initial, @Nullable Duration ttl) {
        return send(v -> v.increment(key, by, initial, ttl));
    }

    @Override
    public CompletionStage<Boolean> expire(Object key, Duration ttl) {
        return send(v -> v.expire(key, ttl));
    }

    @Override
    public CompletionStage<Optional<Duration>> ttl(Object key) {
        return send(v -> v.ttl(key));
    }

    @Override
    public CompletionStage<Boolean> persist(Object key) {
        return send(v -> v.persist(key));
    }

    @Override
    public CompletionStage<Boolean> touch(Object key) {
        return send(v -> v.touch(key));
    }

    @Override
    public CompletionStage<Boolean> exists(Object key) {
        return send(v -> v.exists(key));
    }

    @Override
    public CompletionStage<Long> size() {
        return send(v -> v.size());
    }

    @Override
    public CompletionStage<@Nullable Void> clear() {
        return send(v -> v.clear());
    }

    // --- many entries

    @Override
    public <K, V> CompletionStage<Map<K, @Nullable V>> gets(Collection<K> keys) {
        return open(requests -> gets(requests, keys));
    }

    private static <K, V> CompletionStage<Map<K, @Nullable V>> gets(Requests requests, Collection<K> keys) {
        Map<Bytes, K> encoded = requests.keys(keys);
        List<CompletionStage<Map<K, @Nullable V>>> parts = new ArrayList<>();
        for (List<Bytes> batch : Requests.batches(new ArrayList<>(encoded.keySet()))) {
            parts.add(gets(requests, batch, encoded));
        }
        CompletionStage<Map<K, @Nullable V>> all = CompletableFuture.completedFuture(new LinkedHashMap<>());
        for (CompletionStage<Map<K, @Nullable V>> part : parts) {
            all = all.thenCombine(part, StagedKeyspace::joined);
        }
        return all;
    }

    private static <K, V> CompletionStage<Map<K, @Nullable V>> gets(
            Requests requests, List<Bytes> batch, Map<Bytes, K> encoded) {
        return sent(requests, requests.getAll(batch))
                .handle((reply, failure) -> {
                    if (failure == null) {
                        Map<K, @Nullable V> found = new LinkedHashMap<>();
                        requests.found(batch, reply, encoded, found);
                        return CompletableFuture.completedFuture(found);
                    }
                    if (batch.size() == 1 || !isTooLarge(failure)) {
                        return CompletableFuture.<Map<K, @Nullable V>>failedFuture(failure);
                    }
                    // Their values do not fit into one reply.
                    List<Bytes> first = batch.subList(0, batch.size() / 2);
                    List<Bytes> rest = batch.subList(batch.size() / 2, batch.size());
                    return StagedKeyspace.<K, V>gets(requests, first, encoded)
                            .thenCombine(StagedKeyspace.<K, V>gets(requests, rest, encoded), StagedKeyspace::joined);
                })
                .thenCompose(next -> next);
    }

    private static boolean isTooLarge(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        return cause instanceof RequestRefusedException refused
                && refused.reason() == RequestRefusedException.Reason.TOO_LARGE;
    }

    private static <K, V> Map<K, @Nullable V> joined(Map<K, @Nullable V> one, Map<K, @Nullable V> other) {
        one.putAll(other);
        return one;
    }

    @Override
    public CompletionStage<@Nullable Void> setMany(Map<?, ?> entries) {
        return all(requests -> requests.setMany(entries, null)).thenApply(existed -> null);
    }

    @Override
    public CompletionStage<@Nullable Void> setMany(Map<?, ?> entries, Duration ttl) {
        Objects.requireNonNull(ttl, "ttl");
        return all(requests -> requests.setMany(entries, ttl)).thenApply(existed -> null);
    }

    @Override
    public CompletionStage<Long> deleteMany(Collection<?> keys) {
        return all(requests -> requests.deleteMany(keys));
    }

    /** Sends commands on many entries, all at once; how many entries existed. */
    private CompletionStage<Long> all(Function<Requests, List<Command>> commands) {
        return open(requests -> {
            CompletionStage<Long> existed = CompletableFuture.completedFuture(0L);
            for (Command command : commands.apply(requests)) {
                existed = existed.thenCombine(
                        sent(requests, command), (sum, reply) -> sum + ((Reply.Affected) reply).existed());
            }
            return existed;
        });
    }

    private static CompletionStage<Reply> sent(Requests requests, Command command) {
        try {
            return requests.remote.callAsync(command);
        } catch (DistCacheException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public <K, V> CompletionStage<@Nullable Void> scan(int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        return scanned(null, batch, consumer);
    }

    @Override
    public <K, V> CompletionStage<@Nullable Void> scan(
            String pattern, int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        return scanned(Requests.requirePattern(pattern), batch, consumer);
    }

    @Override
    public <K, V> CompletionStage<@Nullable Void> scanPrefix(
            String prefix, int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        return scanned(Requests.ofPrefix(prefix), batch, consumer);
    }

    private <K, V> CompletionStage<@Nullable Void> scanned(
            @Nullable String pattern, int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        Requests.requireBatch(batch);
        Objects.requireNonNull(consumer, "consumer");
        try {
            return CompletableFuture.runAsync(() -> keyspace.scan(pattern, batch, consumer), scans);
        } catch (RejectedExecutionException e) {
            return CompletableFuture.failedFuture(
                    new OverloadedException("too many scans wait for a thread already; back off", e));
        }
    }
}
