package io.distcache.testing;

import static io.distcache.testing.PoolChecks.assertWellAgain;
import static io.distcache.testing.PoolChecks.awaitDown;
import static io.distcache.testing.PoolChecks.cache;
import static io.distcache.testing.PoolChecks.millisSince;
import static io.distcache.testing.PoolChecks.pause;
import static io.distcache.testing.PoolChecks.threads;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.FailurePolicy;
import io.distcache.client.NodeListener;
import io.distcache.fixtures.Seed;
import io.distcache.testing.Impostor.Manners;
import java.util.ArrayList;
import java.util.List;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** In place of a killed node something else answers at its port, or does not: the rest of the pool serves as if the port were closed. */
@Timeout(120)
class PoolPeersIT {
    private static final long SEED = Seed.of(PoolPeersIT.class, 20_261_128);
    private static final int REPLACED = 1;
    /** Longer than a client takes to give up a node that greets and then answers nothing, so that it comes by again. */
    private static final long WATCHED_MILLIS = 6000;

    private static final long WATCHED_AT_LEAST_MILLIS = 2000;
    /** Of three clients, four times each. */
    private static final int VISITS = 12;

    private static PoolOfNodes pool;

    private final List<CacheManager> managers = new ArrayList<>();
    private PoolLoad load;

    @BeforeAll
    static void start() {
        System.out.println("seed=" + SEED);
        pool = PoolOfNodes.start(3, null);
    }

    @AfterAll
    static void stop() {
        pool.close();
    }

    @AfterEach
    void leave() {
        if (load != null) {
            load.stop();
        }
        managers.forEach(CacheManager::close);
        if (!pool.node(REPLACED).process().isAlive()) {
            pool.restart(REPLACED);
        }
    }

    private CacheManager client(String name) {
        CacheManager manager = pool.client(name);
        managers.add(manager);
        return manager;
    }

    @ParameterizedTest
    @EnumSource
    void whatever_answers_in_place_of_a_node_costs_no_more_than_its_absence(Manners manners) {
        List<Cache<Integer, Long>> caches = List.of(cache(client("one")), cache(client("two")));
        managers.forEach(PoolChecks::awaitHealthy);
        load = PoolLoad.start(caches, 3);
        pause(500);
        long threads = threads();
        String address = pool.node(REPLACED).address();

        long killed = System.nanoTime();
        pool.node(REPLACED).kill();
        try (Impostor impostor = new Impostor(pool.node(REPLACED).port(), manners, SEED)) {
            long detected = 0;
            for (CacheManager manager : managers) {
                detected = Math.max(detected, awaitDown(manager, address, killed));
            }
            pause(500);
            long failedByThen = load.failed();
            long since = System.nanoTime();
            long joined = join(address);
            watch(impostor, since);
            long unreached = load.failed() - failedByThen;
            System.out.println("pool, " + manners + ": held for down after " + detected + " ms; a client started in "
                    + joined + " ms; " + unreached + " of " + load.calls() + " calls failed while it was down; it had "
                    + impostor.visits().size() + " visits");
            assertThat(detected).isLessThan(2000);
            assertThat(joined).isLessThan(5000);
            assertThat(unreached).as("calls that failed while it was down").isZero();
        }
        pool.restart(REPLACED);
        assertWellAgain(manners.toString(), load, threads, managers);
    }

    /** Until the clients have come by several times more, which takes as long as what answers there keeps each of them. */
    private static void watch(Impostor impostor, long since) {
        pause(Math.max(1000, WATCHED_AT_LEAST_MILLIS - millisSince(since)));
        while (millisSince(since) < WATCHED_MILLIS
                && impostor.visits().stream()
                                .filter(visit -> visit.nanos() - since > 0)
                                .count()
                        < VISITS) {
            pause(50);
        }
    }

    /** Starts a client while the pool is not whole, and uses it; returns how long that took, in milliseconds. */
    private long join(String address) {
        long start = System.nanoTime();
        Cache<Integer, Long> cache = cache(client("late"), "late", FailurePolicy.FAILOVER);
        long took = millisSince(start);
        for (int i = 0; i < 50; i++) {
            cache.put(i, (long) i);
            assertThat(cache.get(i)).isEqualTo(i);
        }
        assertThat(PoolChecks.status(managers.get(2), address).state()).isEqualTo(NodeListener.State.DOWN);
        return took;
    }
}
