package io.distcache.jcache;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.net.URI;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is begun while something is closed leaves nothing behind, whoever comes first. */
@Timeout(120)
class ClosingRacesTest {
    private static final int ROUNDS = Integer.getInteger("distcache.testing.races", 150);

    private final DistCachingProvider provider = new DistCachingProvider();
    private final URI uri = URI.create("distcache:embedded/races");
    private CacheManager manager = provider.getCacheManager(uri, getClass().getClassLoader());

    @AfterEach
    void close() {
        provider.close();
    }

    private Cache<String, String> create() {
        return manager.createCache(
                "c",
                new MutableConfiguration<String, String>()
                        .setTypes(String.class, String.class)
                        .setStatisticsEnabled(false));
    }

    private static Set<ObjectName> beans(String domain) throws Exception {
        return ManagementFactory.getPlatformMBeanServer().queryNames(new ObjectName(domain + ":*"), null);
    }

    /** Runs both at the same time; what comes too late may say so. */
    private static void race(Runnable one, Runnable other) throws Exception {
        CyclicBarrier start = new CyclicBarrier(2);
        Thread thread = new Thread(() -> meet(start, one));
        thread.start();
        meet(start, other);
        thread.join();
    }

    private static void meet(CyclicBarrier start, Runnable then) {
        try {
            start.await(20, TimeUnit.SECONDS);
            then.run();
        } catch (IllegalStateException | CacheException e) {
            // The other was first.
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void beans_enabled_while_their_cache_is_destroyed() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            Cache<String, String> unused = create();
            race(
                    () -> {
                        for (int n = 0; n < 20; n++) {
                            manager.enableStatistics("c", true);
                            manager.enableManagement("c", true);
                        }
                    },
                    () -> manager.destroyCache("c"));
            assertThat(beans("javax.cache")).as("round %s", i).isEmpty();
        }
    }

    @Test
    void a_bean_enabled_when_its_cache_has_been_closed() throws Exception {
        // The race above, held still: enableStatistics has found the cache when it is closed.
        io.distcache.jcache.internal.management.MBeanRegistration bean =
                io.distcache.jcache.internal.management.MBeanRegistration.ofCache(
                        new io.distcache.jcache.internal.management.StatisticsBean(
                                new io.distcache.jcache.internal.management.Statistics(), () -> 0L),
                        "CacheStatistics",
                        "held",
                        "still");
        bean.set(true);
        assertThat(beans("javax.cache")).hasSize(1);
        bean.close();
        bean.set(true);
        assertThat(beans("javax.cache")).isEmpty();
    }

    /** A listener that knows whether it is still open. */
    private static final class Listener implements CacheEntryCreatedListener<String, String>, AutoCloseable {
        private final AtomicInteger closed;

        Listener(AtomicInteger closed) {
            this.closed = closed;
        }

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {}

        @Override
        public void close() {
            closed.incrementAndGet();
        }
    }

    @Test
    void listeners_registered_while_their_cache_is_closed() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            Cache<String, String> cache = create();
            AtomicInteger made = new AtomicInteger();
            AtomicInteger closed = new AtomicInteger();
            race(
                    () -> {
                        while (true) {
                            cache.registerCacheEntryListener(new MutableCacheEntryListenerConfiguration<>(
                                    () -> {
                                        made.incrementAndGet();
                                        return new Listener(closed);
                                    },
                                    null,
                                    false,
                                    true));
                        }
                    },
                    cache::close);
            assertThat(closed).as("round %s", i).hasValue(made.get());
            manager.destroyCache("c");
        }
    }

    @Test
    void a_cache_created_while_its_manager_is_closed() throws Exception {
        for (int i = 0; i < ROUNDS / 5; i++) {
            CacheManager closing = provider.getCacheManager(uri, getClass().getClassLoader());
            manager = closing;
            race(
                    () -> manager.createCache(
                            "c",
                            new MutableConfiguration<String, String>()
                                    .setTypes(String.class, String.class)
                                    .setStatisticsEnabled(true)),
                    closing::close);
            assertThat(beans("javax.cache")).as("round %s", i).isEmpty();
            assertThat(beans("io.distcache")).as("round %s", i).isEmpty();
        }
    }

    @Test
    void a_cache_destroyed_while_its_manager_is_closed() throws Exception {
        for (int i = 0; i < ROUNDS / 5; i++) {
            CacheManager closing = provider.getCacheManager(uri, getClass().getClassLoader());
            manager = closing;
            Cache<String, String> unused = create();
            race(
                    () -> {
                        for (String name : List.of("c", "d", "e", "f")) {
                            closing.destroyCache(name);
                        }
                    },
                    closing::close);
            assertThat(beans("io.distcache")).as("round %s", i).isEmpty();
        }
    }

    @Test
    void managers_got_while_their_provider_is_closed() throws Exception {
        for (int i = 0; i < ROUNDS / 5; i++) {
            race(
                    () -> {
                        CacheManager got =
                                provider.getCacheManager(uri, getClass().getClassLoader());
                        Cache<String, String> unused = got.createCache(
                                "c",
                                new MutableConfiguration<String, String>()
                                        .setTypes(String.class, String.class)
                                        .setStatisticsEnabled(true));
                    },
                    provider::close);
            provider.close();
            assertThat(beans("javax.cache")).as("round %s", i).isEmpty();
            assertThat(beans("io.distcache")).as("round %s", i).isEmpty();
        }
    }
}
