package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What {@code pool create} refuses, and that nothing is changed then. */
@Timeout(180)
class PoolCreateIT {
    @TempDir
    private Path directory;

    private final List<NodeProcess> nodes = new ArrayList<>();

    @BeforeEach
    void start() {
        for (int i = 0; i < 3; i++) {
            nodes.add(NodeSetup.of()
                    .withJvmFlags("-Xmx128m", "-XX:TieredStopAtLevel=1")
                    .withDataDirectory(directory.resolve("n" + i))
                    .start());
        }
    }

    @AfterEach
    void stop() {
        nodes.forEach(NodeProcess::close);
    }

    private static void assertRefused(int code, String why, String... arguments) {
        List<String> command = new ArrayList<>(List.of("pool", "create"));
        command.addAll(List.of(arguments));
        DistCacheCommand.Ended ended = DistCacheCommand.run(command.toArray(String[]::new));
        assertThat(ended.exitCode()).as("%s", ended.output()).isEqualTo(code);
        assertThat(String.join("\n", ended.output())).contains(why);
    }

    @Test
    void what_cannot_be_a_pool_is_told_and_nothing_is_changed() {
        String a = nodes.get(0).address();
        String b = nodes.get(1).address();
        String c = nodes.get(2).address();
        assertRefused(2, "three or five nodes, and 2 are named", a, b);
        assertRefused(2, "named twice", a, b, b);
        assertRefused(2, "--replicas 5 with 3 nodes", "--replicas", "5", a, b, c);
        assertRefused(2, "1 to 64 are allowed", "--groups", "65", a, b, c);

        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(b))) {
            client.set("there", 1L);
            try (DistCacheClient other = DistCacheClient.connect(ClientConfig.parse(c))) {
                other.set("there", 1L);
                assertRefused(1, b + " has entries, and " + c + " has 1", a, b, c);
                other.clear();
            }
            client.clear();
        }

        String gone = c;
        nodes.get(2).kill();
        assertRefused(1, gone + ": cannot connect", a, b, gone);

        nodes.set(2, NodeSetup.of().withDataDirectory(directory.resolve("n2")).start());
        c = nodes.get(2).address();
        assertThat(DistCacheCommand.run("pool", "create", a, b, c).exitCode()).isZero();
        assertRefused(1, a + " is a member of replicated pool", a, b, c);
    }

    /** One node becomes three while it is used: nothing fails, nothing is lost, and then it can go. */
    @Test
    void a_pool_begins_with_what_one_of_its_nodes_has_while_clients_go_on() throws Exception {
        String a = nodes.get(0).address();
        int entries = 20_000;
        AtomicLong increments = new AtomicLong();
        AtomicBoolean ends = new AtomicBoolean();
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(a))) {
            for (int i = 0; i < entries; i += 1000) {
                Map<String, String> some = new HashMap<>();
                for (int j = i; j < i + 1000; j++) {
                    some.put("k" + j, "v" + j);
                }
                client.setMany(some);
            }
            client.delete("k7");
            client.set("short", "lived", Duration.ofHours(1));
            client.set("brief", "lived", Duration.ofMillis(1));
            Runnable load = () -> {
                while (!ends.get()) {
                    client.increment("n");
                    increments.incrementAndGet();
                    assertThat(client.<String>get("k8")).isEqualTo("v8");
                }
            };
            CompletableFuture<Void> loaded = CompletableFuture.runAsync(load);
            DistCacheCommand.Ended made = DistCacheCommand.run(
                    "pool", "create", a, nodes.get(1).address(), nodes.get(2).address());
            assertThat(made.exitCode()).as("%s", made.output()).isZero();
            assertThat(String.join("\n", made.output()))
                    .contains(
                            a + " is member 0 of replicated pool",
                            "begins with its entries",
                            "each of the 3 nodes has");
            Thread.sleep(1000);
            ends.set(true);
            loaded.get(30, TimeUnit.SECONDS);
        }

        nodes.get(0).kill();
        String others = nodes.get(1).address() + "," + nodes.get(2).address();
        try (DistCacheClient client = DistCacheClient.connect(ClientConfig.parse(others).toBuilder()
                .callTimeout(Duration.ofSeconds(20))
                .build())) {
            assertThat(client.<Long>get("n")).isEqualTo(increments.get());
            assertThat(client.<String>get("k7")).isNull();
            assertThat(client.<String>get("brief")).isNull();
            assertThat(client.ttl("short"))
                    .hasValueSatisfying(
                            left -> assertThat(left).isBetween(Duration.ofMinutes(50), Duration.ofHours(1)));
            // All but k7 and what has run out, and the counter beside them.
            assertThat(client.size()).isEqualTo(entries - 1 + 2);
            for (int i = 0; i < entries; i += 97) {
                assertThat(client.<String>get("k" + i)).isEqualTo("v" + i);
            }
        }
    }
}
