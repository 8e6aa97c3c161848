package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Reply;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.Segment;
import io.distcache.server.persistence.Recovery;
import io.distcache.server.shard.ManualClock;
import io.distcache.server.store.EntryRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whatever happens to the newest snapshot: the one before it and the log give the same, or nothing is given at all. */
@Timeout(120)
class SnapshotCutAnywhereTest {

    @TempDir
    private Path directory;

    private final ManualClock clock = new ManualClock();
    private final Map<String, Map<Bytes, ModelledLog.Entry>> expected = new HashMap<>();
    private Path data;
    private Path older;
    private Path newest;

    @BeforeEach
    void a_node_takes_two_snapshots_and_is_killed() throws Exception {
        Path running = directory.resolve("running");
        data = directory.resolve("data");
        try (DataNode node = new DataNode(running, clock)) {
            int[] caches = {node.open(CacheDefinition.of("ns", "one")), node.open(CacheDefinition.of("ns", "two"))};
            change(node, caches, 1);
            older = node.snapshot();
            change(node, caches, 2);
            newest = node.snapshot();
            change(node, caches, 3);
            node.copyTo(data);
        }
        older = data.resolve(running.relativize(older));
        newest = data.resolve(running.relativize(newest));
        assertThat(older).isNotEqualTo(newest).exists();
        assertThat(newest).exists();
        assertThat(recover()).isEqualTo(expected);
    }

    private void change(DataNode node, int[] caches, int round) throws InterruptedException {
        for (int i = 0; i < 10; i++) {
            String name = i % 2 == 0 ? "one" : "two";
            String key = "k" + (i + round);
            Reply.Changed put = (Reply.Changed) node.put(caches[i % 2], key, "v" + round);
            expected.computeIfAbsent(name, n -> new HashMap<>())
                    .put(
                            DataNode.text(key),
                            new ModelledLog.Entry(DataNode.text("v" + round), put.version(), EntryRecord.NO_DEADLINE));
        }
        node.remove(caches[0], "k" + (2 + round));
        expected.get("one").remove(DataNode.text("k" + (2 + round)));
    }

    @Test
    void a_newest_snapshot_cut_at_any_byte_is_passed_over_and_nothing_is_missing() throws IOException {
        byte[] bytes = Files.readAllBytes(newest);
        for (int length = 0; length < bytes.length; length++) {
            Files.write(newest, Arrays.copyOf(bytes, length));
            assertThat(recover()).as("cut to %d bytes", length).isEqualTo(expected);
        }
    }

    @Test
    void a_newest_snapshot_with_any_byte_changed_is_passed_over_and_nothing_is_missing() throws IOException {
        Random random = new Random(42);
        byte[] bytes = Files.readAllBytes(newest);
        for (int i = 0; i < bytes.length; i++) {
            byte[] changed = bytes.clone();
            changed[i] ^= (byte) (1 + random.nextInt(255));
            Files.write(newest, changed);
            assertThat(recover()).as("byte %d changed", i).isEqualTo(expected);
        }
    }

    @Test
    void without_any_valid_snapshot_the_whole_log_is_read() throws IOException {
        Files.write(newest, new byte[100]);
        Files.write(older, new byte[0]);

        assertThat(recover()).isEqualTo(expected);
    }

    @Test
    void without_any_valid_snapshot_and_without_the_logs_beginning_nothing_is_given() throws IOException {
        Files.write(newest, new byte[100]);
        Files.write(older, new byte[0]);
        Path first = Segment.list(data.resolve("log")).get(0);
        Files.move(first, first.resolveSibling(Segment.name(77)));

        assertThatThrownBy(this::recover)
                .isInstanceOf(DamagedException.class)
                .hasMessageContaining("earlier segments are missing")
                .hasMessageContaining("bin/distcache log verify " + data);
    }

    @Test
    void a_log_that_ends_before_a_snapshot_says_it_does_is_refused_whatever_became_of_the_snapshot()
            throws IOException {
        Path log = Segment.list(data.resolve("log")).get(0);
        byte[] bytes = Files.readAllBytes(log);
        int snapshotOffset = (int) Segment.positionOf(newest) + Segment.HEADER_BYTES;
        for (boolean damagedToo : new boolean[] {false, true}) {
            if (damagedToo) {
                Files.write(newest, new byte[100]);
            }
            for (int length : new int[] {Segment.HEADER_BYTES, snapshotOffset / 2, snapshotOffset - 1}) {
                Files.write(log, Arrays.copyOf(bytes, length));
                assertThatThrownBy(this::recover)
                        .as("cut to %d", length)
                        .isInstanceOf(DamagedException.class)
                        .hasMessageContaining("a snapshot says that it was on disk");
            }
        }
    }

    private Map<String, Map<Bytes, ModelledLog.Entry>> recover() throws IOException {
        ModelledLog.Store store = new ModelledLog.Store(2);
        Recovery.of(data).into(store.caches, store.shards, 2, 0, percent -> {});
        return store.state();
    }
}
