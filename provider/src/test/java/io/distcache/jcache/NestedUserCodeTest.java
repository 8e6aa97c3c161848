package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CompletionListener;
import javax.cache.integration.CompletionListenerFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The application's code may wait for more of its own code, however deep, on whatever threads that runs. */
@Timeout(60)
class NestedUserCodeTest {
    private static final int PATIENCE_SECONDS = 15;

    private final CacheManager manager = new DistCachingProvider()
            .getCacheManager(URI.create("distcache:embedded/nested"), getClass().getClassLoader());

    @AfterEach
    void close() {
        manager.getCacheNames().forEach(manager::destroyCache);
        manager.close();
    }

    private static MutableConfiguration<String, String> strings() {
        return new MutableConfiguration<String, String>().setTypes(String.class, String.class);
    }

    /** Loads from the cache below, and waits for that. */
    private record NestedLoader(Cache<String, String> below, CountDownLatch together)
            implements CacheLoader<String, String> {
        @Override
        public String load(String key) {
            return key;
        }

        @Override
        public Map<String, String> loadAll(Iterable<? extends String> keys) {
            Set<String> wanted = new HashSet<>();
            keys.forEach(wanted::add);
            if (below == null) {
                Map<String, String> loaded = new HashMap<>();
                wanted.forEach(key -> loaded.put(key, "of " + key));
                return loaded;
            }
            together.countDown();
            try {
                assertThat(together.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
                NestedUserCodeTest.load(below, wanted).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            } catch (Exception e) {
                throw new CacheLoaderException(e);
            }
            return below.getAll(wanted);
        }
    }

    private static CompletionListenerFuture load(Cache<String, String> cache, Set<String> keys) {
        CompletionListenerFuture done = new CompletionListenerFuture();
        cache.loadAll(keys, true, done);
        return done;
    }

    private Cache<String, String> loading(String name, Cache<String, String> below, CountDownLatch together) {
        return manager.createCache(name, strings().setCacheLoaderFactory(() -> new NestedLoader(below, together)));
    }

    @Test
    void loads_wait_for_loads() throws Exception {
        int atOnce = 40;
        Cache<String, String> lowest = loading("lowest", null, new CountDownLatch(0));
        Cache<String, String> middle = loading("middle", lowest, new CountDownLatch(atOnce));
        Cache<String, String> highest = loading("highest", middle, new CountDownLatch(atOnce));

        List<CompletionListenerFuture> loads = new ArrayList<>();
        for (int i = 0; i < atOnce; i++) {
            loads.add(load(highest, Set.of("k" + i)));
        }

        for (CompletionListenerFuture done : loads) {
            done.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        assertThat(highest.get("k7")).isEqualTo("of k7");
    }

    @Test
    void more_loads_than_there_may_be_threads_run_on_their_callers() throws Exception {
        int more = 300;
        Cache<String, String> lowest = loading("lowest", null, new CountDownLatch(0));
        CountDownLatch together = new CountDownLatch(more);
        Cache<String, String> highest = loading("highest", lowest, together);

        List<Thread> callers = new ArrayList<>();
        List<CompletionListenerFuture> loads = new ArrayList<>();
        for (int i = 0; i < more; i++) {
            String key = "k" + i;
            CompletionListenerFuture done = new CompletionListenerFuture();
            loads.add(done);
            Thread caller = new Thread(() -> highest.loadAll(Set.of(key), true, done));
            callers.add(caller);
            caller.start();
        }

        for (CompletionListenerFuture done : loads) {
            done.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        for (Thread caller : callers) {
            caller.join();
        }
    }

    @Test
    void a_completion_listener_loads_and_waits() throws Exception {
        Cache<String, String> cache = loading("c", null, new CountDownLatch(0));
        int atOnce = 8;
        CountDownLatch together = new CountDownLatch(atOnce);
        BlockingQueue<String> loaded = new LinkedBlockingQueue<>();
        for (int i = 0; i < atOnce; i++) {
            String key = "k" + i;
            cache.loadAll(Set.of(key), true, new CompletionListener() {
                @Override
                public void onCompletion() {
                    together.countDown();
                    try {
                        assertThat(together.await(PATIENCE_SECONDS, TimeUnit.SECONDS))
                                .isTrue();
                        load(cache, Set.of("next " + key)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                        loaded.add(cache.get("next " + key));
                    } catch (Exception e) {
                        loaded.add(e.toString());
                    }
                }

                @Override
                public void onException(Exception e) {
                    loaded.add(e.toString());
                }
            });
        }

        for (int i = 0; i < atOnce; i++) {
            assertThat(loaded.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).startsWith("of next k");
        }
    }

    @FunctionalInterface
    private interface Heard {
        void heard(String key) throws Exception;
    }

    private static void listen(Cache<String, String> cache, Heard heard) {
        CacheEntryCreatedListener<String, String> listener = events -> {
            for (CacheEntryEvent<? extends String, ? extends String> event : events) {
                try {
                    heard.heard(event.getKey());
                } catch (Exception e) {
                    throw new IllegalStateException(e);
                }
            }
        };
        cache.registerCacheEntryListener(
                new MutableCacheEntryListenerConfiguration<>(() -> listener, null, false, true));
    }

    @Test
    void listeners_change_each_others_caches() {
        Cache<String, String> a = manager.createCache("a", strings());
        Cache<String, String> b = manager.createCache("b", strings());
        Cache<String, String> c = manager.createCache("c", strings());
        listen(a, key -> b.put(key, "from a"));
        listen(b, key -> c.put(key, "from b"));
        listen(c, key -> {
            if (!key.endsWith("again")) {
                a.put(key + " again", "from c");
            }
        });
        List<Cache<String, String>> all = List.of(a, b, c);
        long start = System.nanoTime();

        a.put("k", "first");

        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
        all.forEach(cache -> assertThat(cache.containsKey("k")).isTrue());
    }

    @Test
    void listeners_of_two_caches_wait_for_each_other() throws Exception {
        Cache<String, String> a = manager.createCache("a", strings());
        Cache<String, String> b = manager.createCache("b", strings());
        CountDownLatch both = new CountDownLatch(2);
        listen(a, key -> crosswise(key, both, b));
        listen(b, key -> crosswise(key, both, a));

        CompletableFuture<Void> one =
                CompletableFuture.runAsync(() -> a.put("first", "v"), task -> new Thread(task).start());
        CompletableFuture<Void> two =
                CompletableFuture.runAsync(() -> b.put("first", "v"), task -> new Thread(task).start());

        one.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        two.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertThat(a.get("second")).isEqualTo("v");
        assertThat(b.get("second")).isEqualTo("v");
    }

    private static void crosswise(String key, CountDownLatch both, Cache<String, String> other) throws Exception {
        if (key.equals("first")) {
            both.countDown();
            assertThat(both.await(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
            other.put("second", "v");
        }
    }

    @Test
    void a_listener_waits_for_the_listeners_of_another_cache() {
        Cache<String, String> a = manager.createCache("a", strings());
        Cache<String, String> b = manager.createCache("b", strings());
        List<String> order = new ArrayList<>();
        listen(a, key -> {
            b.put(key, "v");
            order.add("a");
        });
        listen(b, key -> order.add("b"));

        a.put("k", "v");

        assertThat(order).containsExactly("b", "a");
    }

    @Test
    void a_listener_loads_into_its_own_cache_and_waits() {
        Cache<String, String> a = loading("a", null, new CountDownLatch(0));
        listen(a, key -> {
            if (key.equals("first")) {
                load(a, Set.of("second")).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        });
        long start = System.nanoTime();

        a.put("first", "v");

        assertThat(System.nanoTime() - start).isLessThan(TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS));
        assertThat(a.get("second")).isEqualTo("of second");
    }
}
