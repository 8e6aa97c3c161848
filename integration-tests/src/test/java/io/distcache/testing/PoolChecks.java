package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheClient;
import io.distcache.client.FailurePolicy;
import io.distcache.client.NodeListener;
import io.distcache.client.NodeStatus;
import io.distcache.jcache.DistCacheConfiguration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.cache.Cache;
import javax.cache.CacheManager;

/** What tests of a pool look at: what clients hold of its nodes, and whether all is well after a disturbance. */
final class PoolChecks {
    static final long CALL_LIMIT_MILLIS = 2000;
    static final long MARGIN_MILLIS = 1000;

    private PoolChecks() {}

    static Cache<Integer, Long> cache(CacheManager manager) {
        return cache(manager, "numbers", FailurePolicy.FAILOVER);
    }

    static Cache<Integer, Long> cache(CacheManager manager, String name, FailurePolicy policy) {
        return manager.createCache(
                name,
                new DistCacheConfiguration<Integer, Long>()
                        .failurePolicy(policy)
                        .setTypes(Integer.class, Long.class));
    }

    static List<NodeStatus> nodes(CacheManager manager) {
        return manager.unwrap(DistCacheClient.class).pool().nodes();
    }

    static NodeStatus status(CacheManager manager, String address) {
        return nodes(manager).stream()
                .filter(node -> node.member().address().equals(address))
                .findFirst()
                .orElseThrow();
    }

    static void awaitHealthy(CacheManager manager) {
        eventually(() -> assertThat(nodes(manager)).allMatch(node -> node.state() == NodeListener.State.HEALTHY));
    }

    /** How long after {@code since} a client holds a node for down, in milliseconds. */
    static long awaitDown(CacheManager manager, String address, long since) {
        eventually(() -> assertThat(status(manager, address).state()).isEqualTo(NodeListener.State.DOWN));
        return millisSince(since);
    }

    static long millisSince(long nanos) {
        return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - nanos);
    }

    static void pause(long millis) {
        long until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        while (System.nanoTime() - until < 0) {
            LockSupport.parkNanos(until - System.nanoTime());
        }
    }

    static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("load-"))
                .count();
    }

    static long connectionsAt(CacheManager manager) {
        return nodes(manager).stream()
                .mapToLong(node -> node.report().orElseThrow().connections())
                .sum();
    }

    /** What every disturbance is followed by: calls were bounded, nobody read what was overwritten, nothing leaked, all is well again. */
    static void assertWellAgain(String what, PoolLoad load, long threadsBefore, List<CacheManager> clients) {
        clients.forEach(PoolChecks::awaitHealthy);
        pause(500);
        long since = System.nanoTime();
        pause(1000);
        assertThat(load.lastFailureNanos())
                .as("failures after the pool was healthy again")
                .isLessThan(since);
        load.stop();
        int misses = load.readAll();
        System.out.println("pool, " + what + ": " + load.summary() + "; misses at the end " + misses);
        assertThat(load.violations()).isEmpty();
        assertThat(load.slowestMillis()).isLessThan(CALL_LIMIT_MILLIS + MARGIN_MILLIS);
        assertThat(load.calls()).isGreaterThan(1000);
        eventually(() -> assertThat(threads()).isLessThanOrEqualTo(threadsBefore + 2));
        eventually(() -> assertThat(connectionsAt(clients.get(0))).isEqualTo(3L * clients.size()));
    }
}
