package io.distcache.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.server.shard.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A log lives through clean stops, kills and losses of power, in any order. What comes back is a prefix of what was appended, with
 * at least what was on disk; a failure names its seed, see {@link Seed}.
 */
@Timeout(120)
class PowerLossTest {
    private static final int SEEDS = 40;

    @TempDir
    private Path directory;

    private int lives;

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void what_was_on_disk_comes_back_and_only_a_prefix_of_the_rest(SyncPolicy policy) throws Exception {
        long first = Seed.of(PowerLossTest.class, 20_261_128);
        for (int i = 0; i < SEEDS; i++) {
            long seed = first + i;
            try {
                run(policy, new Random(seed));
            } catch (IOException | RuntimeException | AssertionError e) {
                throw new AssertionError("replay with -Ddistcache.testing.seed=" + seed + " under " + policy, e);
            }
        }
    }

    @Test
    void a_segment_that_lost_its_end_ends_the_log_although_the_next_one_is_there() throws Exception {
        // The clock stands still: no mark says that the first segment was on disk when the second was begun.
        LogConfig config = new LogConfig(SyncPolicy.OS, Duration.ofHours(1), 1 << 16, Retention.ALL, 1 << 30);
        List<Long> ends = new ArrayList<>();
        try (LogWriter writer = new LogWriter(directory, config, new ManualClock(), 4, 1, 0, failure -> {}, () -> {})) {
            writer.start();
            for (long number = 1; number <= 3; number++) {
                long written = number;
                writer.append(
                        1, 40_000, (array, offset) -> ByteBuffer.wrap(array).putLong(offset, written));
                writer.flush();
                ends.add(writer.position());
            }
        }
        List<Path> segments = Segment.list(directory);
        assertThat(segments).hasSize(3);
        try (FileChannel second = FileChannel.open(segments.get(1), StandardOpenOption.WRITE)) {
            second.truncate(Segment.HEADER_BYTES);
        }

        assertThat(recover(directory, new ArrayList<>(List.of(1L, 2L, 3L)), 1)).isEqualTo(ends.get(0));
        assertThat(segments.get(2)).doesNotExist();
        assertThat(recover(directory, new ArrayList<>(List.of(1L)), 1)).isEqualTo(ends.get(0));
    }

    private void run(SyncPolicy policy, Random random) throws Exception {
        FakeDisk disk = new FakeDisk();
        Path log = Files.createDirectory(directory.resolve("life-" + ++lives));
        List<Long> appended = new ArrayList<>();
        ManualClock clock = new ManualClock();
        clock.advanceWithEachReading(1);
        LogConfig config = new LogConfig(policy, Duration.ofMillis(2), 1 << 16, Retention.ALL, 1 << 30);
        long position = 0;
        for (int life = 1 + random.nextInt(4); life > 0; life--) {
            LogWriter writer = new LogWriter(log, config, clock, 4, lives, position, failure -> {}, disk, () -> {});
            writer.start();
            List<Long> ends = append(writer, appended, random);
            Path next = directory.resolve("life-" + ++lives);
            int least = appended.size();
            switch (random.nextInt(3)) {
                case 0 -> {
                    writer.close();
                    disk = disk.killed(log, next);
                }
                case 1 -> disk = disk.killed(log, next);
                default -> {
                    int before = appended.size() - ends.size();
                    // What was on disk then is on disk at the loss of power, a moment later.
                    long synced = writer.syncedTo();
                    int onDisk = before
                            + (int) ends.stream().filter(end -> end <= synced).count();
                    least = policy == SyncPolicy.ALWAYS ? appended.size() : onDisk;
                    disk = disk.withoutPower(log, next, random);
                }
            }
            writer.close();
            log = next;
            position = recover(log, appended, least);
        }
    }

    /** Appends some records and waits until they may be answered; returns where each ends. */
    private static List<Long> append(LogWriter writer, List<Long> appended, Random random) throws Exception {
        List<CompletableFuture<Void>> stages = new ArrayList<>();
        List<Long> ends = new ArrayList<>();
        for (int i = random.nextInt(300); i > 0; i--) {
            long number = appended.size() + 1L;
            stages.add(writer.append(
                            random.nextInt(4),
                            Long.BYTES + random.nextInt(1500),
                            (array, offset) -> ByteBuffer.wrap(array).putLong(offset, number))
                    .toCompletableFuture());
            appended.add(number);
            ends.add(writer.position());
            if (random.nextInt(4) == 0) {
                writer.flush();
            }
            if (random.nextInt(60) == 0) {
                writer.sync();
            }
        }
        writer.flush();
        CompletableFuture.allOf(stages.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
        return ends;
    }

    private static long recover(Path log, List<Long> appended, int least) throws IOException {
        List<Long> found = new ArrayList<>();
        LogReader.Tail tail;
        long position;
        try (LogReader reader = new LogReader(log, 0, 0)) {
            while (reader.next()) {
                found.add(ByteBuffer.wrap(reader.array()).getLong(reader.payloadOffset()));
            }
            tail = reader.tail();
            position = reader.nextPosition();
        }
        assertThat(found).hasSizeGreaterThanOrEqualTo(least).isEqualTo(appended.subList(0, found.size()));
        if (tail != null) {
            LogReader.cut(log, tail);
        }
        appended.subList(found.size(), appended.size()).clear();
        return position;
    }
}
