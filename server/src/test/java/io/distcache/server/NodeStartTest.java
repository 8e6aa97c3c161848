package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.config.ConfigReader;
import io.distcache.server.node.Node;
import io.distcache.server.shard.ManualClock;
import io.distcache.server.shard.RecordingSession;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a node answers before it has its data. */
@Timeout(60)
class NodeStartTest {

    @TempDir
    private Path directory;

    private final ManualClock clock = new ManualClock();

    @ParameterizedTest
    @ValueSource(strings = {"snapshot", "log"})
    void while_it_loads_health_says_how_far_and_everything_else_is_refused(String recover) throws Exception {
        CacheDefinition cache = CacheDefinition.of("ns", "cache");
        try (DataNode node = new DataNode(directory, clock)) {
            int handle = node.open(cache);
            for (int i = 0; i < 2000; i++) {
                node.put(handle, "k" + i, "v".repeat(1000));
            }
        }
        ConfigReader reader = new ConfigReader()
                .set("node.data-dir", directory.toString(), "a test")
                .set("node.recover", recover, "a test");
        List<Integer> seen = new ArrayList<>();
        try (Node node = new Node(reader.read(), clock)) {
            RecordingSession early = new RecordingSession("early", node.dispatcher());
            assertThat(node.health().state()).isEqualTo(HealthReport.State.STARTING);
            node.load(percent -> {
                seen.add(percent);
                assertThat(node.health().state()).isEqualTo(HealthReport.State.STARTING);
                assertThat(node.health().progressPercent()).isEqualTo(percent);
                assertThat(early.ask(new Command.Ping())).isEqualTo(Reply.Ok.INSTANCE);
                for (Command command : List.of(
                        new Command.OpenCache(1, cache, true), new Command.ListCaches("ns"), new Command.Snapshot())) {
                    Reply.Failure refused = (Reply.Failure) early.ask(command);
                    assertThat(refused.status()).isEqualTo(Status.STARTING);
                    assertThat(refused.message()).contains(percent + " % so far");
                }
            });
            assertThat(seen).hasSizeGreaterThan(5).isSorted().allMatch(percent -> percent > 0 && percent <= 100);
            assertThat(node.health().state()).isEqualTo(HealthReport.State.SERVING);
            assertThat(early.ask(new Command.OpenCache(1, cache, false))).isInstanceOf(Reply.Opened.class);
            assertThat(early.ask(new Command.Size(1))).isEqualTo(new Reply.Count(2000));
        }
    }

    @Test
    void a_node_without_a_data_directory_says_so_to_an_operator() throws Exception {
        try (Node node = new Node(new ConfigReader().read(), clock)) {
            node.load(percent -> {});
            RecordingSession client = new RecordingSession("a", node.dispatcher());

            for (Command command : List.of(new Command.Snapshot(), new Command.Resume(), new Command.Backup())) {
                Reply.Failure refused = (Reply.Failure) client.await(command);
                assertThat(refused.status()).isEqualTo(Status.BAD_REQUEST);
                assertThat(refused.message()).contains("--data-dir");
            }
        }
    }
}
