package io.distcache.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.examples.entries.Entries;
import io.distcache.examples.entries.UniqueIds;
import io.distcache.examples.pool.LostLeader;
import io.distcache.testing.JavaProcess;
import io.distcache.testing.NodeProcess;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every example, in a process of its own, against a node in another. */
class ExamplesIT {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    @Test
    void the_class_path_has_of_DistCache_what_users_have() {
        String classPath = System.getProperty("java.class.path");
        assertThat(classPath)
                .contains("distcache-provider-")
                .doesNotContain(
                        "distcache-client",
                        "distcache-protocol",
                        "distcache-server",
                        "/io/netty/",
                        "/io/vertx/",
                        "jackson",
                        "prometheus");
    }

    @Test
    void the_quick_start_sees_what_it_should() {
        try (NodeProcess node = NodeProcess.start();
                JavaProcess example = start(QuickStart.class, node)) {
            int code = example.awaitExit(LIMIT);
            assertThat(example.lines())
                    .contains("  the counter is: 2000", "All 15 answers were as they should.")
                    .noneMatch(line -> line.contains("WRONG"));
            assertThat(code).isZero();
        }
    }

    @Test
    void the_quick_start_can_run_again_on_the_same_node() {
        try (NodeProcess node = NodeProcess.start()) {
            for (int run = 0; run < 2; run++) {
                try (JavaProcess example = start(QuickStart.class, node)) {
                    assertThat(example.awaitExit(LIMIT)).isZero();
                }
            }
        }
    }

    @Test
    void the_quick_start_fails_in_one_line_without_a_node() {
        NodeProcess node = NodeProcess.start();
        node.kill();
        try (JavaProcess example = start(QuickStart.class, node)) {
            int code = example.awaitExit(LIMIT);
            assertThat(example.lines()).anyMatch(line -> line.startsWith("FAILED: ") && line.contains(node.address()));
            assertThat(code).isEqualTo(1);
        }
    }

    @Test
    void the_ten_lines_print_what_their_comment_says() {
        try (NodeProcess node = NodeProcess.start();
                JavaProcess example = start(TenLines.class, node)) {
            int code = example.awaitExit(LIMIT);
            assertThat(example.lines()).contains("2");
            assertThat(code).isZero();
        }
    }

    @Test
    void annotated_methods_on_a_CDI_container_save_what_they_should() {
        try (NodeProcess node = NodeProcess.start()) {
            String uri = node.uri("examples") + "?timeout=20s&connect-timeout=20s";
            try (JavaProcess example = JavaProcess.start(
                    List.of("-Ddistcache.uri=" + uri), "io.distcache.examples.cdi.CachedQueries", List.of())) {
                int code = example.awaitExit(LIMIT);
                assertThat(example.lines())
                        .contains("All 10 answers were as they should.")
                        .noneMatch(line -> line.contains("WRONG"));
                assertThat(code).isZero();
            }
        }
    }

    @Test
    void entries_are_set_and_got_by_the_native_API() {
        try (NodeProcess node = NodeProcess.start();
                JavaProcess example = JavaProcess.start(List.of(), Entries.class.getName(), List.of(node.address()))) {
            int code = example.awaitExit(LIMIT);
            assertThat(example.lines())
                    .contains("football 2 User[name=Ada, born=1815, languages=[en, fr]] 1")
                    .anyMatch(line -> line.matches("All [0-9]+ answers were as they should."))
                    .noneMatch(line -> line.contains("WRONG"));
            assertThat(code).isZero();
        }
    }

    @Test
    void ids_handed_out_by_several_servers_are_unique() {
        int servers = 3;
        int count = 400;
        try (NodeProcess node = NodeProcess.start()) {
            List<JavaProcess> running = IntStream.range(0, servers)
                    .mapToObj(i -> JavaProcess.start(
                            List.of(),
                            UniqueIds.class.getName(),
                            List.of(node.address(), "server-" + i, Integer.toString(count))))
                    .toList();
            List<String> ids = new ArrayList<>();
            for (JavaProcess server : running) {
                try (server) {
                    assertThat(server.awaitExit(LIMIT)).isZero();
                    server.lines().stream()
                            .filter(line -> line.matches("(user|product|session) [0-9]+ by .*"))
                            .map(line -> line.substring(0, line.indexOf(" by")))
                            .forEach(ids::add);
                }
            }
            assertThat(ids).hasSize(3 * servers * count).doesNotHaveDuplicates();
        }
    }

    @Test
    void a_replicated_pool_loses_nothing_with_the_leader_of_a_hot_key(@TempDir Path directory) throws IOException {
        Path jar = directory.resolve("node.jar");
        try (InputStream program = NodeProcess.class.getResourceAsStream("node.jar")) {
            Files.copy(Objects.requireNonNull(program), jar);
        }
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> distcache = List.of(java, "-XX:TieredStopAtLevel=1", "-Xmx256m", "-jar", jar.toString());
        try (JavaProcess example = JavaProcess.start(List.of(), LostLeader.class.getName(), distcache)) {
            int code = example.awaitExit(LIMIT.multipliedBy(3));
            assertThat(code).as("%s", String.join("\n", example.lines())).isZero();
            assertThat(example.lines())
                    .contains("  All is as it should be.", "The nodes have stopped, and their directories are gone.");
        }
    }

    private static JavaProcess start(Class<?> example, NodeProcess node) {
        // A machine that builds elsewhere too may be slow.
        String uri = node.uri("examples") + "?timeout=20s&connect-timeout=20s";
        return JavaProcess.start(List.of("-Ddistcache.uri=" + uri), example.getName(), List.of());
    }
}
