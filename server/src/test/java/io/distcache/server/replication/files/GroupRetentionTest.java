package io.distcache.server.replication.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogConfig;
import io.distcache.server.log.Retention;
import io.distcache.server.log.Segment;
import io.distcache.server.log.SyncPolicy;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a member keeps for moments in the past, and that a start does not pay for it. */
class GroupRetentionTest {
    private static final int KEEP = 3;
    private static final int ENTRIES = 30;

    @TempDir
    private Path root;

    private long last;

    private GroupFiles files(DataDirectory directory, Retention retain) throws IOException {
        LogConfig config = new LogConfig(SyncPolicy.OS, Duration.ofSeconds(1), 1 << 16, retain, 1 << 20);
        return new GroupFiles(directory, config, InstantSource.system(), 2, KEEP, 1, Runnable::run, failure -> {});
    }

    /** Several segments of entries, then a snapshot. */
    private void round(GroupFiles files) throws IOException {
        for (int i = 0; i < ENTRIES; i++) {
            files.append(new GroupRecord(Kind.ENTRY, 1, ++last, 1, new byte[5000]));
            files.flush(false);
        }
        GroupPiece piece = files.keep(1, last, new byte[10]);
        byte[] payload = ByteBuffer.allocate(12)
                .putLong(piece.offset())
                .putInt(piece.length())
                .array();
        files.append(new GroupRecord(Kind.SNAPSHOT_PIECE, 1, last, 1, payload));
        files.append(new GroupRecord(Kind.SNAPSHOT_COMPLETE, 1, last, 1, new byte[0]));
        files.append(new GroupRecord(Kind.TRUNCATE_TO, 1, last, 0, new byte[0]));
        files.flush(true);
    }

    private List<Long> snapshots() throws IOException {
        try (Stream<Path> all = Files.list(root.resolve("groups/1"))) {
            return all.map(path -> Long.parseLong(path.getFileName().toString().replace(".pieces", "")))
                    .sorted()
                    .toList();
        }
    }

    private List<Path> segments() throws IOException {
        return Segment.list(root.resolve("log"));
    }

    private long positionOfFirst() throws IOException {
        return Segment.positionOf(segments().get(0));
    }

    /** Which entries a start reads. */
    private List<Long> start(Retention retain) throws IOException {
        List<Long> read = new ArrayList<>();
        try (DataDirectory directory = DataDirectory.open(root, "a test");
                GroupFiles files = files(directory, retain)) {
            files.read(record -> {
                if (record.kind() == Kind.ENTRY) {
                    read.add(record.index());
                }
            });
        }
        return read;
    }

    @Test
    void without_log_retain_only_the_newest_snapshot_stays() throws IOException {
        try (DataDirectory directory = DataDirectory.open(root, "a test");
                GroupFiles files = files(directory, Retention.NONE)) {
            files.read(record -> {});
            for (int i = 0; i < 5; i++) {
                round(files);
            }
            assertThat(snapshots()).containsExactly(5L * ENTRIES);
            assertThat(segments()).hasSizeLessThan(4);
        }
    }

    @Test
    void with_it_so_many_snapshots_stay_and_the_log_from_them_on() throws IOException {
        for (int i = 0; i < 5; i++) {
            try (DataDirectory directory = DataDirectory.open(root, "a test");
                    GroupFiles files = files(directory, new Retention(Duration.ZERO, 1))) {
                files.read(record -> {});
                round(files);
                assertThat(files.segments()).isLessThan(3);
                assertThat(files.holder()).isEmpty();
            }
        }
        assertThat(snapshots()).containsExactly(3L * ENTRIES, 4L * ENTRIES, 5L * ENTRIES);
        assertThat(positionOfFirst()).isPositive();
        List<Long> read = start(new Retention(Duration.ZERO, 1));
        assertThat(read.get(0)).isBetween(2L * ENTRIES, 3L * ENTRIES + 1);
        assertThat(read).endsWith(5L * ENTRIES);
        // Nothing wants them any more.
        try (DataDirectory directory = DataDirectory.open(root, "a test");
                GroupFiles files = files(directory, Retention.NONE)) {
            files.read(record -> {});
            round(files);
            assertThat(segments()).hasSizeLessThan(4);
        }
        start(Retention.NONE);
        assertThat(snapshots()).containsExactly(6L * ENTRIES);
    }

    @Test
    void what_is_kept_by_age_or_size_only_is_not_read_by_a_start() throws IOException {
        try (DataDirectory directory = DataDirectory.open(root, "a test");
                GroupFiles files = files(directory, Retention.ALL)) {
            files.read(record -> {});
            for (int i = 0; i < 6; i++) {
                round(files);
            }
            // A replay reads all of it.
            List<Long> all = new ArrayList<>();
            new StoppedFiles(root, 2, true).read(record -> {
                if (record.kind() == Kind.ENTRY) {
                    all.add(record.index());
                }
            });
            assertThat(all).startsWith(1L).endsWith(6L * ENTRIES);
        }
        assertThat(positionOfFirst()).isZero();
        assertThat(snapshots()).hasSize(KEEP);
        List<Long> read = start(Retention.ALL);
        assertThat(read.get(0)).isGreaterThan(3L * ENTRIES);
        // Who removes the superfluous ones does no harm; nor does it that the file is missing that says where to begin.
        Files.delete(segments().get(0));
        Files.delete(segments().get(0));
        assertThat(start(Retention.ALL)).isEqualTo(read);
        Files.delete(root.resolve("groups").resolve(BeginFile.NAME));
        assertThat(start(Retention.ALL)).endsWith(6L * ENTRIES).hasSizeGreaterThan(read.size());
    }
}
