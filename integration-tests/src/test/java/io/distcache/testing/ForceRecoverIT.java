package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.NodeListener;
import io.distcache.client.PoolStatus;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.MutableConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** All members of a replicated pool are killed, and one directory is all that is left: it becomes a node on its own, with everything. */
@Timeout(180)
class ForceRecoverIT {
    private static final int ENTRIES = 500;
    private static final Pattern POOL = Pattern.compile("of replicated pool ([0-9a-f]{16})");

    @TempDir
    private Path directory;

    private final NodeSetup setup = NodeSetup.of().withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1");

    private static ClientConfig config(String nodes) {
        return ClientConfig.parse(nodes).toBuilder()
                .callTimeout(Duration.ofSeconds(20))
                .connectTimeout(Duration.ofSeconds(20))
                .build();
    }

    @Test
    void one_member_has_everything_and_goes_on_as_a_node_on_its_own() {
        Map<String, String> written = new HashMap<>();
        try (ReplicatedPool pool = ReplicatedPool.start(setup, 3, directory)) {
            try (DistCacheClient client = DistCacheClient.connect(config(pool.members()))) {
                for (int i = 0; i < ENTRIES; i++) {
                    client.set("k" + i, "v" + i);
                    written.put("k" + i, "v" + i);
                }
                assertThat(DistCacheCommand.run(
                                        "snapshot",
                                        "now",
                                        "--node",
                                        pool.node(1).address())
                                .exitCode())
                        .isZero();
                for (int i = 0; i < ENTRIES; i += 3) {
                    client.delete("k" + i);
                    written.remove("k" + i);
                }
                for (int i = 1; i < ENTRIES; i += 3) {
                    client.set("k" + i, "w" + i, Duration.ofHours(2));
                    written.put("k" + i, "w" + i);
                }
                for (int i = 0; i < 7; i++) {
                    client.increment("counter");
                }
                writeThroughJCache(pool.uri("app"));
                eventually(() -> {
                    PoolStatus status = client.pool();
                    assertThat(status.nodes()).allMatch(node -> node.state() == NodeListener.State.HEALTHY);
                });
                awaitNothingBehind(pool);
                backUp(pool, written);
            }
            killAll(pool);
        }
        String data = directory.resolve("n2").toString();
        DistCacheCommand.Ended shown = DistCacheCommand.run("pool", "force-recover", "--data", data, "--show");
        assertThat(shown.exitCode()).as("%s", shown.output()).isZero();
        Matcher pool = POOL.matcher(String.join("\n", shown.output()));
        assertThat(pool.find()).as("%s", shown.output()).isTrue();
        refusedAndNothingChanged(data, pool.group(1));

        DistCacheCommand.Ended recovered = DistCacheCommand.run(
                "pool", "force-recover", "--data", data, "--lose-unconfirmed", "--yes", pool.group(1));
        System.out.println(String.join("\n", recovered.output()));
        assertThat(recovered.exitCode()).as("%s", recovered.output()).isZero();
        // Twice: what the first one has written comes from its own log.
        for (int start = 1; start <= 2; start++) {
            try (NodeProcess node = setup.withDataDirectory(Path.of(data)).start();
                    DistCacheClient client = DistCacheClient.connect(config(node.address()))) {
                assertHas(client, written);
                assertThat(client.increment("counter")).isEqualTo(7 + start);
                assertThat(client.size()).isEqualTo(written.size() + 1);
                readThroughJCache(node.uri("app"));
                node.kill();
            }
        }
    }

    private static void assertHas(DistCacheClient client, Map<String, String> written) {
        written.forEach((key, value) -> assertThat(client.<String>get(key)).isEqualTo(value));
        assertThat(client.exists("k0")).isFalse();
        Optional<Duration> left = client.ttl("k1");
        assertThat(left)
                .hasValueSatisfying(ttl -> assertThat(ttl).isBetween(Duration.ofMinutes(100), Duration.ofHours(2)));
    }

    private static void refusedAndNothingChanged(String data, String pool) {
        List<String[]> wrong = new ArrayList<>();
        wrong.add(new String[] {"pool", "force-recover", "--data", data, "--yes", pool});
        wrong.add(new String[] {"pool", "force-recover", "--data", data, "--lose-unconfirmed", "--yes", "17"});
        wrong.add(new String[] {"pool", "force-recover", "--data", data, "--lose-unconfirmed"});
        for (String[] command : wrong) {
            DistCacheCommand.Ended ended = DistCacheCommand.run(command);
            assertThat(ended.exitCode()).as("%s", ended.output()).isEqualTo(2);
            assertThat(String.join(" ", ended.output())).contains("Nothing was changed");
        }
        assertThat(Path.of(data, "replicated-pool.json")).exists();
    }

    /** Each member has all of it; what is changed later is not in it. */
    private void backUp(ReplicatedPool pool, Map<String, String> written) {
        String file = directory.resolve("pool.backup").toString();
        for (int member = 0; member < 3; member++) {
            try (DistCacheClient client = DistCacheClient.connect(config(pool.members()))) {
                client.set("newest", member);
            }
            DistCacheCommand.Ended made = DistCacheCommand.run(
                    "backup", "--force", "--node", pool.node(member).address(), file);
            assertThat(made.exitCode()).as("%s", made.output()).isZero();
            String restored = directory.resolve("restored-" + member).toString();
            DistCacheCommand.Ended ended = DistCacheCommand.run("restore", file, restored);
            assertThat(ended.exitCode()).as("%s", ended.output()).isZero();
            try (NodeProcess node = setup.withDataDirectory(Path.of(restored)).start();
                    DistCacheClient client = DistCacheClient.connect(config(node.address()))) {
                assertHas(client, written);
                assertThat(client.<Integer>get("newest")).isEqualTo(member);
                assertThat(client.increment("counter", 0)).isEqualTo(7);
                readThroughJCache(node.uri("app"));
            }
        }
        try (DistCacheClient client = DistCacheClient.connect(config(pool.members()))) {
            client.delete("newest");
        }
        awaitNothingBehind(pool);
    }

    private static void awaitNothingBehind(ReplicatedPool pool) {
        eventually(() -> {
            DistCacheCommand.Ended status = DistCacheCommand.run(
                    "pool", "status", "--node", pool.node(0).address());
            assertThat(status.exitCode()).as("%s", status.output()).isZero();
        });
    }

    private static void killAll(ReplicatedPool pool) {
        pool.nodes().stream().parallel().forEach(NodeProcess::kill);
    }

    private static void writeThroughJCache(URI uri) {
        try (CacheManager manager =
                Caching.getCachingProvider().getCacheManager(uri, ForceRecoverIT.class.getClassLoader())) {
            Cache<String, Integer> cache = manager.createCache("numbers", new MutableConfiguration<>());
            for (int i = 0; i < 50; i++) {
                cache.put("n" + i, i);
            }
            manager.createCache("gone", new MutableConfiguration<String, Integer>())
                    .put("k", 1);
            manager.destroyCache("gone");
        }
    }

    private static void readThroughJCache(URI uri) {
        try (CacheManager manager =
                Caching.getCachingProvider().getCacheManager(uri, ForceRecoverIT.class.getClassLoader())) {
            Cache<String, Integer> cache = manager.getCache("numbers");
            for (int i = 0; i < 50; i++) {
                assertThat(cache.get("n" + i)).isEqualTo(i);
            }
            assertThat(manager.<Object, Object>getCache("gone")).isNull();
        }
    }
}
