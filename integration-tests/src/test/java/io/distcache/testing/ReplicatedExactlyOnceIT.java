package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.Keyspace;
import io.distcache.client.Member;
import io.distcache.jcache.ComputingCache;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.processor.EntryProcessor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Exactly once across the loss of leaders: processors, increments, chains of getAndPut and computations go on while one node of three after
 * another is killed, stopped and started again. No call fails, and every change is there once.
 */
@Timeout(240)
class ReplicatedExactlyOnceIT {
    private static final int KEYS = 6;
    private static final int KILLS = Integer.getInteger("distcache.testing.kill-cycles", 3);

    @TempDir
    private Path directory;

    private final ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean ends;

    /** Calls something again and again, with the number of the call, until the test ends; returns how often it was done. */
    private AtomicLong repeat(String name, LongConsumer call) {
        AtomicLong done = new AtomicLong();
        Thread thread = new Thread(
                () -> {
                    for (long i = 0; !ends; i++) {
                        try {
                            call.accept(i);
                            done.incrementAndGet();
                        } catch (RuntimeException e) {
                            failures.add(new AssertionError(name + ", call " + i, e));
                        }
                    }
                },
                name);
        threads.add(thread);
        thread.start();
        return done;
    }

    @Test
    void no_call_fails_and_every_change_is_made_once_while_leaders_are_killed_and_stopped() throws Exception {
        try (ReplicatedPool pool = ReplicatedPool.start(NodeSetup.of(), 3, directory)) {
            CacheManager manager = Caching.getCachingProvider()
                    .getCacheManager(
                            URI.create(pool.uri("once") + "?timeout=30s"),
                            getClass().getClassLoader());
            Cache<String, Long> cache = manager.createCache(
                    "numbers", new MutableConfiguration<String, Long>().setTypes(String.class, Long.class));
            EntryProcessor<String, Long, Long> increment = (entry, arguments) -> {
                long next = entry.exists() ? entry.getValue() + 1 : 1;
                entry.setValue(next);
                return next;
            };
            try (DistCacheClient client = DistCacheClient.connect(ClientConfig.builder()
                    .members(List.of(new Member("n1", pool.node(0).address(), 1)))
                    // As for the cache: an election on a busy machine may take longer than the 2 s that calls have by
                    // default.
                    .callTimeout(Duration.ofSeconds(30))
                    .build())) {
                Keyspace counters = client.keyspace("once", "counters");
                Map<String, AtomicLong> invoked = new HashMap<>();
                Map<String, AtomicLong> added = new HashMap<>();
                for (int i = 0; i < KEYS; i++) {
                    String key = "key" + i;
                    invoked.put(key, repeat("invoke " + key, n -> cache.invoke(key, increment)));
                    added.put(key, repeat("increment " + key, n -> counters.increment(key)));
                }
                // A shared counter: several threads, processors that share leases.
                AtomicLong shared1 = repeat("invoke shared", n -> cache.invoke("shared", increment));
                AtomicLong shared2 = repeat("invoke shared, too", n -> cache.invoke("shared", increment));
                AtomicLong chain = repeat("chain", n -> {
                    Long before = cache.getAndPut("chain", n);
                    assertBefore(before, n == 0 ? null : n - 1);
                });
                AtomicLong removals = repeat("getAndRemove", n -> {
                    cache.put("removed", n);
                    assertBefore(cache.getAndRemove("removed"), n);
                });
                ComputingCache<String, Long> computing = computing(cache);
                AtomicLong computed = repeat("getOrCompute", n -> {
                    try {
                        assertBefore(computing.getOrCompute("computed" + n, () -> n), n);
                    } catch (Exception e) {
                        throw e instanceof RuntimeException same ? same : new IllegalStateException(e);
                    }
                });
                TimeUnit.SECONDS.sleep(2);
                for (int i = 0; i < KILLS; i++) {
                    int number = i % 3;
                    pool.node(number).kill();
                    TimeUnit.MILLISECONDS.sleep(2500);
                    pool.startAgain(number);
                    TimeUnit.MILLISECONDS.sleep(3500);
                }
                pool.node(0).stop();
                TimeUnit.MILLISECONDS.sleep(1500);
                pool.startAgain(0);
                TimeUnit.SECONDS.sleep(2);
                ends = true;
                for (Thread thread : threads) {
                    thread.join(TimeUnit.SECONDS.toMillis(60));
                }
                System.out.println("exactly once, replicated: invoked " + invoked + ", added " + added + ", shared "
                        + shared1 + " + " + shared2 + ", chain " + chain + ", removals " + removals + ", computed "
                        + computed + ", sent again " + client.pool().repeatedChanges() + ", failed "
                        + failures.size());
                failures.forEach(Throwable::printStackTrace);
                assertThat(failures).isEmpty();
                invoked.forEach(
                        (key, done) -> assertThat(cache.get(key)).as(key).isEqualTo(done.get()));
                added.forEach((key, done) ->
                        assertThat(counters.increment(key, 0)).as(key).isEqualTo(done.get()));
                assertThat(cache.get("shared")).isEqualTo(shared1.get() + shared2.get());
                assertThat(cache.get("chain")).isEqualTo(chain.get() - 1);
                assertThat(chain.get() * removals.get() * computed.get()).isPositive();
            } finally {
                ends = true;
                manager.close();
            }
        }
    }

    @SuppressWarnings("unchecked")
    private static ComputingCache<String, Long> computing(Cache<String, Long> cache) {
        return cache.unwrap(ComputingCache.class);
    }

    private static void assertBefore(@Nullable Long before, @Nullable Long expected) {
        if (!Objects.equals(before, expected)) {
            throw new IllegalStateException("got " + before + " and not " + expected);
        }
    }
}
