package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static io.distcache.testing.PoolChecks.awaitDown;
import static io.distcache.testing.PoolChecks.awaitHealthy;
import static io.distcache.testing.PoolChecks.cache;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.NodeListener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real nodes that are killed while others are away: nobody reads what was overwritten or deleted. All orders: OverlappingOutagesTest. */
@Timeout(120)
class OverlappingOutagesIT {
    private static final int KEYS = 1500;
    private static final int OVERWRITTEN = 500;
    private static final int DELETED = 1000;

    @TempDir
    private Path data;

    private final List<CacheManager> managers = new ArrayList<>();
    private PoolOfNodes pool;

    @AfterEach
    void stop() {
        managers.forEach(CacheManager::close);
        if (pool != null) {
            pool.close();
        }
    }

    private CacheManager client(String name) {
        CacheManager manager = pool.client(name);
        managers.add(manager);
        return manager;
    }

    private void killed(CacheManager manager, int node) {
        String address = pool.node(node).address();
        pool.node(node).kill();
        awaitDown(manager, address, System.nanoTime());
    }

    private static void change(Cache<Integer, Long> cache) {
        IntStream.range(0, OVERWRITTEN).forEach(i -> cache.put(i, 2L));
        IntStream.range(OVERWRITTEN, DELETED).forEach(cache::remove);
    }

    /** Returns how many entries are there, none of them old. */
    private static int read(Cache<Integer, Long> cache) {
        int found = 0;
        int old = 0;
        int undone = 0;
        for (int i = 0; i < KEYS; i++) {
            Long value = cache.get(i);
            found += value == null ? 0 : 1;
            old += i < OVERWRITTEN && value != null && value == 1 ? 1 : 0;
            undone += i >= OVERWRITTEN && i < DELETED && value != null ? 1 : 0;
        }
        System.out.println("outages: " + found + " entries of " + (KEYS - DELETED + OVERWRITTEN) + " are left, " + old
                + " old values read, " + undone + " deletes undone");
        assertThat(old).as("old values").isZero();
        assertThat(undone).as("deletes undone").isZero();
        return found;
    }

    private boolean isReady() {
        return DistCacheCommand.run("health", "--node", pool.node(0).address()).exitCode() == 0;
    }

    @Test
    void who_was_overwritten_elsewhere_is_not_used_without_those_who_know() {
        pool = PoolOfNodes.start(3, data, "pool.return-wait=2s");
        CacheManager manager = client("one");
        Cache<Integer, Long> cache = cache(manager);
        IntStream.range(0, KEYS).forEach(i -> cache.put(i, 1L));
        killed(manager, 0);
        change(cache);
        killed(manager, 1);
        pool.restart(0);
        assertThat(isReady()).isFalse();
        // Neither for who was there all the time, nor for another, nor while it is kept waiting, nor when it has
        // dropped all.
        read(cache);
        read(cache(client("other")));
        eventually(() -> assertThat(
                        PoolChecks.status(manager, pool.node(0).address()).state())
                .isEqualTo(NodeListener.State.HEALTHY));
        read(cache);
        pool.restart(1);
        awaitHealthy(manager);
        read(cache);
        eventually(() -> assertThat(isReady()).isTrue());
    }

    @Test
    void a_pool_that_was_killed_as_a_whole_comes_back_one_by_one_without_old_values() {
        pool = PoolOfNodes.start(3, data, "pool.return-wait=1s");
        CacheManager manager = client("one");
        Cache<Integer, Long> cache = cache(manager);
        IntStream.range(0, KEYS).forEach(i -> cache.put(i, 1L));
        killed(manager, 0);
        change(cache);
        killed(manager, 2);
        killed(manager, 1);
        manager.close();
        managers.clear();
        pool.restart(0);
        CacheManager after = client("after");
        Cache<Integer, Long> again = cache(after);
        read(again);
        pool.restart(2);
        read(again);
        pool.restart(1);
        awaitHealthy(after);
        read(again);
    }

    @Test
    void a_rolling_restart_that_waits_for_ready_loses_only_what_was_overwritten() {
        pool = PoolOfNodes.start(3, data);
        CacheManager manager = client("one");
        Cache<Integer, Long> cache = cache(manager);
        IntStream.range(0, KEYS).forEach(i -> cache.put(i, 1L));
        IntStream.range(OVERWRITTEN, DELETED).forEach(cache::remove);
        eventually(() -> assertThat(isReady()).isTrue());
        for (int node = 0; node < 3; node++) {
            assertThat(pool.node(node).stop()).isZero();
            IntStream.range(0, OVERWRITTEN).forEach(i -> cache.put(i, 2L));
            pool.restart(node);
            eventually(() -> assertThat(isReady()).isTrue());
        }
        // Of what nobody changed all is there.
        assertThat(IntStream.range(DELETED, KEYS)
                        .filter(i -> cache.get(i) != null)
                        .count())
                .isEqualTo(KEYS - DELETED);
        read(cache);
    }
}
