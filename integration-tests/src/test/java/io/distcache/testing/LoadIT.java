package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheClient;
import io.distcache.client.NodeReport;
import io.distcache.fixtures.Seed;
import java.net.URI;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import javax.cache.CacheManager;
import org.junit.jupiter.api.Test;

/** A node that stays holds what the writers' ledger says, also when changes are lost in flight. */
class LoadIT {
    private static final int CUTS = 10;

    @Test
    void what_was_acknowledged_over_connections_that_are_cut_is_there_and_nothing_else() {
        long seed = Seed.of(LoadIT.class, 20_261_128);
        Random random = new Random(seed);
        Ledger ledger = Load.newLedger();
        try (NodeProcess node = NodeProcess.start();
                FaultyLink link = new FaultyLink(node.port())) {
            URI direct = node.uri("cut");
            URI linked = URI.create("distcache://127.0.0.1:" + link.port() + "/cut");
            try (CacheManager manager = Load.manager(direct, "20s")) {
                ledger.createAll(manager);
            }
            int settled = 0;
            for (int cut = 0; cut < CUTS; cut++) {
                try (Load load = Load.start(linked, ledger, random.nextLong())) {
                    while (ledger.acknowledged() < 1000L * (cut + 1)) {
                        LockSupport.parkNanos(1_000_000);
                    }
                    while (load.isRunning()) {
                        LockSupport.parkNanos(random.nextInt(20_000_000));
                        link.cut();
                    }
                    load.awaitEnd();
                }
                try (CacheManager manager = Load.manager(direct, "20s")) {
                    awaitOnlyConnection(manager);
                    Ledger.Comparison comparison = ledger.compareAndAdopt(manager);
                    assertThat(comparison.violations()).as("seed=" + seed).isEmpty();
                    settled += comparison.settled();
                }
            }
            System.out.println(CUTS + " cuts under load: " + ledger.acknowledged() + " acknowledged changes, " + settled
                    + " in doubt");
            assertThat(settled).isPositive();
        }
    }

    /** Until the node has seen the end of the others, it may still carry out what came over them. */
    private static void awaitOnlyConnection(CacheManager manager) {
        DistCacheClient client = manager.unwrap(DistCacheClient.class);
        eventually(
                () -> assertThat(client.health().map(NodeReport::connections)).hasValue(1));
    }
}
