package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.NodeListener;
import io.distcache.client.PoolStatus;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Walks over a cache go on where they were at another process: the next leader of a group, or the node's next start. */
@Timeout(180)
class WalkIT {
    private static final int ENTRIES = 20_000;
    /** A group of keys comes in some 70 pages of these. */
    private static final int PAGE = 50;

    private static final NodeSetup SETUP = NodeSetup.of().withJvmFlags("-Xmx128m", "-XX:TieredStopAtLevel=1");

    @TempDir
    private Path directory;

    /** Something happens before a page. */
    private interface Between {
        void page(int number, String lastKey);
    }

    private static String text(Bytes key) {
        return key.toUtf8().substring(1);
    }

    private static DistCacheClient connect(String addresses) {
        return DistCacheClient.connect(ClientConfig.parse(addresses).toBuilder()
                .callTimeout(Duration.ofSeconds(20))
                .connectTimeout(Duration.ofSeconds(20))
                .build());
    }

    private static void fill(DistCacheClient client) {
        for (int i = 0; i < ENTRIES; i += 1000) {
            Map<String, Integer> some = new HashMap<>();
            for (int j = i; j < i + 1000; j++) {
                some.put("k" + j, j);
            }
            client.setMany(some);
        }
    }

    /** All keys there are come, and each of them once. */
    private static void assertWalk(DistCacheClient client, Between between) {
        RemoteCache cache = client.remote()
                .attach(ClientConfig.DEFAULT_NAMESPACE, ClientConfig.DEFAULT_CACHE)
                .orElseThrow();
        List<Bytes> found = new ArrayList<>();
        RemoteCache.Pages pages = cache.pages(PAGE, true, Bytes.EMPTY);
        for (int page = 0; ; page++) {
            between.page(page, found.isEmpty() ? "" : text(found.get(found.size() - 1)));
            List<Reply.Item> items = pages.next();
            if (items == null) {
                break;
            }
            items.forEach(item -> found.add(item.key()));
        }
        Set<Bytes> distinct = Set.copyOf(found);
        System.out.println("a walk over " + ENTRIES + " entries: " + (ENTRIES - distinct.size()) + " did not come, "
                + (found.size() - distinct.size()) + " came twice");
        assertThat(distinct).hasSize(ENTRIES);
        assertThat(found).hasSize(ENTRIES);
    }

    @Test
    void at_the_next_leader() {
        try (ReplicatedPool pool = ReplicatedPool.start(SETUP, 3, directory);
                DistCacheClient client = connect(pool.members())) {
            fill(client);
            int[] gone = new int[1];
            assertWalk(client, (page, lastKey) -> {
                if (page == 30) {
                    gone[0] = leaderOf(lastKey, pool);
                    pool.node(gone[0]).kill();
                } else if (page == 153) {
                    pool.startAgain(gone[0]);
                    awaitWell(client);
                } else if (page == 204) {
                    // It hands its groups over.
                    assertThat(pool.node(leaderOf(lastKey, pool)).stop()).isZero();
                }
            });
        }
    }

    private static int leaderOf(String key, ReplicatedPool pool) {
        DistCacheCommand.Ended status = DistCacheCommand.run("pool", "status", "--key", key, "--node", pool.members());
        return IntStream.range(0, 3)
                .filter(node -> status.output().stream()
                        .anyMatch(line -> line.startsWith("key ") && line.endsWith("n" + (node + 1) + " leads")))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException("nobody leads " + key + ": " + status.output()));
    }

    private static void awaitWell(DistCacheClient client) {
        eventually(() -> {
            PoolStatus status = client.pool();
            assertThat(status.nodes()).allMatch(node -> node.state() == NodeListener.State.HEALTHY);
            assertThat(status.groupsWithoutLeader()).isZero();
        });
    }

    @Test
    void at_a_node_that_was_killed_and_started_again() {
        NodeSetup setup = SETUP.withDataDirectory(directory.resolve("data"));
        List<NodeProcess> started = new ArrayList<>(List.of(setup.start()));
        try (DistCacheClient client = connect(started.get(0).address())) {
            fill(client);
            assertWalk(client, (page, lastKey) -> {
                if (page == 103) {
                    started.get(0).kill();
                    started.add(setup.withPort(started.get(0).port()).start());
                }
            });
        } finally {
            started.forEach(NodeProcess::close);
        }
    }
}
