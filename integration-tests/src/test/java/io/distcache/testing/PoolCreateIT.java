package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
            assertRefused(1, b + " has 1 entries", a, b, c);
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
}
