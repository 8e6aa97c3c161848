package io.distcache.testing;

import static io.distcache.testing.PoolChecks.assertWellAgain;
import static io.distcache.testing.PoolChecks.awaitDown;
import static io.distcache.testing.PoolChecks.cache;
import static io.distcache.testing.PoolChecks.millisSince;
import static io.distcache.testing.PoolChecks.pause;
import static io.distcache.testing.PoolChecks.threads;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A pool on a network that loses packets and falls apart, as between machines: nobody is told that a connection has ended. */
@Timeout(120)
class PoolNamespacesIT {
    private static final String TOKEN = "in-its-own-namespace";
    private static final int PORT = 2050;
    private static final int DISTURBED = 1;
    private static final long AWAY_MILLIS = 6000;
    private static final int LOSS_PERCENT = 5;

    private static PoolNetwork network;
    private static final List<NodeProcess> nodes = new ArrayList<>();

    private final List<CacheManager> managers = new ArrayList<>();
    private PoolLoad load;
    private long threads;

    @BeforeAll
    static void startNodes() {
        network = PoolNetwork.of(3);
        for (int i = 0; i < 3; i++) {
            nodes.add(NodeSetup.of(
                            "server.bind=" + network.address(i),
                            "server.auth-token=" + TOKEN,
                            "server.allow-plaintext=true")
                    .withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1")
                    .withPort(PORT)
                    .withCommandPrefix(network.inside(i))
                    .start());
        }
    }

    @AfterAll
    static void stopNodes() {
        nodes.forEach(NodeProcess::close);
        nodes.clear();
        if (network != null) {
            network.close();
        }
    }

    @BeforeEach
    void begin() {
        List<Cache<Integer, Long>> caches = List.of(cache(client("one")), cache(client("two")));
        managers.forEach(PoolChecks::awaitHealthy);
        load = PoolLoad.start(caches, 3);
        pause(1000);
        threads = threads();
    }

    @AfterEach
    void leave() {
        if (load != null) {
            load.stop();
        }
        managers.forEach(CacheManager::close);
    }

    private CacheManager client(String name) {
        String members =
                IntStream.range(0, 3).mapToObj(i -> nodes.get(i).address()).collect(Collectors.joining(","));
        CacheManager manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://" + members + "/pool?token=" + TOKEN + "&client-name=" + name),
                        PoolNamespacesIT.class.getClassLoader());
        managers.add(manager);
        return manager;
    }

    /** Lets something begin, looks at what it comes to while it lasts, lets it end, and looks whether all is well again. */
    private void assertSurvived(String what, Runnable begins, Runnable ends) {
        long since = System.nanoTime();
        begins.run();
        try {
            long detected = 0;
            for (CacheManager manager : managers) {
                detected = Math.max(
                        detected, awaitDown(manager, nodes.get(DISTURBED).address(), since));
            }
            System.out.println("pool, " + what + ": held for down after " + detected + " ms");
            assertThat(detected).isLessThan(5000);
            pause(500);
            long failedByThen = load.failed();
            pause(Math.max(1000, AWAY_MILLIS - millisSince(since)));
            assertThat(load.failed() - failedByThen)
                    .as("calls that failed while it was down")
                    .isZero();
        } finally {
            ends.run();
        }
        long ended = System.nanoTime();
        managers.forEach(PoolChecks::awaitHealthy);
        System.out.println("pool, " + what + ": whole again after " + millisSince(ended) + " ms");
        assertWellAgain(what, load, threads, managers);
    }

    @Test
    void a_node_whose_cable_is_pulled_is_missed_for_no_longer_than_it_is_out() {
        assertSurvived("link down", () -> network.cable(DISTURBED, false), () -> network.cable(DISTURBED, true));
    }

    @Test
    void a_node_cut_off_by_a_partition_does_not_carry_out_late_what_it_was_sent() {
        assertSurvived(
                "partition", () -> network.partition(DISTURBED, true), () -> network.partition(DISTURBED, false));
    }

    @Test
    void a_node_frozen_and_cut_off_gives_out_nothing_that_was_overwritten() {
        assertSurvived(
                "frozen and cut off",
                () -> {
                    nodes.get(DISTURBED).pause();
                    network.partition(DISTURBED, true);
                },
                () -> {
                    network.partition(DISTURBED, false);
                    nodes.get(DISTURBED).resume();
                });
    }

    @Test
    void lost_packets_cost_time_and_no_call_more_than_its_limit() {
        List<Integer> lossy = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                String failure = network.lose(i, LOSS_PERCENT);
                if (!failure.isEmpty()) {
                    PoolNetwork.leaveOut(
                            "a pool on a network that loses packets",
                            "neither netem nor iptables can lose them",
                            failure);
                }
                lossy.add(i);
            }
            pause(AWAY_MILLIS);
        } finally {
            lossy.forEach(node -> network.loseNothing(node, LOSS_PERCENT));
        }
        assertWellAgain(LOSS_PERCENT + " % of packets lost", load, threads, managers);
    }
}
