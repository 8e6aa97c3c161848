package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.distcache.client.DistCacheClient;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.protocol.ValueTag;
import java.io.Serializable;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CompletionListenerFuture;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a cache takes it gives back, as what its types say, and under every key that is equal. */
class StoredTypesTest {
    private final CacheManager manager = new DistCachingProvider()
            .getCacheManager(URI.create("distcache:embedded/types"), getClass().getClassLoader());

    private record Undeclared(int number) {}

    private static final class Key implements Serializable {
        private static final long serialVersionUID = 1L;
        private final String first;
        private final String second;

        Key(String first, String second) {
            this.first = first;
            this.second = second;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Key k && k.first.equals(first) && k.second.equals(second);
        }

        @Override
        public int hashCode() {
            return Objects.hash(first, second);
        }
    }

    @AfterEach
    void close() {
        for (String name : manager.getCacheNames()) {
            manager.destroyCache(name);
        }
        manager.close();
    }

    private Cache<Object, Object> cache(String name) {
        return manager.createCache(name, new MutableConfiguration<>().setTypes(Object.class, Object.class));
    }

    @Test
    void equal_keys_are_one_entry_however_their_texts_are_shared() {
        Cache<Key, String> cache =
                manager.createCache("keys", new MutableConfiguration<Key, String>().setTypes(Key.class, String.class));
        String shared = "de";
        cache.put(new Key(shared, shared), "v");
        Key equal = new Key(String.valueOf(new char[] {'d', 'e'}), String.valueOf(new char[] {'d', 'e'}));

        assertThat(cache.get(equal)).isEqualTo("v");
        assertThat(cache.iterator().next().getKey()).isEqualTo(equal);
        assertThat(cache.remove(equal)).isTrue();
        assertThat(cache.get(new Key(shared, shared))).isNull();
    }

    @Test
    void what_could_not_be_read_is_refused_however_it_is_written() {
        Cache<Object, Object> cache = cache("refusing");
        Undeclared value = new Undeclared(1);
        Stream.<ThrowingCallable>of(
                        () -> cache.put("k", value),
                        () -> cache.put(value, "v"),
                        () -> cache.putAll(Map.of("a", "b", "k", value)),
                        () -> cache.putIfAbsent("k", value),
                        () -> cache.getAndPut("k", value),
                        () -> cache.put("k", List.of(Map.of("x", value))),
                        () -> cache.invoke("k", (entry, arguments) -> {
                            entry.setValue(value);
                            return null;
                        }),
                        () -> computing(cache).getOrCompute("k", () -> value))
                .forEach(call -> assertThatThrownBy(call)
                        .isInstanceOf(CacheException.class)
                        .hasCauseInstanceOf(SerializationRefusedException.class)
                        .hasMessageContaining(Undeclared.class.getName())
                        .hasMessageContaining("cache refusing")
                        .hasMessageContaining("distcache.serialization.allow=" + Undeclared.class.getName()));
        assertThat(cache.iterator()).isExhausted();
    }

    @Test
    void a_loaded_value_that_could_not_be_read_is_refused() {
        Cache<Object, Object> cache = loading("loading", key -> new Undeclared(1));
        assertThat(catchThrowable(() -> cache.get("k"))).hasCauseInstanceOf(SerializationRefusedException.class);
        CompletionListenerFuture loaded = new CompletionListenerFuture();
        cache.loadAll(Set.of("k"), true, loaded);
        assertThatThrownBy(() -> loaded.get(20, TimeUnit.SECONDS))
                .hasStackTraceContaining(SerializationRefusedException.class.getName());
        assertThat(cache.containsKey("k")).isFalse();
    }

    private interface Load {
        Object load(Object key);
    }

    @SuppressWarnings("unchecked") // as below
    private Cache<Object, Object> loading(String name, Load load) {
        return manager.createCache(name, configuration(Object.class, Object.class, load));
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // A loader of the wrong types is the point.
    private static MutableConfiguration configuration(Class<?> keys, Class<?> values, Load load) {
        return new MutableConfiguration()
                .setTypes(keys, values)
                .setReadThrough(true)
                .setCacheLoaderFactory(() -> new CacheLoader<Object, Object>() {
                    @Override
                    public Object load(Object key) {
                        return load.load(key);
                    }

                    @Override
                    public Map<Object, Object> loadAll(Iterable<?> keys) {
                        Map<Object, Object> all = new HashMap<>();
                        keys.forEach(key -> all.put(key, load.load(key)));
                        return all;
                    }
                });
    }

    @Test
    void who_waits_for_a_value_that_cannot_be_kept_computes_its_own() throws Exception {
        ComputingCache<Object, Object> cache = computing(cache("waiting"));
        int callers = 3;
        AtomicInteger computed = new AtomicInteger();
        CountDownLatch started = new CountDownLatch(callers);
        ExecutorService threads = Executors.newFixedThreadPool(callers);
        try {
            List<Future<Throwable>> calls = new ArrayList<>();
            for (int i = 0; i < callers; i++) {
                calls.add(threads.submit(() -> catchThrowable(() -> {
                    started.countDown();
                    cache.getOrCompute("k", () -> {
                        started.await();
                        return new Undeclared(computed.incrementAndGet());
                    });
                })));
            }
            for (Future<Throwable> call : calls) {
                assertThat(call.get(20, TimeUnit.SECONDS)).hasCauseInstanceOf(SerializationRefusedException.class);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(computed).hasValue(callers);
    }

    @Test
    void a_value_that_another_client_stored_is_never_handed_on_as_what_it_is_not() {
        Cache<String, String> cache = manager.createCache(
                "main", new MutableConfiguration<String, String>().setTypes(String.class, String.class));
        RemoteCache remote = manager.unwrap(DistCacheClient.class)
                .remote()
                .attach("types", "main")
                .orElseThrow(() -> new AssertionError("the cache was just made"));
        Bytes key = Bytes.of(new byte[] {ValueTag.TEXT, 'k'});
        Bytes bytes = Bytes.of(new byte[] {ValueTag.BYTES, (byte) 0xff});
        Reply value = remote.call(new Command.Put(remote.handle(), key, bytes, Condition.ALWAYS, Ttl.DEFINED, false));
        Reply both = remote.call(new Command.Put(remote.handle(), bytes, bytes, Condition.ALWAYS, Ttl.DEFINED, false));
        assertThat(List.of(value, both)).hasSize(2);
        cache.put("good", "v");

        Stream.<ThrowingCallable>of(
                        () -> cache.get("k"),
                        () -> cache.getAll(Set.of("k")),
                        () -> cache.getAndPut("k", "v"),
                        () -> cache.invoke("k", (entry, arguments) -> entry.getValue()))
                .forEach(call -> {
                    Reply again = remote.call(
                            new Command.Put(remote.handle(), key, bytes, Condition.ALWAYS, Ttl.DEFINED, false));
                    assertThat(again).isNotNull();
                    assertThatThrownBy(call)
                            .isInstanceOf(ClassCastException.class)
                            .hasMessageContaining("cache main holds a [B where a java.lang.String was declared");
                });
        Reply stored = remote.call(new Command.Put(remote.handle(), key, bytes, Condition.ALWAYS, Ttl.DEFINED, false));
        assertThat(stored).isNotNull();
        List<String> found = new ArrayList<>();
        int refused = 0;
        Iterator<Cache.Entry<String, String>> iterator = cache.iterator();
        while (iterator.hasNext()) {
            try {
                Cache.Entry<String, String> entry = iterator.next();
                found.add(entry.getKey() + "=" + entry.getValue());
            } catch (ClassCastException e) {
                refused++;
            }
        }
        assertThat(found).containsExactly("good=v");
        assertThat(refused).isEqualTo(2);
        assertThat(cache.remove("k")).isTrue();
    }

    @Test
    void loaded_values_and_keys_are_of_the_caches_types() {
        @SuppressWarnings("unchecked")
        Cache<String, String> cache = manager.createCache("typed", configuration(String.class, String.class, key -> 1));
        assertThatThrownBy(() -> cache.get("k")).isInstanceOf(ClassCastException.class);
        assertThatThrownBy(() -> cache.getAll(Set.of("k"))).isInstanceOf(ClassCastException.class);
        CompletionListenerFuture loaded = new CompletionListenerFuture();
        cache.loadAll(Set.of("k"), true, loaded);
        assertThatThrownBy(() -> loaded.get(20, TimeUnit.SECONDS))
                .hasStackTraceContaining(ClassCastException.class.getName());
        assertThat(cache.containsKey("k")).isFalse();
    }

    @SuppressWarnings("unchecked") // the cache's own types
    private static ComputingCache<Object, Object> computing(Cache<Object, Object> cache) {
        return cache.unwrap(ComputingCache.class);
    }
}
