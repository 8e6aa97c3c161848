package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.DistCacheClient;
import io.distcache.client.UnreachableException;
import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.jcache.DistCachingProvider;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.management.ObjectName;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three processes, two of which are killed: what the third one has is read by those who would rather see something old than nothing. */
@Timeout(240)
class StaleReadsPoolIT {
    private static final int NODES = 3;
    private static final int SURVIVOR = 2;
    private static final int KEYS = 100;
    private static final Duration CALL_LIMIT = Duration.ofSeconds(10);

    @TempDir
    private static Path directory;

    private static ReplicatedPool pool;

    private final DistCachingProvider provider = new DistCachingProvider();

    @BeforeAll
    static void startNodes() {
        pool = ReplicatedPool.start(
                NodeSetup.of().withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1"), NODES, directory);
    }

    @AfterAll
    static void stopNodes() {
        pool.close();
    }

    private CacheManager manager(String name, Duration limit) {
        Properties properties = new Properties();
        properties.setProperty("distcache.timeout", limit.toMillis() + "ms");
        properties.setProperty("distcache.client-name", name);
        return provider.getCacheManager(
                java.net.URI.create(pool.uri("shop") + "?client-name=" + name), null, properties);
    }

    private static DistCacheConfiguration<String, Integer> allowing() {
        return new DistCacheConfiguration<String, Integer>().allowStaleReads(true);
    }

    private static Set<String> keys() {
        return IntStream.range(0, KEYS).mapToObj(i -> "k" + i).collect(Collectors.toSet());
    }

    private static void putAll(Cache<String, Integer> cache, int value) {
        keys().forEach(key -> cache.put(key, value));
    }

    /** What was put before the last round of puts is applied everywhere, once all members have that round in their logs. */
    private static void awaitLogsOfAll() {
        eventually(() -> assertThat(DistCacheCommand.run("health", "--json", "--node", pool.members())
                        .output())
                .anyMatch(line -> line.contains("\"groupsWithoutLeader\":0"))
                .anyMatch(line -> line.contains("\"mostBehind\":0"))
                .noneMatch(line -> line.matches(".*\"mostBehind\":[1-9].*")));
    }

    private static void saysThatThereIsNoMajority(ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOf(CacheException.class)
                .cause()
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("no leader of group")
                .hasMessageContaining("reaches 1 of 3 members; a majority of 2 has to run")
                .hasMessageContaining("n1 (" + pool.node(0).address() + ") is down");
    }

    private static long staleReads(CacheManager manager) {
        return manager.unwrap(DistCacheClient.class).pool().staleReads();
    }

    @Test
    void what_was_acknowledged_is_read_while_a_majority_is_lost_and_the_newest_when_it_is_back() throws Exception {
        CacheManager patient = manager("patient", CALL_LIMIT);
        CacheManager impatient = manager("impatient", Duration.ofSeconds(1));
        Cache<String, Integer> stale = patient.createCache("stale", allowing());
        Cache<String, Integer> strict = patient.createCache("strict", new DistCacheConfiguration<String, Integer>());
        Cache<String, Integer> staleAtOnce = impatient.getCache("stale");
        Cache<String, Integer> strictAtOnce = impatient.getCache("strict");
        putAll(stale, 1);
        putAll(strict, 1);
        // Of each group something after it: with that it comes that what was before is committed.
        putAll(strict, 2);
        awaitLogsOfAll();
        assertThat(stale.getAll(keys())).hasSize(KEYS);
        assertThat(staleReads(patient)).isZero();

        pool.node(0).kill();
        pool.node(1).kill();

        // An election would have found a leader by then, and who still led has found out that it does not.
        long lost = System.nanoTime();
        assertThat(stale.get("k0")).isEqualTo(1);
        eventually(() -> {
            long before = staleReads(patient);
            keys().forEach(key -> assertThat(stale.get(key)).isEqualTo(1));
            assertThat(staleReads(patient) - before).isEqualTo(KEYS);
        });
        long begin = System.nanoTime();
        for (String key : keys()) {
            assertThat(stale.get(key)).isEqualTo(1);
        }
        assertThat(stale.getAll(keys())).hasSize(KEYS).containsValue(1).doesNotContainValue(2);
        assertThat(stale.containsKey("k1")).isTrue();
        assertThat(stale.containsKey("other")).isFalse();
        assertThat(stale.get("other")).isNull();
        long tookMillis = (System.nanoTime() - begin) / 1_000_000;
        System.out.println("all reads were answered " + (begin - lost) / 1_000_000
                + " ms after the majority was lost; then those of " + KEYS + " keys one by one and together took "
                + tookMillis + " ms");
        assertThat(tookMillis).isLessThan(CALL_LIMIT.toMillis());
        assertThat(staleReads(patient)).isGreaterThanOrEqualTo(3 * KEYS + 3);

        saysThatThereIsNoMajority(() -> staleAtOnce.put("k0", 3));
        saysThatThereIsNoMajority(() -> staleAtOnce.getAndPut("k0", 3));
        saysThatThereIsNoMajority(() -> strictAtOnce.get("k0"));
        saysThatThereIsNoMajority(() -> strictAtOnce.getAll(Set.of("k0")));
        assertThat(staleAtOnce.get("k0")).isEqualTo(1);

        // A client that starts now.
        CacheManager late = manager("late", CALL_LIMIT);
        assertThat(late.<String, Integer>getCache("stale").get("k0")).isEqualTo(1);

        // A member that starts while nobody leads does not know what was agreed on, and does not say that nothing was.
        pool.startAgain(SURVIVOR);
        for (int i = 0; i < 3; i++) {
            assertThatThrownBy(() -> staleAtOnce.get("k0")).isInstanceOf(CacheException.class);
        }

        long answered = staleReads(patient);
        pool.startAgain(0);
        eventually(() -> stale.put("k0", 4));
        for (int i = 5; i < 200; i++) {
            stale.put("k0", i);
            assertThat(staleAtOnce.get("k0")).isEqualTo(i);
        }
        assertThat(stale.getAll(keys())).hasSize(KEYS);
        assertThat(strict.get("k1")).isEqualTo(2);
        assertThat(staleReads(patient)).isEqualTo(answered);
        ObjectName bean =
                ManagementFactory.getPlatformMBeanServer()
                        .queryNames(new ObjectName("io.distcache:type=Pool,*"), null)
                        .stream()
                        .filter(name -> name.toString().contains("patient")
                                && !name.toString().contains("impatient"))
                        .findFirst()
                        .orElseThrow();
        assertThat(ManagementFactory.getPlatformMBeanServer().getAttribute(bean, "StaleReads"))
                .isEqualTo(answered);
        List.of(patient, impatient, late).forEach(CacheManager::close);
    }
}
