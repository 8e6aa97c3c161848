package io.distcache.jcache;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.FactoryBuilder.SingletonFactory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryListenerException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * On an embedded node, a synchronous listener that blocks in the application's code costs one call the limit, and not each: neither in
 * its own manager nor in others. Once it goes on and has caught up, calls wait for it again.
 */
@Timeout(60)
class BlockedListenerTest {
    private static final Duration LIMIT = Duration.ofMillis(1500);
    private static final Duration GOOD = Duration.ofSeconds(1);
    private static final int CALLS = 20;

    private final DistCachingProvider provider = new DistCachingProvider();
    private final Blocking listener = new Blocking();
    private final CacheManager manager = manager(getClass().getClassLoader());
    private final Cache<String, String> cache = listened();

    /** Runs while there are permits. */
    private static final class Blocking implements CacheEntryCreatedListener<String, String> {
        final Semaphore permits = new Semaphore(Integer.MAX_VALUE);
        final AtomicInteger ran = new AtomicInteger();

        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends String, ? extends String>> events) {
            permits.acquireUninterruptibly();
            ran.incrementAndGet();
            events.forEach(event -> {
                if (event.getKey().startsWith("refused")) {
                    throw new CacheEntryListenerException("refused");
                }
            });
        }

        void block() {
            permits.drainPermits();
        }

        void goOn() {
            permits.release(1_000_000);
        }
    }

    private CacheManager manager(ClassLoader loader) {
        return provider.getCacheManager(
                URI.create("distcache:embedded/blocked?lease-limit=1500ms&lease.listener-limit=1500ms"), loader);
    }

    private Cache<String, String> listened() {
        Configuration<String, String> configuration = new MutableConfiguration<String, String>()
                .setTypes(String.class, String.class)
                .addCacheEntryListenerConfiguration(new MutableCacheEntryListenerConfiguration<>(
                        new SingletonFactory<>(listener), null, false, true));
        return manager.createCache("listened", configuration);
    }

    @AfterEach
    void close() {
        listener.goOn();
        provider.close();
    }

    private static Duration time(Runnable call) {
        long began = System.nanoTime();
        call.run();
        return Duration.ofNanos(System.nanoTime() - began);
    }

    private static void putMany(Cache<String, String> cache, String prefix) {
        for (int i = 0; i < CALLS; i++) {
            String key = prefix + i;
            assertThat(time(() -> cache.put(key, "v"))).as(key).isLessThan(GOOD);
        }
        Map<String, String> more =
                IntStream.range(0, 100).boxed().collect(Collectors.toMap(i -> prefix + "many" + i, i -> "v"));
        assertThat(time(() -> cache.putAll(more))).as("putAll").isLessThan(GOOD);
        assertThat(time(() -> cache.invoke(prefix + "invoked", (entry, arguments) -> {
                    entry.setValue("v");
                    return "";
                })))
                .as("invoke")
                .isLessThan(GOOD);
    }

    @Test
    void only_one_call_waits_for_a_listener_of_its_own_manager_that_blocks() {
        listener.block();
        Duration first = time(() -> assertThatThrownBy(() -> cache.put("first", "v"))
                .isInstanceOf(CacheEntryListenerException.class)
                .hasMessageContaining("took over 1500ms; the change was made"));
        assertThat(first).isGreaterThanOrEqualTo(LIMIT);
        putMany(cache, "k");
        assertThat(listener.ran).hasValue(0);

        listener.goOn();
        eventually(() -> assertThat(listener.ran).as("it is told of all").hasValue(CALLS + 102));
        waits_for_it_and_hears_what_it_throws();
    }

    private void waits_for_it_and_hears_what_it_throws() {
        AtomicInteger attempts = new AtomicInteger();
        eventually(() -> assertThatThrownBy(() -> cache.put("refused" + attempts.incrementAndGet(), "v"))
                .isInstanceOf(CacheEntryListenerException.class)
                .hasMessageContaining("refused"));
        for (int i = 0; i < CALLS; i++) {
            int before = listener.ran.get();
            cache.put("again" + i, "v");
            assertThat(listener.ran).hasValue(before + 1);
        }
    }

    @Test
    void one_that_is_always_slow_is_waited_for_twice_and_then_no_more() {
        for (int i = 0; i < 2; i++) {
            String key = "slow" + i;
            listener.block();
            assertThatThrownBy(() -> cache.put(key, "v")).isInstanceOf(CacheEntryListenerException.class);
            listener.permits.release();
            int ran = i + 1;
            eventually(() -> assertThat(listener.ran).hasValue(ran));
        }
        putMany(cache, "k");
    }

    @Test
    void only_one_call_of_another_manager_waits_for_it() throws Exception {
        try (URLClassLoader other = new URLClassLoader(new URL[0], getClass().getClassLoader())) {
            Cache<String, String> theirs = manager(other).getCache("listened", String.class, String.class);
            assertThat(theirs).isNotNull();
            listener.block();
            assertThat(time(() -> theirs.put("first", "v"))).isGreaterThanOrEqualTo(LIMIT);
            putMany(theirs, "k");
            assertThat(listener.ran).hasValue(0);

            listener.goOn();
            eventually(() -> assertThat(listener.ran).hasValue(CALLS + 102));
            eventually(() -> {
                int before = listener.ran.get();
                theirs.put("again" + before, "v");
                assertThat(listener.ran).hasValue(before + 1);
            });
            for (int i = 0; i < CALLS; i++) {
                int before = listener.ran.get();
                theirs.put("more" + i, "v");
                assertThat(listener.ran).hasValue(before + 1);
            }
        }
    }
}
