package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.fixtures.Eventually;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.server.log.DamagedException;
import io.distcache.server.shard.ManualClock;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** That a log which ends earlier than it did is damage where that can be known, and not taken for what a crash leaves. */
@Timeout(120)
class LostEndTest {
    private static final CacheDefinition CACHE = CacheDefinition.of("ns", "cache");

    @TempDir
    private Path temporary;

    private final ManualClock clock = new ManualClock();

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void a_newest_segment_of_0_bytes_is_damage_after_a_kill(String sync) throws Exception {
        Path data = killed(sync, 100);
        truncate(newest(data), 0);

        assertDamaged(data, newest(data).getFileName().toString(), "0 bytes", "log-end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void a_newest_segment_of_0_bytes_is_damage_also_if_its_records_were_just_written(String sync) throws Exception {
        Path data = temporary.resolve("killed");
        try (DataNode node = start(temporary.resolve("data"), sync)) {
            int cache = node.open(CACHE);
            node.put(cache, "first", "v");
            node.copyTo(data);
        }
        truncate(newest(data), 0);

        assertDamaged(data, newest(data).getFileName().toString(), "0 bytes", "log-end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void a_missing_newest_segment_is_damage_after_a_kill(String sync) throws Exception {
        Path data = killed(sync, 100);
        Path newest = newest(data);
        assertThat(segments(data)).hasSizeGreaterThan(2);
        Files.delete(newest);

        assertDamaged(data, newest.getFileName().toString(), "missing", "log-end");
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void a_log_cut_off_at_a_record_is_damage_after_a_kill(String sync) throws Exception {
        Path data = killed(sync, 3);
        Path newest = newest(data);
        try (FileChannel file = FileChannel.open(newest)) {
            // The last put: its record, and perhaps a mark before it.
            truncate(newest, file.size() - lastRecordBytes());
        }

        assertDamaged(data, newest.getFileName().toString(), "log-end", "written up to");
    }

    @ParameterizedTest
    @ValueSource(strings = {"always", "interval", "os"})
    void after_a_clean_stop_with_its_snapshots_gone_a_shorter_log_is_damage(String sync) throws Exception {
        Path data = temporary.resolve("data");
        try (DataNode node = start(data, sync)) {
            int cache = node.open(CACHE);
            for (int i = 0; i < 10; i++) {
                node.put(cache, "k" + i, "v");
            }
        }
        for (Path snapshot : files(data.resolve("snapshots"))) {
            Files.delete(snapshot);
        }
        Path newest = newest(data);
        truncate(newest, Files.size(newest) - 1);

        assertDamaged(data, newest.getFileName().toString(), "log-end");
    }

    @Test
    void who_removes_the_note_starts_with_what_is_left() throws Exception {
        Path data = killed("interval", 100);
        truncate(newest(data), 0);
        assertDamaged(data, "To start with what is left, remove " + data.resolve("log-end"));

        Files.delete(data.resolve("log-end"));

        try (DataNode node = start(data, "interval")) {
            assertThat(node.get(node.open(CACHE), "k0")).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 10, 81})
    void a_note_that_was_not_written_whole_says_nothing(int bytes) throws Exception {
        Path data = killed("interval", 10);
        truncate(data.resolve("log-end"), bytes);

        try (DataNode node = start(data, "interval")) {
            assertThat(node.get(node.open(CACHE), "k9")).isNotNull();
        }
    }

    @Test
    void an_empty_newest_snapshot_is_passed_over_if_the_log_has_what_was_in_it_and_damage_if_not() throws Exception {
        Path data = temporary.resolve("data");
        Path copy = temporary.resolve("killed");
        try (DataNode node = start(data, "interval", "log.retain", "all")) {
            int cache = node.open(CACHE);
            node.put(cache, "k0", "v");
            Path snapshot = node.snapshot();
            node.copyTo(copy);
            truncate(copy.resolve("snapshots").resolve(snapshot.getFileName()), 0);
        }
        try (DataNode node = start(copy, "interval")) {
            assertThat(node.get(node.open(CACHE), "k0")).isEqualTo("v");
        }
        for (Path segment : segments(data)) {
            Files.delete(segment);
        }
        for (Path snapshot : files(data.resolve("snapshots"))) {
            truncate(snapshot, 0);
        }
        assertThatThrownBy(() -> start(data, "interval")).isInstanceOf(DamagedException.class);
    }

    @Test
    void an_empty_pool_file_is_damage_and_an_empty_lock_file_is_not() throws Exception {
        Path data = temporary.resolve("data");
        try (DataNode node = start(data, "interval")) {
            node.client.await(
                    new Command.Pool("n1", new Membership(1, List.of(new PoolMember("n1", "127.0.0.1:1", 1)))));
        }
        Files.write(data.resolve("lock"), new byte[] {0, 1, 2, (byte) 0xff});
        start(data, "interval").close();
        truncate(data.resolve("pool"), 0);

        assertThatThrownBy(() -> start(data, "interval"))
                .isInstanceOf(DamagedException.class)
                .hasMessageContaining(data.resolve("pool").toString())
                .hasMessageContaining("0 bytes");
    }

    // --- steps

    /** A directory as a node that is killed leaves it, a second after so many changes. */
    private Path killed(String sync, int changes) throws Exception {
        Path copy = temporary.resolve("killed");
        try (DataNode node = start(temporary.resolve("data"), sync, "log.segment-bytes", "64kb")) {
            int cache = node.open(CACHE);
            for (int i = 0; i < changes; i++) {
                clock.advance(1);
                node.put(cache, "k" + i, "v".repeat(2000));
            }
            Path note = temporary.resolve("data/log-end");
            byte[] before = Files.readAllBytes(note);
            clock.advance(1);
            node.put(cache, "last", "v");
            Eventually.eventually("the end is noted", () -> differs(note, before));
            node.copyTo(copy);
        }
        return copy;
    }

    private static boolean differs(Path note, byte[] before) {
        try {
            byte[] now = Files.readAllBytes(note);
            return now.length == before.length && !java.util.Arrays.equals(now, before);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static int lastRecordBytes() {
        return 10;
    }

    private void assertDamaged(Path data, String... words) {
        assertThatThrownBy(() -> start(data, "interval"))
                .isInstanceOf(DamagedException.class)
                .hasMessageContaining(data.toString())
                .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }

    private DataNode start(Path data, String sync, String... settings) throws IOException {
        String[] all =
                Stream.concat(Stream.of("log.sync", sync), Stream.of(settings)).toArray(String[]::new);
        return new DataNode(data, clock, all);
    }

    private static Path newest(Path data) throws IOException {
        return segments(data).stream().max(Comparator.naturalOrder()).orElseThrow();
    }

    private static List<Path> segments(Path data) throws IOException {
        return files(data.resolve("log")).stream()
                .filter(file -> file.toString().endsWith(".log"))
                .toList();
    }

    private static List<Path> files(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            return all.sorted().toList();
        }
    }

    private static void truncate(Path file, long bytes) throws IOException {
        try (FileChannel opened = FileChannel.open(file, StandardOpenOption.WRITE)) {
            opened.truncate(bytes);
        }
    }
}
