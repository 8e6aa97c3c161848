package io.distcache.client.internal.keyspace;

import io.distcache.client.Keyspace;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.SetIf;
import io.distcache.client.Versioned;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators.AbstractSpliterator;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** A {@link Keyspace} that waits for each reply. Thread-safe. */
@SuppressWarnings("TypeParameterUnusedInFormals") // the caller says what it stored
public class BlockingKeyspace implements Keyspace {
    private static final int SCAN_BATCH = 500;

    private final OpenKeyspace keyspace;

    /** Over a cache that is opened when it is first needed. */
    public BlockingKeyspace(OpenKeyspace keyspace) {
        this.keyspace = keyspace;
    }

    private <T extends @Nullable Object> T run(Function<Requests, Request<T>> request) {
        Requests requests = keyspace.requests();
        return request.apply(requests).run(requests.remote);
    }

    @Override
    public <V> @Nullable V get(Object key) {
        return run(v -> v.<V>get(key));
    }

    @Override
    public <V> @Nullable V get(Object key, Class<V> type) {
        return run(v -> v.get(key, type));
    }

    @Override
    public <V> Optional<Versioned<V>> getWithVersion(Object key) {
        return run(v -> v.<V>getWithVersion(key));
    }

    @Override
    public void set(Object key, @Nullable Object value) {
        run(v -> v.set(key, value, null));
    }

    @Override
    public void set(Object key, @Nullable Object value, Duration ttl) {
        run(v -> v.set(key, value, Requests.requireTtl(ttl)));
    }

    @Override
    public boolean set(Object key, @Nullable Object value, @Nullable Duration ttl, SetIf condition) {
        return run(v -> v.set(key, value, ttl, condition));
    }

    @Override
    public boolean add(Object key, @Nullable Object value) {
        return run(v -> v.set(key, value, null, SetIf.ABSENT));
    }

    @Override
    public boolean add(Object key, @Nullable Object value, Duration ttl) {
        return run(v -> v.set(key, value, Requests.requireTtl(ttl), SetIf.ABSENT));
    }

    @Override
    public boolean replace(Object key, @Nullable Object value) {
        return run(v -> v.set(key, value, null, SetIf.PRESENT));
    }

    @Override
    public boolean replace(Object key, @Nullable Object value, Duration ttl) {
        return run(v -> v.set(key, value, Requests.requireTtl(ttl), SetIf.PRESENT));
    }

    @Override
    public boolean cas(Object key, @Nullable Object value, long version) {
        return run(v -> v.cas(key, value, version, null));
    }

    @Override
    public boolean cas(Object key, @Nullable Object value, long version, Duration ttl) {
        return run(v -> v.cas(key, value, version, Requests.requireTtl(ttl)));
    }

    @Override
    public <V> @Nullable V getAndSet(Object key, @Nullable Object value) {
        return run(v -> v.<V>getAndSet(key, value));
    }

    @Override
    public long append(Object key, Object piece) {
        return run(v -> v.append(key, piece, false));
    }

    @Override
    public long prepend(Object key, Object piece) {
        return run(v -> v.append(key, piece, true));
    }

    @Override
    public boolean delete(Object key) {
        return run(v -> v.delete(key));
    }

    @Override
    public <V> @Nullable V getAndDelete(Object key) {
        return run(v -> v.<V>getAndDelete(key));
    }

    @Override
    public long increment(Object key) {
        return run(v -> v.increment(key, 1L, 1L, null));
    }

    @Override
    public long increment(Object key, long by) {
        return run(v -> v.increment(key, by, by, null));
    }

    @Override
    public long increment(Object key, long by, long initial, @Nullable Duration ttl) {
        return run(v -> v.increment(key, by, initial, ttl));
    }

    @Override
    public long decrement(Object key) {
        return run(v -> v.increment(key, -1L, -1L, null));
    }

    @Override
    public long decrement(Object key, long by) {
        return run(v -> v.increment(key, Requests.negated(by), Requests.negated(by), null));
    }

    @Override
    public long decrement(Object key, long by, long initial, @Nullable Duration ttl) {
        return run(v -> v.increment(key, Requests.negated(by), initial, ttl));
    }

    @Override
    public double increment(Object key, double by) {
        return run(v -> v.increment(key, by, by, null));
    }

    @Override
    public double increment(Object key, double by, double initial, @Nullable Duration ttl) {
        return run(v -> v.increment(key, by, initial, ttl));
    }

    @Override
    public boolean expire(Object key, Duration ttl) {
        return run(v -> v.expire(key, ttl));
    }

    @Override
    public Optional<Duration> ttl(Object key) {
        return run(v -> v.ttl(key));
    }

    @Override
    public boolean persist(Object key) {
        return run(v -> v.persist(key));
    }

    @Override
    public boolean touch(Object key) {
        return run(v -> v.touch(key));
    }

    @Override
    public boolean exists(Object key) {
        return run(v -> v.exists(key));
    }

    @Override
    public long size() {
        return run(v -> v.size());
    }

    @Override
    public void clear() {
        run(v -> v.clear());
    }

    // --- many entries

    @Override
    public <K, V> Map<K, @Nullable V> gets(Collection<K> keys) {
        Requests requests = keyspace.requests();
        Map<Bytes, K> encoded = requests.keys(keys);
        Map<K, @Nullable V> found = new LinkedHashMap<>();
        Deque<List<Bytes>> left = new ArrayDeque<>(Requests.batches(new ArrayList<>(encoded.keySet())));
        while (!left.isEmpty()) {
            List<Bytes> batch = left.removeFirst();
            try {
                requests.found(batch, requests.remote.call(requests.getAll(batch)), encoded, found);
            } catch (RequestRefusedException e) {
                if (e.reason() != RequestRefusedException.Reason.TOO_LARGE || batch.size() == 1) {
                    throw e;
                }
                // Their values do not fit into one reply.
                left.addFirst(batch.subList(batch.size() / 2, batch.size()));
                left.addFirst(batch.subList(0, batch.size() / 2));
            }
        }
        return found;
    }

    @Override
    public void setMany(Map<?, ?> entries) {
        all(requests -> requests.setMany(entries, null));
    }

    @Override
    public void setMany(Map<?, ?> entries, Duration ttl) {
        Objects.requireNonNull(ttl, "ttl");
        all(requests -> requests.setMany(entries, ttl));
    }

    @Override
    public long deleteMany(Collection<?> keys) {
        return all(requests -> requests.deleteMany(keys));
    }

    /** Sends commands on many entries one by one; how many entries existed. */
    private long all(Function<Requests, List<Command>> commands) {
        Requests requests = keyspace.requests();
        long existed = 0;
        for (Command command : commands.apply(requests)) {
            existed += ((Reply.Affected) requests.remote.call(command)).existed();
        }
        return existed;
    }

    // --- scans

    @Override
    public <K, V> Stream<Map.Entry<K, V>> scan() {
        return stream(null);
    }

    @Override
    public <K, V> Stream<Map.Entry<K, V>> scan(String pattern) {
        return stream(Requests.requirePattern(pattern));
    }

    @Override
    public <K, V> Stream<Map.Entry<K, V>> scanPrefix(String prefix) {
        return stream(Requests.ofPrefix(prefix));
    }

    private <K, V> Stream<Map.Entry<K, V>> stream(@Nullable String pattern) {
        Requests requests = keyspace.requests();
        RemoteCache.Pages pages = requests.pages(pattern, SCAN_BATCH);
        Deque<Map.Entry<K, V>> page = new ArrayDeque<>();
        return StreamSupport.stream(
                new AbstractSpliterator<Map.Entry<K, V>>(Long.MAX_VALUE, Spliterator.NONNULL | Spliterator.ORDERED) {
                    @Override
                    public boolean tryAdvance(Consumer<? super Map.Entry<K, V>> action) {
                        while (page.isEmpty()) {
                            List<Reply.Item> items = pages.next();
                            if (items == null) {
                                return false;
                            }
                            page.addAll(requests.entries(items));
                        }
                        action.accept(page.removeFirst());
                        return true;
                    }
                },
                false);
    }

    @Override
    public <K, V> void scan(int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        keyspace.scan(null, Requests.requireBatch(batch), Objects.requireNonNull(consumer, "consumer"));
    }

    @Override
    public <K, V> void scan(String pattern, int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        keyspace.scan(
                Requests.requirePattern(pattern),
                Requests.requireBatch(batch),
                Objects.requireNonNull(consumer, "consumer"));
    }

    @Override
    public <K, V> void scanPrefix(String prefix, int batch, Consumer<List<Map.Entry<K, V>>> consumer) {
        scan(Requests.ofPrefix(prefix), batch, consumer);
    }
}
