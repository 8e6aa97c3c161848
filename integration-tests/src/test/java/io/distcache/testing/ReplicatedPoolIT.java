package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.NodeListener;
import io.distcache.client.PoolStatus;
import io.distcache.client.UnreachableException;
import io.distcache.fixtures.Seed;
import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.jcache.DistCachingProvider;
import io.distcache.protocol.CacheDefinition;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.spi.CachingProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A replicated pool of three processes whose leaders are killed, frozen, stopped and started again, under load. */
@Timeout(180)
class ReplicatedPoolIT {
    private static final int NODES = 3;
    private static final int KEYS = 6;
    private static final long SEED = Seed.of(ReplicatedPoolIT.class, 20_261_130);
    /** What a call may take; a machine that builds elsewhere too is slow. */
    private static final Duration CALL_LIMIT = Duration.ofSeconds(10);
    /** An election timeout is 1 s; on a busy machine the rest takes some time, too. */
    private static final long FAILOVER_MILLIS = 8000;

    @TempDir
    private static Path directory;

    private static ReplicatedPool pool;

    private History history;

    @BeforeAll
    static void startNodes() {
        pool = ReplicatedPool.start(
                NodeSetup.of().withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1"), NODES, directory);
    }

    @AfterAll
    static void stopNodes() {
        pool.close();
    }

    @BeforeEach
    void begin() {
        try (DistCacheClient client = DistCacheClient.connect(config())) {
            client.clear();
        }
        history = History.begin(config(), KEYS, SEED);
        eventually(() -> assertThat(history.answered()).isGreaterThan(200));
        history.measureAnew();
    }

    /** The next test finds a pool that is well. */
    @AfterEach
    void end() {
        history.close();
        for (int node = 0; node < NODES; node++) {
            if (!pool.node(node).process().isAlive()) {
                pool.startAgain(node);
            }
        }
        awaitWell();
    }

    private static ClientConfig config() {
        return ClientConfig.parse(pool.members()).toBuilder()
                .callTimeout(CALL_LIMIT)
                .connectTimeout(CALL_LIMIT)
                .build();
    }

    private static void awaitWell() {
        try (DistCacheClient client = DistCacheClient.connect(config())) {
            eventually(() -> {
                PoolStatus status = client.pool();
                assertThat(status.nodes()).allMatch(node -> node.state() == NodeListener.State.HEALTHY);
                assertThat(status.groupsWithoutLeader()).isZero();
            });
        }
    }

    private static int leaderOf(String key) {
        DistCacheCommand.Ended status = DistCacheCommand.run("pool", "status", "--key", key, "--node", pool.members());
        for (int node = 0; node < NODES; node++) {
            String leads = "n" + (node + 1) + " leads";
            if (status.output().stream().anyMatch(line -> line.startsWith("key ") && line.endsWith(leads))) {
                return node;
            }
        }
        throw new IllegalStateException("nobody leads " + key + ": " + status.output());
    }

    private void awaitWritesOfAllKeysAfter(long nanos) {
        eventually(() -> assertThat(history.leastLastWriteNanos()).isGreaterThan(nanos));
    }

    private void assertRight(String what) throws InterruptedException {
        System.out.println("replicated pool, " + what + ": no key was unwritable for longer than "
                + history.longestGapMillis() + " ms, the longest call took " + history.longestCallMillis() + " ms, "
                + history.failures().size() + " calls failed, " + history.answered() + " were answered");
        assertThat(history.judge()).isEmpty();
    }

    @Test
    void a_leader_that_is_killed_costs_a_pause_and_no_call() throws InterruptedException {
        int leader = leaderOf(History.name(0));
        pool.node(leader).kill();
        awaitWritesOfAllKeysAfter(System.nanoTime());
        assertThat(history.longestGapMillis()).isLessThan(FAILOVER_MILLIS);
        pool.startAgain(leader);
        awaitWell();
        assertRight("kill -9 of a leader");
        assertThat(history.failures()).isEmpty();
    }

    @Test
    void a_frozen_leader_is_replaced_and_answers_nothing_stale_when_it_goes_on() throws InterruptedException {
        int leader = leaderOf(History.name(0));
        pool.node(leader).pause();
        try {
            awaitWritesOfAllKeysAfter(System.nanoTime());
        } finally {
            pool.node(leader).resume();
        }
        awaitWritesOfAllKeysAfter(System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
        assertRight("SIGSTOP of a leader");
    }

    @Test
    void a_rolling_restart_costs_no_call() throws InterruptedException {
        for (int node = 0; node < NODES; node++) {
            NodeProcess stopping = pool.node(node);
            assertThat(stopping.stop()).as("%s", stopping.process().lines()).isZero();
            pool.startAgain(node);
            awaitWell();
        }
        assertRight("rolling restart");
        assertThat(history.failures()).isEmpty();
    }

    @Test
    void without_a_majority_calls_say_so_and_with_one_all_goes_on() throws InterruptedException {
        ClientConfig impatient =
                config().toBuilder().callTimeout(Duration.ofSeconds(2)).build();
        try (DistCacheClient client = DistCacheClient.connect(impatient)) {
            client.set("other", 0L);
            pool.node(0).kill();
            pool.node(1).kill();
            eventually(() -> assertThatThrownBy(() -> client.set("other", 1L))
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageContaining("reaches 1 of 3 members; a majority of 2 has to run")
                    .hasMessageContaining("n1 (" + pool.node(0).address() + ") is down")
                    .hasMessageContaining("n2 (" + pool.node(1).address() + ") is down"));
            assertThatThrownBy(() -> client.remote().open(CacheDefinition.of("shop", "pens")))
                    .isInstanceOf(UnreachableException.class)
                    .hasMessageContaining("opening cache pens was not done")
                    .hasMessageContaining("reaches 1 of 3 members; a majority of 2 has to run")
                    .hasMessageContaining("n1 (" + pool.node(0).address() + ") is down");
            for (List<String> command : List.of(List.of("health"), List.of("pool", "list"))) {
                assertThat(run(command).output())
                        .contains(
                                "fewer than 2 of 3 nodes are there: nothing can be read or written until more are. Should"
                                        + " they never come back, see: distcache pool force-recover --help")
                        .anyMatch(line -> line.contains("of n1, n2, n3, 7 of 7 groups without a leader"));
            }
            pool.startAgain(0);
            awaitWritesOfAllKeysAfter(System.nanoTime());
        }
        assertRight("a majority lost and back");
    }

    private static DistCacheCommand.Ended run(List<String> command) {
        List<String> arguments = new ArrayList<>(command);
        arguments.addAll(List.of("--node", pool.members()));
        return DistCacheCommand.run(arguments.toArray(String[]::new));
    }

    @Test
    void health_and_the_list_know_a_pool_that_is_well() {
        for (List<String> command : List.of(List.of("health"), List.of("pool", "list"))) {
            DistCacheCommand.Ended ended = run(command);
            assertThat(ended.output())
                    .anyMatch(line -> line.contains("of n1, n2, n3, 6 groups of keys, each with a leader"))
                    .noneMatch(line -> line.contains("no pool"));
            assertThat(ended.exitCode()).isZero();
        }
        assertThat(run(List.of("health", "--json")).output())
                .anyMatch(line -> line.contains("\"replicatedPool\":") && line.contains("\"groupsWithoutLeader\":0"));
    }

    @Test
    void all_killed_at_once_come_back_with_all_that_was_acknowledged() throws InterruptedException {
        List<Thread> killers = new ArrayList<>();
        for (NodeProcess node : pool.nodes()) {
            Thread killer = new Thread(node::kill);
            killers.add(killer);
            killer.start();
        }
        for (Thread killer : killers) {
            killer.join();
        }
        for (int node = 0; node < NODES; node++) {
            pool.startAgain(node);
        }
        awaitWritesOfAllKeysAfter(System.nanoTime());
        assertRight("kill -9 of all");
    }

    /** A cache that is not logged lives with the leaders of its entries, and begins anew with the next ones. */
    @Test
    void what_is_not_logged_goes_with_its_leader_and_nothing_else_does() throws Exception {
        try (CachingProvider provider = new DistCachingProvider();
                CacheManager manager = provider.getCacheManager(pool.uri("unlogged"), null, withTime())) {
            Cache<String, Integer> unlogged =
                    manager.createCache("unlogged", new DistCacheConfiguration<String, Integer>().logged(false));
            Cache<String, Integer> logged =
                    manager.createCache("logged", new DistCacheConfiguration<String, Integer>());
            // Groups go to the members that are to lead them some time after the last test; what is not logged goes
            // then.
            eventually(() -> {
                for (int i = 0; i < 50; i++) {
                    unlogged.put("k" + i, i);
                    logged.put("k" + i, i);
                }
                assertThat(IntStream.range(0, 50))
                        .allMatch(i -> Integer.valueOf(i).equals(unlogged.get("k" + i)));
            });

            pool.node(leaderOf("k0")).kill();
            assertThat(unlogged.get("k0")).isNull();
            assertThat(unlogged.putIfAbsent("k0", -1)).isTrue();
            assertThat(unlogged.get("k0")).isEqualTo(-1);
            assertThat(IntStream.range(0, 50)).allMatch(i -> Integer.valueOf(i).equals(logged.get("k" + i)));
        }
        assertRight("killed, with a cache that is not logged");
    }

    private static Properties withTime() {
        Properties properties = new Properties();
        properties.setProperty("distcache.timeout", CALL_LIMIT.toMillis() + "ms");
        return properties;
    }
}
