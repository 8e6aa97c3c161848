package io.distcache.server.replication.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.consensus.GroupRecord;
import io.distcache.server.consensus.GroupRecord.Kind;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogConfig;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.Retention;
import io.distcache.server.log.Segment;
import io.distcache.server.log.SyncPolicy;
import io.distcache.server.persistence.Recovery;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What groups keep on disk survives whatever ends the process, and no more is kept than a start needs. */
@Timeout(120)
class GroupFilesTest {
    private static final int GROUPS = 3;
    private static final int SMALLEST_SEGMENT = 1 << 16;

    /** What a start has of one group, by the rules of the port. Confined to one thread. */
    private static final class Kept {
        private final TreeMap<Long, GroupRecord> entries = new TreeMap<>();
        private final TreeMap<Long, Set<GroupPiece>> pieces = new TreeMap<>();
        private int term;
        private String member = "";
        private long covered;
        private boolean silent;

        void add(GroupRecord record) {
            long index = record.index();
            switch (record.kind()) {
                case MEMBER, FIRST_MEMBERS -> member = new String(record.payload(), StandardCharsets.UTF_8);
                case TERM -> term = record.term();
                case ENTRY -> entries.put(index, record);
                case TRUNCATE_FROM -> entries.tailMap(index, true).clear();
                case TRUNCATE_TO -> {
                    entries.headMap(index, true).clear();
                    pieces.headMap(index, false).clear();
                }
                case SNAPSHOT_PIECE ->
                    pieces.computeIfAbsent(index, i -> new LinkedHashSet<>()).add(piece(record));
                case SNAPSHOT_COMPLETE -> covered = Math.max(covered, index);
                case DROP_SNAPSHOT -> pieces.remove(index);
                case SILENT -> silent = record.payload()[0] != 0;
            }
        }

        private static GroupPiece piece(GroupRecord record) {
            ByteBuffer from = ByteBuffer.wrap(record.payload());
            return new GroupPiece(record.group(), record.index(), from.getLong(), from.getInt());
        }

        String text(GroupFiles files) throws IOException {
            StringBuilder text =
                    new StringBuilder(member + (silent ? " silent" : "") + " term " + term + " covered " + covered);
            entries.tailMap(covered, false)
                    .forEach((index, entry) -> text.append(' ')
                            .append(index)
                            .append(':')
                            .append(entry.term())
                            .append(':')
                            .append(entry.payload().length));
            for (GroupPiece piece : pieces.getOrDefault(covered, Set.of())) {
                byte[] bytes = files.bytes(piece);
                text.append(" piece ").append(bytes.length).append(' ').append(bytes[0]);
            }
            return text.toString();
        }
    }

    static {
        // What a crash has left is cut hundreds of times.
        System.setProperty("org.slf4j.simpleLogger.log." + GroupFiles.class.getName(), "error");
    }

    @TempDir
    private Path root;

    private int copies;

    private static GroupFiles files(DataDirectory directory, SyncPolicy sync) throws IOException {
        LogConfig config = new LogConfig(sync, Duration.ofSeconds(1), SMALLEST_SEGMENT, Retention.NONE, 1 << 20);
        return new GroupFiles(directory, config, InstantSource.system(), GROUPS, 1, 1, Runnable::run, failure -> {});
    }

    private static GroupRecord record(Kind kind, int group, long index, int term, int bytes) {
        return new GroupRecord(kind, group, index, term, new byte[bytes]);
    }

    private static void piece(GroupFiles files, int group, long index, byte[] bytes) throws IOException {
        GroupPiece piece = files.keep(group, index, bytes);
        byte[] payload = ByteBuffer.allocate(12)
                .putLong(piece.offset())
                .putInt(piece.length())
                .array();
        files.append(new GroupRecord(Kind.SNAPSHOT_PIECE, group, index, 1, payload));
    }

    /** What a start in a directory has. */
    private static String read(Path path) throws IOException {
        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.ALWAYS)) {
            Kept[] kept = Stream.generate(Kept::new).limit(GROUPS).toArray(Kept[]::new);
            files.read(record -> kept[record.group()].add(record));
            return text(kept, files);
        }
    }

    private static String text(Kept[] kept, GroupFiles files) throws IOException {
        StringBuilder text = new StringBuilder();
        for (Kept group : kept) {
            text.append(group.text(files)).append('\n');
        }
        return text.toString();
    }

    /** The directory as another process finds it when this one is killed now. */
    private Path killed(Path path) throws IOException {
        Path copy = root.resolve("copy" + copies++);
        copy(path, copy);
        return copy;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : (Iterable<Path>) all::iterator) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    @Test
    void a_process_killed_after_any_flush_finds_all_that_was_flushed_and_old_segments_go() throws IOException {
        Path path = root.resolve("data");
        Random random = new Random(42);
        Kept[] kept = Stream.generate(Kept::new).limit(GROUPS).toArray(Kept[]::new);
        long[] last = new long[GROUPS];
        long bytes = 0;
        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.ALWAYS)) {
            files.read(record -> {});
            for (int group = 0; group < GROUPS; group++) {
                append(
                        files,
                        kept,
                        new GroupRecord(Kind.MEMBER, group, 0, 0, ("m" + group).getBytes(StandardCharsets.UTF_8)));
                append(files, kept, record(Kind.TERM, group, 0, 1, 1));
            }
            int most = 0;
            for (int turn = 0; turn < 300; turn++) {
                for (int i = random.nextInt(4); i >= 0; i--) {
                    // Group 0 does little, as that of definitions.
                    int group = random.nextInt(50) == 0 ? 0 : 1 + random.nextInt(GROUPS - 1);
                    bytes += change(files, kept, last, group, random);
                }
                files.flush(turn % 3 > 0);
                most = Math.max(most, files.segments());
                if (turn % 7 == 0 || turn > 290) {
                    assertThat(read(killed(path))).as("turn " + turn).isEqualTo(text(kept, files));
                }
                if (files.holder().isPresent() && files.segments() > 3) {
                    snapshot(files, kept, last, files.holder().getAsInt(), random);
                    files.flush(true);
                    assertThat(read(killed(path))).as("after a snapshot").isEqualTo(text(kept, files));
                }
            }
            assertThat(bytes).isGreaterThan(20L * SMALLEST_SEGMENT);
            assertThat(Segment.list(directory.log())).hasSizeBetween(2, 8);
            assertThat(most).isLessThan(10);
            try (Stream<Path> pieces = Files.walk(path.resolve("groups"))) {
                assertThat(pieces.filter(Files::isRegularFile)).hasSizeLessThan(3 * GROUPS);
            }
        }
        assertThat(read(path)).isEqualTo(read(path));
    }

    private static void append(GroupFiles files, Kept[] kept, GroupRecord record) throws IOException {
        files.append(record);
        kept[record.group()].add(record);
    }

    private long change(GroupFiles files, Kept[] kept, long[] last, int group, Random random) throws IOException {
        int what = random.nextInt(20);
        Kept of = kept[group];
        if (what == 0) {
            append(files, kept, record(Kind.TERM, group, 0, of.term + 1, 1));
        } else if (what == 1 && last[group] > of.covered + 2) {
            last[group] -= 2;
            append(files, kept, record(Kind.TRUNCATE_FROM, group, last[group] + 1, 0, 0));
        } else if (what == 2) {
            snapshot(files, kept, last, group, random);
        } else {
            int length = 1000 + random.nextInt(6000);
            append(files, kept, record(Kind.ENTRY, group, ++last[group], of.term, length));
            return length;
        }
        return 0;
    }

    private static void snapshot(GroupFiles files, Kept[] kept, long[] last, int group, Random random)
            throws IOException {
        long index = last[group];
        if (index <= kept[group].covered) {
            return;
        }
        List<Supplier<byte[]>> pieces = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            byte[] bytes = new byte[1 + random.nextInt(5000)];
            random.nextBytes(bytes);
            pieces.add(() -> bytes);
        }
        for (GroupPiece piece : keep(files, group, index, pieces, random.nextBoolean())) {
            byte[] payload = ByteBuffer.allocate(12)
                    .putLong(piece.offset())
                    .putInt(piece.length())
                    .array();
            append(files, kept, new GroupRecord(Kind.SNAPSHOT_PIECE, group, index, 1, payload));
        }
        append(files, kept, record(Kind.SNAPSHOT_COMPLETE, group, index, 1, 0));
        append(files, kept, record(Kind.TRUNCATE_TO, group, Math.max(1, index - random.nextInt(3)), 0, 0));
    }

    private static List<GroupPiece> keep(
            GroupFiles files, int group, long index, List<Supplier<byte[]>> pieces, boolean beside) throws IOException {
        if (beside) {
            return files.keepAll(group, index, pieces).await();
        }
        List<GroupPiece> kept = new ArrayList<>();
        for (Supplier<byte[]> piece : pieces) {
            kept.add(files.keep(group, index, piece.get()));
        }
        return kept;
    }

    @Test
    void a_log_cut_at_any_byte_gives_what_was_before_the_cut_or_is_refused() throws IOException {
        Path path = root.resolve("data");
        List<String> prefixes = new ArrayList<>();
        Kept[] kept = Stream.generate(Kept::new).limit(GROUPS).toArray(Kept[]::new);
        for (int life = 0; life < 2; life++) {
            try (DataDirectory directory = DataDirectory.open(path, "a test");
                    GroupFiles files = files(directory, SyncPolicy.OS)) {
                files.read(record -> {});
                prefixes.add(text(kept, files));
                for (int i = 1; i <= 4; i++) {
                    append(files, kept, record(i % 3 == 0 ? Kind.TERM : Kind.ENTRY, i % 2, life * 4 + i, i, i));
                    prefixes.add(text(kept, files));
                    files.flush(i == 2);
                }
            }
        }
        // What it says would be right, and refuse each cut.
        Files.delete(path.resolve(LogEnd.NAME));
        int refused = 0;
        int recovered = 0;
        List<Path> segments = Segment.list(path.resolve("log"));
        assertThat(segments).hasSize(2);
        for (Path segment : segments) {
            // A third of all bytes, as each try makes files and syncs them.
            for (long length = Files.size(segment) - 1; length >= 0; length -= 3) {
                Path copy = killed(path);
                Path cut = copy.resolve(path.relativize(segment).toString());
                try (FileChannel file = FileChannel.open(cut, StandardOpenOption.WRITE)) {
                    file.truncate(length);
                }
                try {
                    assertThat(prefixes).contains(read(copy));
                    recovered++;
                } catch (DamagedException e) {
                    refused++;
                }
            }
        }
        assertThat(refused).isPositive();
        assertThat(recovered).isGreaterThan(30);
    }

    @Test
    void a_piece_that_is_not_as_it_was_written_is_damage() throws IOException {
        Path path = root.resolve("data");
        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.ALWAYS)) {
            files.read(record -> {});
            piece(files, 1, 7, new byte[] {1, 2, 3});
            piece(files, 1, 7, new byte[] {4, 5});
            files.append(record(Kind.SNAPSHOT_COMPLETE, 1, 7, 1, 0));
            files.flush(true);
        }
        Path file = path.resolve("groups/1/00000000000000000007.pieces");
        assertThat(read(path)).contains("piece 3 1 piece 2 4");
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length - 1]++;
        Files.write(file, bytes);
        assertThatThrownBy(() -> read(path))
                .isInstanceOf(DamagedException.class)
                .hasMessageContaining("group 1");
        Files.delete(file);
        assertThatThrownBy(() -> read(path))
                .isInstanceOf(DamagedException.class)
                .hasMessageContaining("gone");
    }

    @Test
    void pieces_that_a_crash_has_torn_or_no_record_knows_do_not_harm() throws IOException {
        Path path = root.resolve("data");
        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.ALWAYS)) {
            files.read(record -> {});
            piece(files, 1, 7, new byte[] {1, 2, 3});
            files.flush(true);
            files.keep(1, 7, new byte[100]);
            files.keep(2, 9, new byte[100]);
            Path killed = killed(path);
            Path file = killed.resolve("groups/1/00000000000000000007.pieces");
            try (FileChannel torn = FileChannel.open(file, StandardOpenOption.WRITE)) {
                torn.truncate(30);
            }
            try (DataDirectory again = DataDirectory.open(killed, "a test");
                    GroupFiles later = files(again, SyncPolicy.ALWAYS)) {
                Kept[] kept = Stream.generate(Kept::new).limit(GROUPS).toArray(Kept[]::new);
                later.read(record -> kept[record.group()].add(record));
                assertThat(killed.resolve("groups/2/00000000000000000009.pieces"))
                        .doesNotExist();
                GroupPiece second = later.keep(1, 7, new byte[] {9, 9});
                assertThat(later.bytes(second)).containsExactly(9, 9);
                assertThat(later.bytes(kept[1].pieces.get(7L).iterator().next()))
                        .containsExactly(1, 2, 3);
            }
        }
    }

    @Test
    void a_log_without_its_oldest_segments_is_refused() throws IOException {
        Path path = root.resolve("data");
        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.ALWAYS)) {
            files.read(record -> {});
            for (int i = 1; i <= 40; i++) {
                files.append(record(Kind.ENTRY, 1, i, 1, 8000));
                files.flush(false);
            }
        }
        Files.delete(Segment.list(path.resolve("log")).get(0));
        assertThatThrownBy(() -> read(path))
                .isInstanceOf(DamagedException.class)
                .hasMessageContaining("earlier segments are missing");
    }

    @Test
    void nodes_in_a_pool_and_others_refuse_each_others_directories() throws IOException {
        Path path = root.resolve("data");
        read(path);
        assertThatThrownBy(() -> Recovery.refuseGroups(path)).hasMessageContaining("is of a node in a replicated pool");
    }

    @Test
    void a_failure_is_final() throws IOException {
        Path path = root.resolve("data");
        try (DataDirectory directory = DataDirectory.open(path, "a test")) {
            GroupFiles files = files(directory, SyncPolicy.ALWAYS);
            files.read(record -> {});
            Files.delete(Segment.list(path.resolve("log")).get(0));
            files.append(record(Kind.TERM, 1, 0, 1, 1));
            assertThatThrownBy(() -> files.flush(true)).hasMessageContaining("is gone");
            assertThatThrownBy(() -> files.append(record(Kind.TERM, 1, 0, 2, 1)))
                    .hasMessageContaining("is gone");
            assertThatThrownBy(() -> files.keep(1, 1, new byte[1])).hasMessageContaining("is gone");
            files.close();
        }
        assertThat(Files.readString(path.resolve(BootFile.NAME))).contains("running");
    }

    @ParameterizedTest
    @CsvSource({
        "1 running interval other, INTERVAL, true",
        "1 running os other, OS, true",
        "1 running os other, ALWAYS, true",
        "1 running os unknown, OS, true",
        "1 running always other, OS, false",
        "1 stopped interval other, INTERVAL, false",
        "1 running interval HERE, INTERVAL, false",
        "NONE, INTERVAL, true",
        "NONE, ALWAYS, false",
    })
    void what_may_be_forgotten(String before, SyncPolicy sync, boolean mayHaveForgotten) throws IOException {
        Path path = root.resolve("data");
        read(path);
        Path file = path.resolve(BootFile.NAME);
        assertThat(Files.readString(file)).startsWith("1 stopped always ");
        if (before.equals("NONE")) {
            Files.delete(file);
        } else {
            Files.writeString(file, before.replace("HERE", LogEnd.thisSystem()) + "\n");
        }
        try (DataDirectory directory = DataDirectory.open(path, "a test")) {
            assertThat(files(directory, sync).mayHaveForgotten()).isEqualTo(mayHaveForgotten);
            for (Path segment : Segment.list(directory.log())) {
                Files.delete(segment);
            }
            assertThat(files(directory, sync).mayHaveForgotten()).isFalse();
        }
    }

    /** As a removed log, or one of a start that did not come to its end after that. */
    @Test
    void a_log_that_must_be_there_and_says_of_no_member_is_lost_at_each_start_until_the_log_says_what_was_made_of_it()
            throws IOException {
        Path path = root.resolve("data");
        for (boolean comesToItsEnd : new boolean[] {false, true, false}) {
            try (DataDirectory directory = DataDirectory.open(path, "a test");
                    GroupFiles files = files(directory, SyncPolicy.ALWAYS)) {
                files.mustHaveLog();
                files.read(record -> {});
                assertThat(files.isLost()).isTrue();
                assertThat(files.mayHaveForgotten()).isTrue();
                if (comesToItsEnd) {
                    files.append(new GroupRecord(Kind.SILENT, 1, 0, 0, new byte[] {1}));
                    files.flush(true);
                    assertThat(files.mayHaveForgotten()).isFalse();
                } else {
                    files.flush(false);
                }
            }
        }
        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.ALWAYS)) {
            files.read(record -> {});
            files.append(new GroupRecord(Kind.MEMBER, 1, 0, 0, new byte[] {0, 1}));
            files.flush(true);
        }
        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.ALWAYS)) {
            files.mustHaveLog();
            files.read(record -> {});
            assertThat(files.isLost()).isFalse();
            assertThat(files.mayHaveForgotten()).isFalse();
        }
    }

    @Test
    void after_a_loss_of_power_what_was_there_is_kept_and_each_start_knows_until_the_log_says_what_was_made_of_it()
            throws IOException {
        Path path = root.resolve("data");
        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.INTERVAL)) {
            files.read(record -> {});
            piece(files, 1, 7, new byte[] {1, 2});
            files.append(record(Kind.SNAPSHOT_COMPLETE, 1, 7, 1, 0));
            files.append(record(Kind.ENTRY, 1, 8, 1, 10));
            files.flush(true);
        }
        String before = read(path);
        Files.writeString(path.resolve(BootFile.NAME), "1 running interval other\n");
        Path kept = ForgottenFiles.of(path).resolve(LogEnd.thisSystem());

        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.INTERVAL)) {
            files.read(record -> {});
            files.flush(false);
            assertThat(files.mayHaveForgotten()).isTrue();
        }
        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.INTERVAL)) {
            assertThat(files.mayHaveForgotten()).isTrue();
            files.read(record -> {});
            files.append(record(Kind.TRUNCATE_FROM, 1, 1, 0, 0));
            files.append(record(Kind.DROP_SNAPSHOT, 1, 7, 0, 0));
            files.append(new GroupRecord(Kind.SILENT, 1, 0, 0, new byte[] {1}));
            files.flush(true);
            assertThat(files.mayHaveForgotten()).isFalse();
        }
        assertThat(read(path)).contains("silent").doesNotContain(" 8:");
        assertThat(read(kept)).isEqualTo(before);

        try (DataDirectory directory = DataDirectory.open(path, "a test");
                GroupFiles files = files(directory, SyncPolicy.INTERVAL)) {
            assertThat(files.mayHaveForgotten()).isFalse();
            files.read(record -> {});
            files.append(new GroupRecord(Kind.SILENT, 1, 0, 0, new byte[] {0}));
            files.flush(false);
        }
        assertThat(ForgottenFiles.of(path)).exists();
        assertThat(read(path)).doesNotContain("silent");
        assertThat(ForgottenFiles.of(path)).doesNotExist();
    }
}
