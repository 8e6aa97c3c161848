package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static io.distcache.testing.PoolChecks.CALL_LIMIT_MILLIS;
import static io.distcache.testing.PoolChecks.MARGIN_MILLIS;
import static io.distcache.testing.PoolChecks.assertWellAgain;
import static io.distcache.testing.PoolChecks.awaitDown;
import static io.distcache.testing.PoolChecks.awaitHealthy;
import static io.distcache.testing.PoolChecks.cache;
import static io.distcache.testing.PoolChecks.nodes;
import static io.distcache.testing.PoolChecks.pause;
import static io.distcache.testing.PoolChecks.threads;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.DistCacheClient;
import io.distcache.client.FailurePolicy;
import io.distcache.client.IndeterminateException;
import io.distcache.client.NodeListener;
import io.distcache.client.UnreachableException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.management.ObjectName;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A pool of three real nodes: what becomes of calls and entries when nodes die, freeze, stop and come back. */
@Timeout(120)
class PoolIT {
    @TempDir
    private static Path kept;
    /** Pools of three, which several tests use one after the other: one in memory, and one with data. */
    private static final Map<Boolean, PoolOfNodes> SHARED = new HashMap<>();

    @TempDir
    private Path data;

    private final List<CacheManager> managers = new ArrayList<>();
    private PoolOfNodes pool;

    @AfterEach
    void leave() {
        if (!SHARED.containsValue(pool)) {
            managers.forEach(CacheManager::close);
            pool.close();
            return;
        }
        pool.restartDead();
        managers.forEach(PoolChecks::awaitHealthy);
        managers.get(0).getCacheNames().forEach(managers.get(0)::destroyCache);
        managers.forEach(CacheManager::close);
    }

    @AfterAll
    static void stop() {
        SHARED.values().forEach(PoolOfNodes::close);
        SHARED.clear();
    }

    /** A pool of three that is whole, and has no entries. */
    private static PoolOfNodes shared(boolean withData) {
        return SHARED.computeIfAbsent(withData, with -> PoolOfNodes.start(3, with ? kept : null));
    }

    private CacheManager client(String name) {
        CacheManager manager = pool.client(name);
        managers.add(manager);
        return manager;
    }

    private List<Cache<Integer, Long>> twoClients() {
        List<Cache<Integer, Long>> caches = new ArrayList<>();
        caches.add(cache(client("one")));
        caches.add(cache(client("two")));
        return caches;
    }

    @Test
    void keys_are_spread_and_everything_on_many_entries_comes_back_in_one_answer() {
        pool = shared(false);
        Cache<Integer, Long> cache = cache(client("one"));
        Map<Integer, Long> all = new HashMap<>();
        IntStream.range(0, 3000).forEach(i -> all.put(i, (long) i));

        cache.putAll(all);

        assertThat(cache.getAll(all.keySet())).isEqualTo(all);
        Map<Integer, Long> walked = new HashMap<>();
        cache.forEach(entry ->
                assertThat(walked.put(entry.getKey(), entry.getValue())).isNull());
        assertThat(walked).isEqualTo(all);
        pause(1200);
        nodes(managers.get(0))
                .forEach(node ->
                        assertThat(node.report().orElseThrow().entries()).isBetween(700L, 1300L));
        cache.removeAll(IntStream.range(0, 1000).boxed().collect(Collectors.toSet()));
        assertThat(cache.getAll(Set.of(999, 1000))).containsOnlyKeys(1000);
        cache.removeAll();
        assertThat(cache.iterator().hasNext()).isFalse();
        cache.putAll(all);
        cache.clear();
        assertThat(cache.getAll(all.keySet())).isEmpty();
        // A client that is told of one node only finds the others.
        try (CacheManager seeded =
                Caching.getCachingProvider().getCacheManager(pool.node(1).uri("pool"), PoolIT.class.getClassLoader())) {
            cache.put(1, 11L);
            assertThat(seeded.<Integer, Long>getCache("numbers", Integer.class, Long.class)
                            .get(1))
                    .isEqualTo(11);
            assertThat(nodes(seeded)).hasSize(3);
        }
    }

    @Test
    void a_killed_node_is_down_within_two_seconds_and_its_keys_are_served_elsewhere_until_it_is_back_empty() {
        pool = shared(false);
        List<Cache<Integer, Long>> caches = twoClients();
        PoolLoad load = PoolLoad.start(caches, 3);
        pause(1500);
        long threads = threads();

        long killed = System.nanoTime();
        pool.node(1).kill();
        for (CacheManager manager : managers) {
            long millis = awaitDown(manager, pool.node(1).address(), killed);
            System.out.println("pool: killed node held for down after " + millis + " ms");
            assertThat(millis).isLessThan(2000);
        }
        pause(500);
        long failedByThen = load.failed();
        pause(2000);
        assertThat(load.failed())
                .as("calls that failed while the node was down")
                .isEqualTo(failedByThen);

        pool.restart(1);
        assertWellAgain("kill -9, back empty", load, threads, managers);
    }

    @Test
    void a_killed_node_that_comes_back_with_its_data_gives_out_nothing_that_was_overwritten() {
        pool = shared(true);
        List<Cache<Integer, Long>> caches = twoClients();
        PoolLoad load = PoolLoad.start(caches, 3);
        long threads = threads();
        for (int node = 0; node < 3; node++) {
            pause(1000);
            pool.node(node).kill();
            pause(1500);
            pool.restart(node);
            managers.forEach(PoolChecks::awaitHealthy);
        }
        assertWellAgain("kill -9 of each, back with data", load, threads, managers);
    }

    @Test
    void a_frozen_node_is_down_within_five_seconds_and_does_not_carry_out_late_what_it_was_sent() {
        pool = shared(false);
        List<Cache<Integer, Long>> caches = twoClients();
        PoolLoad load = PoolLoad.start(caches, 3);
        pause(1500);
        long threads = threads();

        long frozen = System.nanoTime();
        pool.node(2).pause();
        for (CacheManager manager : managers) {
            long millis = awaitDown(manager, pool.node(2).address(), frozen);
            System.out.println("pool: frozen node held for down after " + millis + " ms");
            assertThat(millis).isLessThan(5000);
        }
        pause(2000);
        pool.node(2).resume();
        assertWellAgain("SIGSTOP, SIGCONT", load, threads, managers);
    }

    @Test
    void jmx_tells_how_every_node_is() throws Exception {
        pool = PoolOfNodes.start(2, null);
        CacheManager manager = client("one");
        Cache<Integer, Long> cache = cache(manager);
        IntStream.range(0, 500).forEach(i -> cache.put(i, 1L));
        var server = ManagementFactory.getPlatformMBeanServer();
        var names = server.queryNames(new ObjectName("io.distcache:type=Node,*"), null);
        assertThat(names).hasSize(2);
        eventually(() -> {
            long entries = 0;
            for (var name : names) {
                assertThat(server.getAttribute(name, "State")).isEqualTo("serving");
                assertThat(server.getAttribute(name, "PoolEpoch")).isEqualTo(1L);
                entries += (long) server.getAttribute(name, "Entries");
            }
            assertThat(entries).isEqualTo(500);
        });
        String address = pool.node(0).address();
        pool.node(0).kill();
        awaitDown(manager, address, System.nanoTime());
        var poolName = server.queryNames(new ObjectName("io.distcache:type=Pool,*"), null)
                .iterator()
                .next();
        assertThat((String[]) server.getAttribute(poolName, "Down")).containsExactly(address);
        IntStream.range(0, 100).forEach(cache::get);
        assertThat((long) server.getAttribute(poolName, "ServedElsewhere")).isBetween(20L, 80L);
    }

    @Test
    void a_short_pause_flaps_no_node() {
        pool = shared(false);
        Cache<Integer, Long> cache = cache(client("one"));
        List<String> heard = new CopyOnWriteArrayList<>();
        managers.get(0).unwrap(DistCacheClient.class).addListener(new NodeListener() {
            @Override
            public void stateChanged(String node, State state, String reason) {
                heard.add(state + " " + node + ": " + reason);
            }
        });
        pool.node(0).pause();
        pause(1700);
        pool.node(0).resume();
        for (int i = 0; i < 100; i++) {
            cache.put(i, (long) i);
            assertThat(cache.get(i)).isEqualTo(i);
        }
        pause(1500);
        assertThat(heard).noneMatch(change -> change.startsWith("DOWN"));
    }

    @Test
    void a_rolling_restart_costs_no_call() {
        pool = shared(true);
        List<Cache<Integer, Long>> caches = twoClients();
        PoolLoad load = PoolLoad.start(caches, 3);
        long threads = threads();
        for (int node = 0; node < 3; node++) {
            pause(1000);
            assertThat(pool.node(node).stop()).isZero();
            pause(500);
            pool.restart(node);
            managers.forEach(PoolChecks::awaitHealthy);
        }
        assertWellAgain("rolling restart", load, threads, managers);
        assertThat(load.failed()).isZero();
    }

    @Test
    void a_pool_in_which_nobody_wrote_elsewhere_loses_nothing_by_a_restart() {
        // Those that come back first wait for the others, on a busy machine too.
        pool = PoolOfNodes.start(3, data, "pool.return-wait=60s");
        Cache<Integer, Long> cache = cache(client("one"));
        IntStream.range(0, 2000).forEach(i -> cache.put(i, (long) i));
        for (int node = 0; node < 3; node++) {
            pool.node(node).kill();
        }
        for (int node = 0; node < 3; node++) {
            pool.restart(node);
        }
        awaitHealthy(managers.get(0));
        Cache<Integer, Long> other = cache(client("two"));
        for (int i = 0; i < 2000; i++) {
            assertThat(cache.get(i)).isEqualTo(i);
            assertThat(other.get(i)).isEqualTo(i);
        }
    }

    @Test
    void what_a_client_wrote_elsewhere_before_it_was_killed_is_not_undone_when_the_owner_returns() {
        pool = shared(true);
        CacheManager reader = client("reader");
        Cache<Integer, Long> cache = cache(reader);
        IntStream.range(0, 300).forEach(i -> cache.put(i, 1L));
        pool.node(0).kill();
        awaitDown(reader, pool.node(0).address(), System.nanoTime());
        // The writer's process ends without a word, as a killed one does to the nodes: its connections just end.
        try (CacheManager writer = pool.client("writer")) {
            Cache<Integer, Long> theirs = cache(writer);
            IntStream.range(0, 100).forEach(i -> theirs.put(i, 2L));
            IntStream.range(100, 200).forEach(theirs::remove);
        }
        pool.restart(0);
        awaitHealthy(reader);
        for (Cache<Integer, Long> each : List.of(cache, cache(client("fresh")))) {
            int kept = 0;
            for (int i = 0; i < 300; i++) {
                Long value = each.get(i);
                if (i < 100) {
                    assertThat(value).isIn(2L, null);
                } else if (i < 200) {
                    assertThat(value).isNull();
                } else {
                    assertThat(value).isEqualTo(1);
                }
                kept += value == null ? 0 : 1;
            }
            System.out.println("pool: " + kept + " of 200 entries are left");
            assertThat(kept).isGreaterThan(140);
        }
    }

    @Test
    void clearing_and_destroying_while_a_node_is_away_holds_there_too() {
        pool = shared(true);
        CacheManager manager = client("one");
        Cache<Integer, Long> cleared = cache(manager, "cleared", FailurePolicy.FAILOVER);
        Cache<Integer, Long> destroyed = cache(manager, "destroyed", FailurePolicy.FAILOVER);
        IntStream.range(0, 300).forEach(i -> {
            cleared.put(i, 1L);
            destroyed.put(i, 1L);
        });
        pool.node(2).kill();
        awaitDown(manager, pool.node(2).address(), System.nanoTime());
        cleared.clear();
        manager.destroyCache("destroyed");
        pool.restart(2);
        awaitHealthy(manager);
        Cache<Integer, Long> again = cache(manager, "destroyed", FailurePolicy.FAILOVER);
        for (int i = 0; i < 300; i++) {
            assertThat(cleared.get(i)).isNull();
            assertThat(again.get(i)).isNull();
        }
    }

    @Test
    void each_cache_has_its_failure_policy() {
        pool = shared(true);
        CacheManager manager = client("one");
        Cache<Integer, Long> failover = cache(manager, "failover", FailurePolicy.FAILOVER);
        Cache<Integer, Long> miss = cache(manager, "miss", FailurePolicy.MISS);
        Cache<Integer, Long> strict = cache(manager, "throw", FailurePolicy.THROW);
        for (int i = 0; i < 300; i++) {
            failover.put(i, 1L);
            miss.put(i, 1L);
            strict.put(i, 1L);
        }
        String address = pool.node(1).address();
        pool.node(1).kill();
        awaitDown(manager, address, System.nanoTime());
        int thrown = 0;
        for (int i = 0; i < 300; i++) {
            int key = i;
            failover.put(key, 2L);
            assertThat(failover.get(key)).isEqualTo(2);
            assertThat(failover.<Long>invoke(key, (entry, arguments) -> {
                        entry.setValue(entry.getValue() + 1);
                        return entry.getValue();
                    }))
                    .isEqualTo(3);
            miss.put(key, 2L);
            assertThat(miss.get(key)).isIn(2L, null);
            try {
                strict.put(key, 2L);
                assertThat(strict.get(key)).isEqualTo(2);
                assertThat(miss.get(key)).isEqualTo(2);
            } catch (CacheException e) {
                thrown++;
                assertThat(e)
                        .hasCauseInstanceOf(UnreachableException.class)
                        .hasMessageContaining(address)
                        .hasMessageContaining("down");
                assertThat(miss.get(key)).isNull();
                assertThatThrownBy(() -> miss.putIfAbsent(key, 3L)).isInstanceOf(CacheException.class);
                assertThatThrownBy(() -> miss.invoke(key, (entry, arguments) -> null))
                        .isInstanceOf(CacheException.class);
                assertThatThrownBy(() -> strict.get(key)).isInstanceOf(CacheException.class);
            }
        }
        assertThat(thrown).isBetween(60, 140);
        assertThatThrownBy(() -> strict.forEach(entry -> {})).isInstanceOf(CacheException.class);
        assertThat(manager.unwrap(DistCacheClient.class).pool().droppedWrites()).isEqualTo(thrown);
        pool.restart(1);
        awaitHealthy(manager);
        int strictOnes = 0;
        for (int i = 0; i < 300; i++) {
            assertThat(failover.get(i)).isIn(3L, null);
            assertThat(miss.get(i)).isIn(2L, null);
            strictOnes += strict.get(i) == 1 ? 1 : 0;
        }
        // Nobody wrote them elsewhere: the owner still has them.
        assertThat(strictOnes).isEqualTo(thrown);
    }

    @Test
    void nodes_come_and_go_under_load_and_no_later_change_brings_an_old_value_back() {
        pool = PoolOfNodes.start(3, null);
        List<Cache<Integer, Long>> caches = twoClients();
        Cache<Integer, Long> still = cache(managers.get(0), "still", FailurePolicy.FAILOVER);
        IntStream.range(0, 1000).forEach(i -> still.put(i, 1L));
        PoolLoad load = PoolLoad.start(caches, 3);
        pause(1000);
        String first = pool.node(0).address();
        int added = pool.add(null);
        String address = pool.node(added).address();

        assertThat(changed("add", address, "--node", first)).isLessThan(3000);
        awaitHealthy(managers.get(0));
        int moved = 0;
        for (int i = 0; i < 1000; i++) {
            Long value = still.get(i);
            assertThat(value).isIn(1L, null);
            if (value == null) {
                moved++;
                still.put(i, 2L);
            }
        }
        System.out.println("pool: a fourth node took over " + moved + " of 1000 keys");
        assertThat(moved).isBetween(1, 1000 / 4 * 5 / 4);
        pause(1000);
        changed("remove", address, "--node", first);
        int missing = 0;
        for (int i = 0; i < 1000; i++) {
            Long value = still.get(i);
            assertThat(value).isIn(1L, null);
            missing += value == null ? 1 : 0;
        }
        assertThat(missing).isEqualTo(moved);
        changed("add", address, "--node", first);
        changed("remove", pool.node(1).address(), "--node", first);
        changed("add", pool.node(1).address(), "--node", first);
        for (int i = 0; i < 1000; i++) {
            assertThat(still.get(i)).isIn(1L, null);
        }
        load.stop();
        load.readAll();
        System.out.println("pool, nodes added and removed: " + load.summary());
        assertThat(load.violations()).isEmpty();
        assertThat(load.failed()).isZero();
        assertThat(load.slowestMillis()).isLessThan(CALL_LIMIT_MILLIS + MARGIN_MILLIS);
        managers.forEach(PoolChecks::awaitHealthy);
    }

    /** Changes the pool on the command line; returns how long it took until all clients went by it, in milliseconds. */
    private long changed(String... arguments) {
        List<String> command = new ArrayList<>(List.of("pool"));
        command.addAll(List.of(arguments));
        DistCacheCommand.Ended ended = DistCacheCommand.run(command.toArray(String[]::new));
        long since = System.nanoTime();
        assertThat(ended.exitCode()).as(String.join("\n", ended.output())).isZero();
        boolean in = arguments[0].equals("add");
        for (CacheManager manager : managers) {
            eventually(() -> assertThat(nodes(manager).stream()
                            .anyMatch(node -> node.member().name().equals(arguments[1])))
                    .isEqualTo(in));
        }
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - since);
        System.out.println(
                "pool " + arguments[0] + ": reached all clients " + millis + " ms after the command had ended");
        assertThat(millis).isLessThan(1000);
        return millis;
    }

    @Test
    void counters_are_exact_where_calls_throw_while_their_node_is_away() {
        pool = shared(true);
        List<Cache<Integer, Long>> caches = new ArrayList<>();
        caches.add(cache(client("one"), "counters", FailurePolicy.THROW));
        caches.add(cache(client("two"), "counters", FailurePolicy.THROW));
        int keys = 30;
        AtomicLong acknowledged = new AtomicLong();
        AtomicLong inDoubt = new AtomicLong();
        AtomicLong refused = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(8);
        for (int i = 0; i < 8; i++) {
            Cache<Integer, Long> cache = caches.get(i % 2);
            int first = i;
            Thread thread = new Thread(() -> {
                for (int n = first; System.nanoTime() - until < 0; n++) {
                    try {
                        cache.invoke(n % keys, (entry, arguments) -> {
                            entry.setValue(entry.exists() ? entry.getValue() + 1 : 1);
                            return null;
                        });
                        acknowledged.incrementAndGet();
                    } catch (CacheException e) {
                        Throwable cause = e.getCause();
                        if (cause instanceof IndeterminateException) {
                            inDoubt.incrementAndGet();
                        } else {
                            refused.incrementAndGet();
                        }
                        LockSupport.parkNanos(1_000_000);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (int node = 0; node < 2; node++) {
            pause(1000);
            pool.node(node).kill();
            pause(700);
            pool.restart(node);
            // Outages that overlap cost entries, under any policy.
            managers.forEach(PoolChecks::awaitHealthy);
        }
        threads.forEach(thread -> {
            try {
                thread.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        managers.forEach(PoolChecks::awaitHealthy);
        long sum = 0;
        for (int key = 0; key < keys; key++) {
            sum += caches.get(0).get(key);
        }
        System.out.println("pool, counters under throw: " + acknowledged + " acknowledged, " + inDoubt + " in doubt, "
                + refused + " refused, sum " + sum);
        assertThat(sum).isBetween(acknowledged.get(), acknowledged.get() + inDoubt.get());
        assertThat(refused.get()).isPositive();
    }
}
