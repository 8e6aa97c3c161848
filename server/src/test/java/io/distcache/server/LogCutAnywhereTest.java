package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.Segment;
import io.distcache.server.persistence.Recovery;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever is cut off a log or changed in it: what is recovered is what had been there after the last record before the damage, or
 * recovery refuses because the log itself says that what is missing was on disk.
 */
@Timeout(120)
class LogCutAnywhereTest {
    private static final long SEED = 42;
    private static final int SHARDS_NOW = 2;

    private record Outcome(@Nullable Map<String, Map<Bytes, ModelledLog.Entry>> state, String refusal) {}

    @TempDir
    private Path directory;

    private final Map<Path, byte[]> original = new HashMap<>();
    private ModelledLog model;
    private List<Path> segments;
    private int refused;
    private int recovered;

    @BeforeEach
    void write_a_log_over_several_starts() throws IOException {
        Path log = directory.resolve("data/log");
        model = new ModelledLog(log, new Random(SEED));
        model.start(2, 60);
        model.start(4, 60);
        model.start(4, 1);
        model.start(1, 60);
        model.start(2, 60);
        segments = Segment.list(log);
        for (Path segment : segments) {
            original.put(segment, Files.readAllBytes(segment));
        }
        assertThat(segments).hasSize(5);
        assertThat(model.records).hasSizeGreaterThan(200);
        assertThat(recover()).isEqualTo(new Outcome(model.state(), ""));
    }

    @Test
    void a_log_cut_at_any_byte_of_any_segment_gives_what_was_before_the_cut_or_is_refused() throws IOException {
        for (Path segment : segments) {
            byte[] bytes = original.get(segment);
            for (int length = bytes.length - 1; length >= 0; length--) {
                try (FileChannel file = FileChannel.open(segment, StandardOpenOption.WRITE)) {
                    file.truncate(length);
                }
                long from = Segment.positionOf(segment) + length - Segment.HEADER_BYTES;
                check(segment, length, Math.max(from, Segment.positionOf(segment)), segmentEnd(segment));
            }
            Files.write(segment, bytes);
        }
        assertThat(refused).isPositive();
        assertThat(recovered).isPositive();
    }

    @Test
    void a_log_with_any_byte_changed_gives_what_was_before_it_or_is_refused() throws IOException {
        Random random = new Random(SEED);
        for (Path segment : segments) {
            byte[] bytes = original.get(segment);
            for (int i = 0; i < bytes.length; i++) {
                byte changed = (byte) (bytes[i] ^ (1 + random.nextInt(255)));
                writeByte(segment, i, changed);
                long from = Segment.positionOf(segment) + i - Segment.HEADER_BYTES;
                check(segment, i, Math.max(from, Segment.positionOf(segment)), from + 1);
                writeByte(segment, i, bytes[i]);
            }
        }
        assertThat(refused).isPositive();
        assertThat(recovered).isPositive();
    }

    @Test
    void a_log_without_one_of_its_segments_gives_what_was_before_it_or_is_refused() throws IOException {
        for (Path segment : segments) {
            Files.delete(segment);
            if (segment.equals(segments.get(0))) {
                assertThat(recover().refusal).contains("earlier segments are missing");
            } else {
                check(segment, -1, Segment.positionOf(segment), segmentEnd(segment));
            }
            Files.write(segment, original.get(segment));
        }
    }

    private static void writeByte(Path file, int offset, byte value) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(offset);
            open.write(value);
        }
    }

    /** Positions {@code from} to {@code to} are damaged, by byte {@code offset} of a segment. */
    private void check(Path segment, int offset, long from, long to) throws IOException {
        Outcome outcome = recover();
        long prefix = prefixEnd(from);
        boolean knownOnDisk = model.marks.stream()
                .anyMatch(mark -> (mark.position() + 26 <= from || mark.position() >= to) && mark.synced() > prefix);
        if (knownOnDisk) {
            refused++;
            assertThat(outcome.refusal)
                    .as("%s at byte %d", segment, offset)
                    .contains(directory.resolve("data/log").toString())
                    .containsPattern("\\.log: damaged at byte \\d+: ")
                    .contains("bin/distcache log verify " + directory.resolve("data"));
        } else {
            recovered++;
            assertThat(outcome).as("%s at byte %d", segment, offset).isEqualTo(new Outcome(model.stateAt(prefix), ""));
        }
    }

    /** Where the last whole record or mark before a position ends. */
    private long prefixEnd(long position) {
        long end = 0;
        for (ModelledLog.Written record : model.records) {
            end = record.end() <= position ? record.end() : end;
        }
        for (ModelledLog.Mark mark : model.marks) {
            end = mark.position() + 26 <= position ? Math.max(end, mark.position() + 26) : end;
        }
        return end;
    }

    private long segmentEnd(Path segment) {
        return Segment.positionOf(segment) + original.get(segment).length - Segment.HEADER_BYTES;
    }

    private Outcome recover() throws IOException {
        ModelledLog.Store store = new ModelledLog.Store(SHARDS_NOW);
        try {
            Recovery.of(directory.resolve("data")).into(store.caches, store.shards, 0, 0, percent -> {});
        } catch (DamagedException e) {
            return new Outcome(null, String.valueOf(e.getMessage()));
        }
        return new Outcome(store.state(), "");
    }
}
