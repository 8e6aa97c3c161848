package io.distcache.server.cli;

import static io.distcache.server.cli.RunningNode.text;
import static io.distcache.server.cli.Tools.damage;
import static io.distcache.server.cli.Tools.run;
import static io.distcache.server.cli.Tools.state;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.fixtures.Eventually;
import io.distcache.protocol.HealthReport;
import io.distcache.server.cli.Tools.Ended;
import io.distcache.server.shard.ManualClock;
import io.distcache.server.snapshot.SnapshotReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code snapshot verify}, {@code print} and {@code now}, and {@code resume}. */
@Timeout(120)
class SnapshotToolsIT {

    @TempDir
    private Path parent;

    private final ManualClock clock = new ManualClock();

    private Path directory() {
        return parent.resolve("data");
    }

    private List<Path> snapshots() throws IOException {
        return SnapshotReader.list(directory().resolve("snapshots"));
    }

    private void twoSnapshots() throws Exception {
        for (int round = 0; round < 2; round++) {
            try (RunningNode node = new RunningNode(directory(), clock)) {
                node.put("users", text("ada " + round), text("value " + round));
                clock.advance(1000);
            }
        }
        assertThat(snapshots()).hasSize(2);
    }

    @Test
    void snapshots_are_verified_all_or_one() throws Exception {
        twoSnapshots();

        Ended all = run("snapshot", "verify", directory());
        Ended one = run("snapshot", "verify", "--json", snapshots().get(0));

        assertThat(all.code()).as(all.toString()).isZero();
        assertThat(all.out())
                .contains(
                        snapshots().get(0).getFileName().toString(),
                        snapshots().get(1).getFileName().toString());
        assertThat(one.code()).isZero();
        assertThat(one.out().lines()).hasSize(1);
        assertThat(one.out()).contains("\"valid\":true", "\"entries\":1", "\"caches\":1");
    }

    @Test
    void a_damaged_snapshot_is_exit_code_3_and_print_takes_the_one_before() throws Exception {
        twoSnapshots();
        Path newest = snapshots().get(1);
        damage(newest, Files.size(newest) - 3);
        Map<String, String> before = state(directory());

        Ended verified = run("snapshot", "verify", directory());
        Ended printed = run("snapshot", "print", directory());

        assertThat(verified.code()).isEqualTo(3);
        assertThat(verified.out())
                .contains(
                        newest + ": damaged at byte ",
                        snapshots().get(0).getFileName().toString());
        assertThat(printed.code()).isZero();
        assertThat(printed.err()).contains(newest + ": damaged");
        assertThat(printed.out()).contains("\"ada 0\" = \"value 0\"").doesNotContain("ada 1");
        assertThat(run("snapshot", "print", newest).code()).isEqualTo(3);
        assertThat(state(directory())).isEqualTo(before);
    }

    @Test
    void entries_are_printed_by_cache_and_key() throws Exception {
        twoSnapshots();

        assertThat(run("snapshot", "print", directory(), "--key", "ada 1").out().lines())
                .singleElement()
                .asString()
                .contains("shop/users", "\"ada 1\" = \"value 1\"");
        assertThat(run("snapshot", "print", directory(), "--cache", "none").out())
                .isEmpty();
        assertThat(run("snapshot", "print", "--json", directory(), "--cache", "users")
                        .out()
                        .lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("{") && line.endsWith("}"));
    }

    @Test
    void what_is_no_snapshot_is_told() throws Exception {
        Path text = Files.writeString(parent.resolve("text"), "this is no snapshot");

        assertThat(run("snapshot", "verify", text).code()).isEqualTo(3);
        assertThat(run("snapshot", "verify", parent.resolve("none")).code()).isEqualTo(2);
    }

    @Test
    void a_running_node_writes_one_now() throws Exception {
        try (RunningNode node = new RunningNode(directory(), clock, "server.auth-token=s3cret")) {
            node.put("users", text("ada"), text("1"));

            Ended written = run("snapshot", "now", "--node", node.address(), "--token", "s3cret");

            assertThat(written.code()).as(written.toString()).isZero();
            Path snapshot = snapshots().get(0);
            assertThat(written.out())
                    .isEqualTo(String.format("snapshots/%s: %d bytes%n", snapshot.getFileName(), Files.size(snapshot)));
            Ended refused = run("snapshot", "now", "--node", node.address(), "--token", "wrong");
            assertThat(refused.code()).isEqualTo(1);
            assertThat(refused.err()).contains("UNAUTHORIZED");
        }
    }

    @Test
    void a_node_that_is_not_there_or_none_is_told() throws Exception {
        int free;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            free = socket.getLocalPort();
        }
        Ended nobody = run("snapshot", "now", "--node", "127.0.0.1:" + free);
        assertThat(nobody.code()).isEqualTo(1);
        assertThat(nobody.err()).contains("127.0.0.1:" + free + ": cannot connect");
        assertThat(run("snapshot", "now", "--node", "127.0.0.1:many").code()).isEqualTo(2);

        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread http = new Thread(() -> {
                try (var peer = other.accept()) {
                    peer.getOutputStream()
                            .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            http.start();
            Ended none = run("resume", "--node", "127.0.0.1:" + other.getLocalPort());
            assertThat(none.code()).isEqualTo(1);
            assertThat(none.err()).contains("does not speak the protocol of a node");
            http.join();
        }
    }

    @Test
    void a_node_that_turned_read_only_is_resumed_when_the_cause_is_gone() throws Exception {
        try (RunningNode node = new RunningNode(directory(), clock, "log.segment-bytes=64kb")) {
            node.put("users", text("ada"), text("1"));
            assertThat(run("resume", "--node", node.address()).out()).contains("it was not read-only");
            // The next segment cannot be made.
            Path log = directory().resolve("log");
            Path aside = directory().resolve("log.aside");
            Files.move(log, aside);
            Files.writeString(log, "in the way");
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10; i++) {
                            node.put("users", text("more " + i), text("x".repeat(50_000)));
                        }
                    })
                    .isInstanceOf(IOException.class);
            Eventually.eventually(
                    "it is read-only", () -> node.node().health().state() == HealthReport.State.READ_ONLY);

            Ended still = run("resume", "--node", node.address());
            assertThat(still.code()).as(still.toString()).isEqualTo(1);
            assertThat(still.err()).contains(node.address() + ": ");

            Files.delete(log);
            Files.move(aside, log);
            Ended resumed = run("resume", "--node", node.address());
            assertThat(resumed.code()).as(resumed.toString()).isZero();
            assertThat(resumed.out()).contains(node.address() + ": takes changes again");
            node.put("users", text("eve"), text("2"));
        }
        try (RunningNode node = new RunningNode(directory(), clock)) {
            assertThat(node.get("users", "ada")).isEqualTo("1");
            assertThat(node.get("users", "eve")).isEqualTo("2");
        }
    }
}
