package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheClient;
import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.jcache.DistCachingProvider;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Reads that may be stale, where members do not end but stand still, or are cut off from each other, each in a network of its own: what is
 * read is the newest as long as anybody leads, and else something that was.
 */
@Timeout(240)
class StaleReadsCutOffIT {
    private static final int NODES = 3;
    private static final int PORT = 2050;
    private static final int KEYS = 30;
    private static final String TOKEN = "in-its-own-namespace";

    @TempDir
    private Path directory;

    private static PoolNetwork network;

    private final DistCachingProvider provider = new DistCachingProvider();
    private ReplicatedPool pool;
    private CacheManager manager;
    private Cache<String, Integer> cache;

    @BeforeAll
    static void makeNetwork() {
        network = PoolNetwork.of(NODES);
    }

    @AfterAll
    static void removeNetwork() {
        if (network != null) {
            network.close();
        }
    }

    @BeforeEach
    void start() {
        pool = ReplicatedPool.start(
                node -> NodeSetup.of(
                                "server.bind=" + network.address(node),
                                "server.auth-token=" + TOKEN,
                                "server.allow-plaintext=true")
                        .withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1")
                        .withPort(PORT)
                        .withCommandPrefix(network.inside(node))
                        .withDataDirectory(directory.resolve("n" + node)),
                NODES,
                "--token",
                TOKEN);
        Properties properties = new Properties();
        properties.setProperty("distcache.timeout", "20s");
        properties.setProperty("distcache.token", TOKEN);
        manager = provider.getCacheManager(URI.create(pool.uri("shop").toString()), null, properties);
        cache = manager.createCache("stale", new DistCacheConfiguration<String, Integer>().allowStaleReads(true));
        putAll(1);
    }

    @AfterEach
    void stop() {
        provider.close();
        pool.close();
    }

    private static Set<String> keys() {
        return IntStream.range(0, KEYS).mapToObj(i -> "k" + i).collect(Collectors.toSet());
    }

    private void putAll(int value) {
        keys().forEach(key -> cache.put(key, value));
    }

    private long staleReads() {
        return manager.unwrap(DistCacheClient.class).pool().staleReads();
    }

    private int leaderOf(String key) {
        DistCacheCommand.Ended status =
                DistCacheCommand.run("pool", "status", "--key", key, "--token", TOKEN, "--node", pool.members());
        return IntStream.range(0, NODES)
                .filter(node -> status.output().stream()
                        .anyMatch(line -> line.startsWith("key ") && line.endsWith("n" + (node + 1) + " leads")))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nobody leads: " + status.output()));
    }

    /** A read that no leader has answered may show what was put before, back to a value; all others the last. */
    private void assertNewest(String key, int value, int before) {
        long stale = staleReads();
        Integer read = cache.get(key);
        if (staleReads() == stale) {
            assertThat(read).as(key).isEqualTo(value);
        } else {
            assertThat(read).as("%s, stale", key).isBetween(before, value);
        }
    }

    @Test
    void with_a_leader_that_stands_still_the_newest_is_read_and_without_a_majority_what_the_last_one_has() {
        int frozen = leaderOf("k0");
        pool.node(frozen).pause();
        try {
            for (int value = 2; value < 6; value++) {
                putAll(value);
                for (String key : keys()) {
                    assertNewest(key, value, value - 1);
                }
            }
        } finally {
            pool.node(frozen).resume();
        }
        long whenWell = staleReads();
        for (int value = 6; value < 20; value++) {
            cache.put("k0", value);
            assertNewest("k0", value, value - 1);
        }
        System.out.println("a leader frozen and back: " + whenWell + " reads were stale");
        putAll(20);
        // With it all hear that what was put before is committed.
        putAll(20);

        List<Integer> others =
                IntStream.range(0, NODES).filter(node -> node != frozen).boxed().toList();
        others.forEach(node -> pool.node(node).pause());
        try {
            long before = staleReads();
            long begin = System.nanoTime();
            eventually(() -> assertThat(cache.getAll(keys())).hasSize(KEYS).containsValue(20));
            assertThat(staleReads()).isGreaterThan(before);
            System.out.println(
                    "two of three frozen: all was read after " + (System.nanoTime() - begin) / 1_000_000 + " ms");
        } finally {
            others.forEach(node -> pool.node(node).resume());
        }
        eventually(() -> cache.put("k0", 21));
        eventually(() -> {
            long before = staleReads();
            assertThat(cache.get("k0")).isEqualTo(21);
            assertThat(staleReads()).isEqualTo(before);
        });
    }

    @Test
    void a_member_that_is_cut_off_shows_its_old_values_as_stale_ones_only() {
        String failure = network.whyNotBetween();
        if (!failure.isEmpty()) {
            PoolNetwork.leaveOut("a member that is cut off from the others", "it needs iptables", failure);
        }
        int cutOff = leaderOf("k0");
        List<Integer> others =
                IntStream.range(0, NODES).filter(node -> node != cutOff).boxed().toList();
        putAll(1);
        // It hears that the last is committed while it still reaches the others.
        eventually(() -> assertThat(behind()).isZero());
        others.forEach(other -> network.between(cutOff, other, false));
        for (int value = 2; value < 6; value++) {
            putAll(value);
            for (String key : keys()) {
                // Who finds no leader for a moment may ask the one that is cut off.
                assertNewest(key, value, 1);
            }
        }
        others.forEach(other -> network.partition(other, true));
        eventually(() -> {
            long before = staleReads();
            for (String key : keys()) {
                assertThat(cache.get(key)).as(key).isEqualTo(1);
            }
            assertThat(staleReads() - before).isEqualTo(KEYS);
        });
        others.forEach(other -> {
            network.partition(other, false);
            network.between(cutOff, other, true);
        });
        eventually(() -> cache.put("k0", 6));
        eventually(() -> {
            long before = staleReads();
            assertThat(cache.get("k0")).isEqualTo(6);
            assertThat(cache.get("k1")).isEqualTo(5);
            assertThat(staleReads()).isEqualTo(before);
        });
    }

    /** How many entries the member that lacks most lacks, of all groups. */
    private static long most(List<String> lines) {
        return lines.stream()
                .flatMap(line -> java.util.regex.Pattern.compile("\"(?:mostBehind|applyLagEntries)\":(\\d+)")
                        .matcher(line)
                        .results())
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .max()
                .orElse(Long.MAX_VALUE);
    }

    private long behind() {
        return most(DistCacheCommand.run("pool", "status", "--json", "--token", TOKEN, "--node", pool.members())
                .output());
    }
}
