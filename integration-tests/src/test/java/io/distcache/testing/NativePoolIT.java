package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.IndeterminateException;
import io.distcache.client.Keyspace;
import io.distcache.client.NodeAddress;
import io.distcache.client.NodeListener;
import io.distcache.client.NodeStatus;
import io.distcache.client.UnreachableException;
import io.distcache.jcache.DistCacheConfiguration;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** The native API over several nodes, of which some are killed; {@link ExactlyOnceIT} does it to one that keeps its data. */
@Timeout(120)
class NativePoolIT {
    private static final int KILLED = 1;

    private static PoolOfNodes pool;

    private String cache;

    @BeforeAll
    static void start() {
        pool = PoolOfNodes.start(3, null);
    }

    @AfterAll
    static void stop() {
        pool.close();
    }

    @BeforeEach
    void name(TestInfo test) {
        cache = test.getTestMethod().orElseThrow().getName();
    }

    /** What was killed is there again, with nothing. */
    @AfterEach
    void restart() {
        if (!pool.node(KILLED).process().isAlive()) {
            pool.restart(KILLED);
        }
    }

    private void kill(DistCacheClient client) {
        pool.node(KILLED).kill();
        eventually(() -> assertThat(client.pool().nodes())
                .filteredOn(status ->
                        status.member().address().equals(pool.node(KILLED).address()))
                .extracting(NodeStatus::state)
                .containsExactly(NodeListener.State.DOWN));
    }

    private DistCacheClient connect(Duration callTimeout) {
        List<NodeAddress> addresses = Arrays.stream(pool.members().split(",", -1))
                .map(NodeAddress::parse)
                .toList();
        DistCacheClient client =
                DistCacheClient.connect(ClientConfig.of(addresses.toArray(NodeAddress[]::new)).toBuilder()
                        .namespace("pool")
                        .cache(cache)
                        .callTimeout(callTimeout)
                        .build());
        eventually(() -> assertThat(client.pool().nodes())
                .extracting(NodeStatus::state)
                .containsOnly(NodeListener.State.HEALTHY));
        return client;
    }

    private static List<String> named(int count) {
        return IntStream.range(0, count).mapToObj(i -> "key" + i).toList();
    }

    private static Map<String, Integer> entries(int count) {
        Map<String, Integer> entries = new LinkedHashMap<>();
        named(count).forEach(key -> entries.put(key, key.hashCode()));
        return entries;
    }

    @Test
    void many_entries_are_spread_over_the_nodes_and_read_scanned_and_removed_as_one() {
        try (DistCacheClient client = connect(Duration.ofSeconds(20))) {
            for (Keyspace keys : List.of(client, new JoinedKeyspace(client.async()))) {
                Map<String, Integer> entries = entries(5_000);
                keys.setMany(entries);
                assertThat(keys.size()).isEqualTo(5_000);
                eventually(() -> assertThat(client.pool().nodes())
                        .allSatisfy(
                                node -> assertThat(node.report().orElseThrow().entries())
                                        .isGreaterThan(500L)));
                Map<String, Integer> found = keys.gets(named(6_000));
                assertThat(found).isEqualTo(entries);
                assertThat(new ArrayList<>(found.keySet())).isEqualTo(named(5_000));
                assertThat(keys.<String, Integer>scan()
                                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)))
                        .isEqualTo(entries);
                assertThat(keys.<String, Integer>scanPrefix("key12").map(Map.Entry::getKey))
                        .containsExactlyInAnyOrderElementsOf(named(5_000).stream()
                                .filter(key -> key.startsWith("key12"))
                                .toList());
                List<Integer> sizes = new ArrayList<>();
                keys.<String, Integer>scan("key*", 300, page -> sizes.add(page.size()));
                assertThat(sizes).allMatch(size -> size > 0 && size <= 300);
                assertThat(sizes.stream().mapToInt(Integer::intValue).sum()).isEqualTo(5_000);
                assertThat(keys.deleteMany(named(4_000).subList(1_000, 4_000))).isEqualTo(3_000);
                assertThat(keys.size()).isEqualTo(2_000);
                keys.clear();
                assertThat(keys.size()).isZero();
                assertThat(keys.scan().count()).isZero();
            }
        }
    }

    @Test
    void counters_of_a_killed_node_start_anew_and_all_others_go_on_by_one() {
        try (DistCacheClient client = connect(Duration.ofSeconds(20))) {
            List<String> keys = named(60);
            keys.forEach(key -> assertThat(client.increment(key)).isEqualTo(1));
            keys.forEach(key -> assertThat(client.increment(key)).isEqualTo(2));
            kill(client);
            Map<String, Long> after = new LinkedHashMap<>();
            keys.forEach(key -> after.put(key, client.increment(key)));
            assertThat(new HashSet<>(after.values())).isEqualTo(Set.of(1L, 3L));
            Map<String, Long> staged = new LinkedHashMap<>();
            keys.forEach(key -> staged.put(
                    key, client.async().increment(key).toCompletableFuture().join()));
            assertThat(staged).allSatisfy((key, value) -> assertThat(value).isEqualTo(after.get(key) + 1));
            assertThat(client.<String, Long>gets(keys)).isEqualTo(staged);
        }
    }

    @Test
    void while_a_node_is_killed_no_increment_is_made_twice_nor_claimed_that_was_not_made() throws Exception {
        try (DistCacheClient client = connect(Duration.ofSeconds(2))) {
            AtomicBoolean done = new AtomicBoolean();
            AtomicInteger unknown = new AtomicInteger();
            AtomicInteger made = new AtomicInteger();
            AtomicInteger restarts = new AtomicInteger();
            List<CompletableFuture<Void>> threads = IntStream.range(0, 4)
                    .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                        // Each thread has counters of its own, so every reply says what has happened since the last.
                        long[] last = new long[30];
                        boolean[] open = new boolean[30];
                        for (int i = 0; !done.get(); i = (i + 1) % 30) {
                            try {
                                long now = client.increment("counter" + thread + "-" + i);
                                if (now == 1 && last[i] > 0) {
                                    restarts.incrementAndGet();
                                } else {
                                    assertThat(now).isBetween(last[i] + 1, last[i] + (open[i] ? 2 : 1));
                                }
                                last[i] = now;
                                open[i] = false;
                                made.incrementAndGet();
                            } catch (UnreachableException e) {
                                // Not made; the next says so if that is not true.
                            } catch (IndeterminateException e) {
                                open[i] = true;
                                unknown.incrementAndGet();
                            }
                        }
                    }))
                    .toList();
            eventually(() -> assertThat(made.get()).isGreaterThan(2_000));
            kill(client);
            int before = made.get();
            eventually(() -> assertThat(made.get()).isGreaterThan(before + 2_000));
            done.set(true);
            for (CompletableFuture<Void> thread : threads) {
                thread.get();
            }
            System.out.println("increments around a kill: " + made + " made, " + unknown + " of unknown outcome, "
                    + restarts + " counters started anew");
            assertThat(unknown.get())
                    .as("at most one call of each thread was on its way")
                    .isLessThanOrEqualTo(4);
            assertThat(restarts.get()).isBetween(1, 4 * 30);
        }
    }

    @Test
    void a_cache_whose_policy_is_to_throw_or_to_miss_is_served_so() {
        try (CacheManager manager = pool.client("policies");
                DistCacheClient client = connect(Duration.ofSeconds(5))) {
            manager.createCache(
                    "throws", new DistCacheConfiguration<>().failurePolicy(io.distcache.client.FailurePolicy.THROW));
            manager.createCache(
                    "misses", new DistCacheConfiguration<>().failurePolicy(io.distcache.client.FailurePolicy.MISS));
            Keyspace strict = client.keyspace("pool", "throws");
            Keyspace missing = client.keyspace("pool", "misses");
            strict.setMany(entries(50));
            missing.setMany(entries(50));
            kill(client);
            assertThatThrownBy(() -> strict.gets(named(50))).isInstanceOf(UnreachableException.class);
            assertThatThrownBy(strict::size).isInstanceOf(UnreachableException.class);
            Map<String, Integer> left = missing.gets(named(50));
            assertThat(left.size()).isBetween(1, 49);
            String gone = named(50).stream()
                    .filter(key -> !left.containsKey(key))
                    .findFirst()
                    .orElseThrow();
            assertThat(missing.<Object>get(gone)).isNull();
            assertThat(missing.exists(gone)).isFalse();
            for (Keyspace keys : List.of(strict, missing, new JoinedKeyspace(client.asyncKeyspace("pool", "misses")))) {
                assertThatThrownBy(() -> keys.increment(gone)).isInstanceOf(UnreachableException.class);
                assertThatThrownBy(() -> keys.add(gone, "v")).isInstanceOf(UnreachableException.class);
                assertThatThrownBy(() -> keys.append(gone, "v")).isInstanceOf(UnreachableException.class);
                assertThatThrownBy(() -> keys.ttl(gone)).isInstanceOf(UnreachableException.class);
            }
            missing.set(gone, "dropped");
            assertThat(missing.<Object>get(gone)).isNull();
        }
    }
}
