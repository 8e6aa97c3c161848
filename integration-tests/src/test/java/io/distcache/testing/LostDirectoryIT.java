package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.DistCacheClient;
import io.distcache.testing.DistCacheCommand.Ended;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What operators and other processes see of a node whose data directory is taken away from it, or that cannot write at its stop. */
@Timeout(180)
class LostDirectoryIT {

    @TempDir
    private Path temporary;

    private NodeProcess node;

    @AfterEach
    void stop() {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void a_renamed_directory_makes_health_503_with_the_cause_and_the_stop_exit_code_4_with_what_it_means()
            throws Exception {
        Path data = temporary.resolve("data");
        node = start(data, "http.port=0");
        set("before");
        Files.move(data, temporary.resolve("moved"));

        URI health = URI.create("http://127.0.0.1:" + httpPort() + "/health");
        eventually(() -> {
            HttpResponse<String> answer = HttpClient.newHttpClient()
                    .send(HttpRequest.newBuilder(health).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.body()).contains("read-only", data + " is gone");
        });
        for (String tool : new String[] {"resume", "snapshot"}) {
            Ended ended = tool.equals("resume")
                    ? DistCacheCommand.run("resume", "--node", node.address())
                    : DistCacheCommand.run("snapshot", "now", "--node", node.address());
            assertThat(ended.exitCode()).isEqualTo(1);
            assertThat(String.join("\n", ended.output()))
                    .contains(data + " is gone")
                    .doesNotContain("Exception");
        }
        assertThat(node.stop()).isEqualTo(4);
        assertThat(node.process().lines())
                .anyMatch(line -> line.startsWith("distcache: the node was read-only when it stopped: ")
                        && line.contains(data + " is gone"));
    }

    @Test
    void a_second_node_is_refused_although_the_lock_file_was_removed() throws IOException {
        Path data = temporary.resolve("data");
        node = start(data);
        set("before");
        Files.delete(data.resolve("lock"));

        Ended second = DistCacheCommand.run("server", "--port", "0", "--data-dir", data.toString());

        assertThat(second.exitCode()).isEqualTo(2);
        assertThat(String.join("\n", second.output()))
                .contains("in use by process " + node.process().pid(), "removed")
                .doesNotContain("ready ");
    }

    @Test
    void where_both_lock_files_were_removed_the_first_has_stopped_writing_before_the_second_begins()
            throws IOException {
        Path data = temporary.resolve("data");
        node = start(data);
        set("before");
        Files.delete(data.resolve("lock"));
        Files.delete(data.resolve("log").resolve("lock"));

        try (NodeProcess second = start(data)) {
            assertThat(node.process().lines()).anyMatch(line -> line.contains("the log failed"));
            try (DistCacheClient client = DistCacheClient.connect(second.address())) {
                assertThat((String) client.get("before")).isEqualTo("value");
            }
        }
    }

    @Test
    void a_snapshot_that_fails_at_the_stop_is_exit_code_4_and_a_line_and_nothing_is_lost() {
        Path data = temporary.resolve("data");
        node = start(data, "log.segment-bytes=64kb", "snapshot.interval=0s");
        try (DistCacheClient client = DistCacheClient.connect(node.address())) {
            for (int i = 0; i < 300; i++) {
                client.set("k" + i, "v".repeat(1000));
            }
        }
        FileSizeLimit.set(node.process().pid(), "100000");

        assertThat(node.stop()).isEqualTo(4);
        assertThat(node.process().lines())
                .anyMatch(line -> line.startsWith("distcache: no snapshot could be written when the node stopped: ")
                        && line.contains("File too large")
                        && line.contains(data.resolve("snapshots").toString())
                        && line.contains("No change is lost"));

        node = start(data);
        try (DistCacheClient client = DistCacheClient.connect(node.address())) {
            assertThat(client.size()).isEqualTo(300);
        }
        assertThat(node.stop()).isZero();
    }

    private static NodeProcess start(Path data, String... settings) {
        return NodeSetup.of(settings)
                .withDataDirectory(data)
                .withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
                .start();
    }

    private void set(String key) {
        try (DistCacheClient client = DistCacheClient.connect(node.address())) {
            client.set(key, "value");
        }
    }

    private String httpPort() {
        String ready = node.process().lines().stream()
                .filter(line -> line.startsWith("ready "))
                .findFirst()
                .orElseThrow();
        return ready.replaceAll(".* http=(\\d+) .*", "$1");
    }
}
