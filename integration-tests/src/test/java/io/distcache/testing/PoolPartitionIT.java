package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static io.distcache.testing.PoolChecks.CALL_LIMIT_MILLIS;
import static io.distcache.testing.PoolChecks.MARGIN_MILLIS;
import static io.distcache.testing.PoolChecks.awaitHealthy;
import static io.distcache.testing.PoolChecks.cache;
import static io.distcache.testing.PoolChecks.millisSince;
import static io.distcache.testing.PoolChecks.pause;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.FailurePolicy;
import io.distcache.client.NodeListener;
import io.distcache.testing.SelectiveLink.NewOnes;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A partition that only one client sees: it cannot reach a node and writes that node's keys elsewhere, while another client reads at
 * that node. Each test says what the other may read, and until when.
 */
@Timeout(120)
class PoolPartitionIT {
    private static final String CUT_OFF = "cut-off";
    /** Until silence has ended the connection, and long enough after. */
    private static final long LONG_MILLIS = 8000;
    /** So short that the connection survives, and what was sent arrives late. */
    private static final long SHORT_MILLIS = 1800;
    /** After healing: the longest pause between attempts to reconnect, the attempt, and handing over; and what a busy machine takes. */
    private static final long HEALED_WITHIN_MILLIS = 4000;

    private static final List<SelectiveLink> links = new ArrayList<>();
    private static PoolOfNodes pool;

    private final List<CacheManager> managers = new ArrayList<>();
    private PoolLoad load;

    @BeforeAll
    static void start() {
        pool = PoolOfNodes.start(3, null);
        for (int i = 0; i < pool.size(); i++) {
            links.add(new SelectiveLink(pool.node(i).port()));
        }
    }

    @AfterAll
    static void stop() {
        links.forEach(SelectiveLink::close);
        links.clear();
        pool.close();
    }

    /** The next test finds a pool that nobody is cut off from, without entries. */
    @AfterEach
    void leave() {
        if (load != null) {
            load.stop();
        }
        links.forEach(link -> link.heal(CUT_OFF));
        managers.forEach(PoolChecks::awaitHealthy);
        managers.get(0).destroyCache("numbers");
        managers.forEach(CacheManager::close);
    }

    private CacheManager client(String name) {
        String members = links.stream().map(SelectiveLink::address).collect(Collectors.joining(","));
        CacheManager manager = Caching.getCachingProvider()
                .getCacheManager(
                        URI.create("distcache://" + members + "/pool?client-name=" + name),
                        PoolPartitionIT.class.getClassLoader());
        managers.add(manager);
        return manager;
    }

    private void begin(FailurePolicy policy) {
        List<Cache<Integer, Long>> caches = new ArrayList<>();
        for (String name : List.of(CUT_OFF, "other")) {
            caches.add(cache(client(name), "numbers", policy));
        }
        managers.forEach(PoolChecks::awaitHealthy);
        load = PoolLoad.startWithOneWriter(caches, 3);
        pause(1000);
    }

    private NodeListener.State stateAtTheCutOff() {
        return PoolChecks.status(managers.get(0), links.get(0).address()).state();
    }

    @ParameterizedTest
    @EnumSource
    void under_failover_others_may_read_what_was_overwritten_elsewhere_until_shortly_after_it_is_healed(NewOnes how) {
        begin(FailurePolicy.FAILOVER);
        load.staleAllowed(true);
        links.get(0).cutOff(CUT_OFF, how);
        long cut = System.nanoTime();
        eventually(() -> assertThat(stateAtTheCutOff()).isEqualTo(NodeListener.State.DOWN));
        long detected = millisSince(cut);
        pause(500);
        long failedByThen = load.failed();
        pause(LONG_MILLIS - millisSince(cut));
        assertThat(load.failed() - failedByThen)
                .as("calls that failed while it was down")
                .isZero();
        assertThat(load.staleReads()).as("what this test is about happened").isPositive();

        long healed = System.nanoTime();
        links.get(0).heal(CUT_OFF);
        awaitHealthy(managers.get(0));
        long reached = millisSince(healed);
        pause(HEALED_WITHIN_MILLIS - reached);
        load.staleAllowed(false);
        System.out.printf(
                "pool, a partition for one client, new connections %s: held for down after %d ms; %d reads of what was"
                        + " overwritten, the last %d ms after healing; whole again after %d ms%n",
                how, detected, load.staleReads(), (load.lastStaleNanos() - healed) / 1_000_000, reached);
        assertThat(detected).isLessThan(5000);
        assertThat(reached).isLessThan(HEALED_WITHIN_MILLIS);
        assertNobodyReadsWhatWasOverwritten("partition under failover", FailurePolicy.FAILOVER);
    }

    @ParameterizedTest
    @EnumSource
    void under_throw_nobody_ever_reads_what_was_overwritten(NewOnes how) {
        begin(FailurePolicy.THROW);
        links.get(0).cutOff(CUT_OFF, how);
        long cut = System.nanoTime();
        eventually(() -> assertThat(stateAtTheCutOff()).isEqualTo(NodeListener.State.DOWN));
        pause(LONG_MILLIS - millisSince(cut));
        assertThat(load.failed()).isPositive();
        links.get(0).heal(CUT_OFF);
        awaitHealthy(managers.get(0));
        assertNobodyReadsWhatWasOverwritten("partition under throw, new connections " + how, FailurePolicy.THROW);
    }

    @Test
    void a_client_that_starts_during_the_partition_changes_nothing_of_that() {
        begin(FailurePolicy.FAILOVER);
        load.staleAllowed(true);
        links.get(0).cutOff(CUT_OFF, NewOnes.SILENT);
        eventually(() -> assertThat(stateAtTheCutOff()).isEqualTo(NodeListener.State.DOWN));
        pause(500);
        long failedByThen = load.failed();
        for (int i = 0; i < 3; i++) {
            // It reaches all nodes, and says so: what the one that is cut off has said of it counts no longer.
            try (CacheManager passing = client("passing-" + i)) {
                Cache<Integer, Long> cache = cache(passing, "numbers", FailurePolicy.FAILOVER);
                for (int key = 0; key < 400; key++) {
                    Long unused = cache.get(key);
                }
            }
            managers.remove(managers.size() - 1);
            pause(1000);
        }
        assertThat(load.failed() - failedByThen)
                .as("calls that failed while it was down")
                .isZero();
        links.get(0).heal(CUT_OFF);
        awaitHealthy(managers.get(0));
        pause(HEALED_WITHIN_MILLIS);
        load.staleAllowed(false);
        assertNobodyReadsWhatWasOverwritten("partition with clients that come and go", FailurePolicy.FAILOVER);
    }

    @ParameterizedTest
    @EnumSource(names = {"FAILOVER", "THROW"})
    void what_arrives_late_after_a_short_partition_overwrites_nothing_newer(FailurePolicy policy) {
        begin(policy);
        for (int i = 0; i < 4; i++) {
            links.get(i % 3).cutOff(CUT_OFF, NewOnes.SILENT);
            pause(SHORT_MILLIS);
            links.get(i % 3).heal(CUT_OFF);
            pause(1000);
        }
        awaitHealthy(managers.get(0));
        assertNobodyReadsWhatWasOverwritten("short partitions under " + policy, policy);
    }

    private void assertNobodyReadsWhatWasOverwritten(String what, FailurePolicy policy) {
        pause(1000);
        long since = System.nanoTime();
        pause(1000);
        assertThat(load.lastFailureNanos()).as("failures after it was healed").isLessThan(since);
        Cache<Integer, Long> fresh = cache(client("fresh"), "numbers", policy);
        load.stop();
        int misses = load.readAll() + load.readAll(fresh);
        System.out.println("pool, " + what + ": " + load.summary() + "; misses at the end " + misses);
        assertThat(load.violations()).isEmpty();
        assertThat(load.slowestMillis()).isLessThan(CALL_LIMIT_MILLIS + MARGIN_MILLIS);
    }
}
