package io.distcache.client;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.fixtures.ScriptedNode;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Attempts to connect: what they are told by, which addresses they try, and whose fault it is that one takes long. */
class AttemptIT {
    private static final String HOSTS_FILE = "jdk.net.hosts.file";

    @TempDir
    Path directory;

    private final List<AutoCloseable> opened = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        System.clearProperty(HOSTS_FILE);
        for (AutoCloseable one : opened) {
            one.close();
        }
    }

    private ScriptedNode node() throws IOException {
        ScriptedNode node = new ScriptedNode();
        opened.add(node);
        return node;
    }

    private static ClientConfig.Builder config(String host, int port) {
        return ClientConfig.of(new NodeAddress(host, port)).toBuilder();
    }

    private void hosts(String lines) throws IOException {
        Path file = directory.resolve("hosts");
        Files.writeString(file, lines);
        System.setProperty(HOSTS_FILE, file.toString());
    }

    @Test
    void the_exceptions_own_message_has_the_reason_of_the_last_attempt() throws Exception {
        ScriptedNode gone = node();
        gone.stop();
        assertThatThrownBy(() -> DistCacheClient.connect(ClientConfig.parse(gone.address())))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining(gone.address())
                .hasMessageContaining("Connection refused");

        hosts("");
        assertThatThrownBy(() ->
                        DistCacheClient.connect(config("nowhere.invalid", 2050).build()))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("its host nowhere.invalid is not known");

        ScriptedNode silent = node();
        silent.silentHello = true;
        assertThatThrownBy(() -> DistCacheClient.connect(config("127.0.0.1", silent.port())
                        .connectTimeout(Duration.ofMillis(300))
                        .build()))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("it accepted the connection, but did not finish the handshake within 300 ms");

        ScriptedNode refusing = node();
        refusing.refusal = new Reply.Failure(Status.DRAINING, "it is stopping");
        assertThatThrownBy(() -> DistCacheClient.connect(ClientConfig.parse(refusing.address())))
                .isInstanceOf(UnreachableException.class)
                .hasMessageContaining("it is stopping");
    }

    @Test
    void a_name_is_looked_up_anew_at_each_attempt() throws Exception {
        ScriptedNode node = node();
        hosts("127.0.0.9 moved.test\n");
        DistCacheClient client = DistCacheClient.connect(config("moved.test", node.port())
                .lazy(true)
                .maxBackoff(Duration.ofMillis(200))
                .build());
        opened.add(client);
        eventually("it is down", () -> client.state() == NodeListener.State.DOWN);
        assertThat(client.pool().nodes().get(0).reason()).contains("127.0.0.9");
        hosts("127.0.0.1 moved.test\n");
        eventually("it is found where it is now", () -> client.state() == NodeListener.State.HEALTHY);
    }

    @Test
    void of_several_addresses_those_that_are_dead_cost_a_moment() throws Exception {
        ScriptedNode node = node();
        hosts("127.0.0.9 many.test\n127.0.0.8 many.test\n127.0.0.1 many.test\n");
        try (DistCacheClient client =
                DistCacheClient.connect(config("many.test", node.port()).build())) {
            eventually("it is connected", () -> client.state() == NodeListener.State.HEALTHY);
        }
    }

    @Test
    void nobody_is_warned_of_a_node_that_is_down_while_the_first_attempt_is_still_under_way() throws Exception {
        ScriptedNode slow = node();
        slow.silentHello = true;
        PrintStream standardError = System.err;
        ByteArrayOutputStream logged = new ByteArrayOutputStream();
        System.setErr(new PrintStream(logged, true, StandardCharsets.UTF_8));
        try {
            DistCacheClient client = DistCacheClient.connect(config("127.0.0.1", slow.port())
                    .lazy(true)
                    .downAfter(Duration.ofMillis(200))
                    .connectTimeout(Duration.ofMillis(2500))
                    .build());
            opened.add(client);
            eventually("calls do not wait for it", () -> client.state() == NodeListener.State.DOWN);
            assertThat(client.pool().nodes().get(0).reason()).isEqualTo("the first attempt to connect is under way");
            assertThat(logged.toString(StandardCharsets.UTF_8))
                    .contains("INFO")
                    .contains(slow.address() + " is not there yet, and calls do not wait for it")
                    .doesNotContain("WARN", "is down");
            eventually(
                    "the attempt has failed",
                    () -> client.pool().nodes().get(0).reason().contains("did not finish the handshake"));
        } finally {
            System.setErr(standardError);
        }
    }

    @Test
    void time_in_which_the_event_loop_did_something_else_is_not_the_nodes() throws Exception {
        ScriptedNode node = node();
        node.reports = true;
        CountDownLatch occupied = new CountDownLatch(2);
        CountDownLatch free = new CountDownLatch(1);
        for (int loop = 0; loop < 2; loop++) {
            DistCacheClient other = DistCacheClient.connect(config("127.0.0.1", node.port())
                    .healthInterval(Duration.ofMillis(100))
                    .build());
            opened.add(other);
            AtomicBoolean once = new AtomicBoolean();
            other.addListener(new NodeListener() {
                @Override
                public void health(NodeReport report) {
                    if (once.compareAndSet(false, true)) {
                        occupied.countDown();
                        try {
                            // Longer than the attempt below may take.
                            boolean unused = free.await(1500, TimeUnit.MILLISECONDS);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        }
                    }
                }
            });
        }
        assertThat(occupied.await(20, TimeUnit.SECONDS)).isTrue();
        try (DistCacheClient client = DistCacheClient.connect(config("127.0.0.1", node.port())
                .connectTimeout(Duration.ofSeconds(1))
                .build())) {
            eventually("it is connected", () -> client.state() == NodeListener.State.HEALTHY);
        }
    }
}
