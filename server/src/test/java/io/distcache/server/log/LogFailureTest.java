package io.distcache.server.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.server.shard.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that is full or fails: nothing is taken for written that is not, and the log goes on only when it is told to. */
@Timeout(60)
class LogFailureTest {

    @TempDir
    private Path directory;

    private final FakeDisk disk = new FakeDisk();
    private final ManualClock clock = new ManualClock();
    private final List<IOException> failures = new ArrayList<>();

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void a_failed_write_fails_its_group_and_every_later_one(SyncPolicy policy) throws Exception {
        try (LogWriter writer = writer(policy)) {
            done(writer, 1);
            disk.fullAfter(30);
            CompletableFuture<Void> two = append(writer, 2);
            CompletableFuture<Void> three = append(writer, 3);
            writer.flush();

            assertFailed(two, "No space left");
            assertFailed(three, "No space left");
            disk.fullAfter(Long.MAX_VALUE);
            assertFailed(append(writer, 4), "No space left");
            assertThat(writer.failure()).hasMessageContaining("No space left");
            assertThatThrownBy(writer::sync).hasMessageContaining("No space left");
            assertThat(failures).hasSize(1);
        }
        assertThat(read(0)).containsExactly(1L);
    }

    @Test
    void under_always_a_failed_sync_fails_what_it_was_for_although_the_next_one_would_succeed() throws Exception {
        try (LogWriter writer = writer(SyncPolicy.ALWAYS)) {
            done(writer, 1);
            long synced = writer.syncedTo();
            disk.failSyncs(1);
            CompletableFuture<Void> two = append(writer, 2);
            writer.flush();

            assertFailed(two, "Input/output error");
            assertFailed(append(writer, 3), "Input/output error");
            assertThatThrownBy(writer::sync).hasMessageContaining("Input/output error");
            assertThat(writer.syncedTo()).isEqualTo(synced);
            assertThat(failures).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = SyncPolicy.class,
            names = {"INTERVAL", "OS"})
    void a_failed_sync_in_the_background_stops_the_log(SyncPolicy policy) throws Exception {
        try (LogWriter writer = writer(policy)) {
            done(writer, 1);
            long synced = writer.syncedTo();
            disk.failSyncs(1);

            assertThatThrownBy(writer::sync).hasMessageContaining("Input/output error");
            assertThatThrownBy(writer::sync).hasMessageContaining("Input/output error");
            assertFailed(append(writer, 2), "Input/output error");
            assertThat(writer.syncedTo()).isEqualTo(synced);
        }
    }

    @Test
    void a_log_that_cannot_be_reopened_stays_a_failed_one_until_it_can() throws Exception {
        try (LogWriter writer = writer(SyncPolicy.ALWAYS)) {
            disk.fullAfter(0);
            CompletableFuture<Void> one = append(writer, 1);
            writer.flush();
            assertFailed(one, "No space left");

            assertThatThrownBy(writer::reopen).hasMessageContaining("No space left");
            assertFailed(append(writer, 2), "No space left");
            disk.fullAfter(Long.MAX_VALUE);
            disk.failSyncs(1);
            assertThatThrownBy(writer::reopen).hasMessageContaining("Input/output error");
            assertFailed(append(writer, 3), "Input/output error");

            writer.reopen();
            done(writer, 4);
        }
    }

    @Test
    void a_crash_between_the_reopening_and_the_snapshot_leaves_what_was_there_before_the_failure() throws Exception {
        try (LogWriter writer = writer(SyncPolicy.INTERVAL)) {
            done(writer, 1);
            disk.fullAfter(15);
            CompletableFuture<Void> two = append(writer, 2);
            writer.flush();
            assertFailed(two, "No space left");
            disk.fullAfter(Long.MAX_VALUE);
            writer.reopen();
            // Such as an entry that expires: nobody is answered for it.
            done(writer, 3);
            writer.sync();
            done(writer, 4);
        }

        assertThat(read(0)).containsExactly(1L);
    }

    @Test
    void after_the_snapshot_the_log_goes_on_from_it_and_refuses_to_be_read_across_the_gap() throws Exception {
        long reopened;
        try (LogWriter writer = writer(SyncPolicy.INTERVAL)) {
            done(writer, 1);
            disk.fullAfter(15);
            CompletableFuture<Void> two = append(writer, 2);
            writer.flush();
            assertFailed(two, "No space left");
            disk.fullAfter(Long.MAX_VALUE);
            writer.reopen();
            reopened = writer.position();
            writer.sync();
            writer.coveredBySnapshot();
            done(writer, 3);
            done(writer, 4);
        }

        assertThat(read(reopened)).containsExactly(3L, 4L);
        assertThatThrownBy(() -> read(0))
                .isInstanceOf(DamagedException.class)
                .hasMessageContaining("bin/distcache log verify");
    }

    private LogWriter writer(SyncPolicy policy) {
        LogConfig config = new LogConfig(policy, Duration.ofHours(1), 1 << 16, Retention.ALL, 1 << 30);
        LogWriter writer = new LogWriter(directory, config, clock, 4, 1, 0, failures::add, disk, () -> {});
        writer.start();
        return writer;
    }

    private CompletableFuture<Void> append(LogWriter writer, long number) {
        clock.advance(1);
        return writer.append(
                        1, Long.BYTES, (array, offset) -> ByteBuffer.wrap(array).putLong(offset, number))
                .toCompletableFuture();
    }

    private void done(LogWriter writer, long number) throws Exception {
        CompletableFuture<Void> stage = append(writer, number);
        writer.flush();
        stage.get(20, TimeUnit.SECONDS);
    }

    private static void assertFailed(CompletableFuture<Void> stage, String reason) {
        assertThatThrownBy(() -> stage.get(20, TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining(reason);
    }

    private List<Long> read(long from) throws IOException {
        List<Long> found = new ArrayList<>();
        try (LogReader reader = new LogReader(directory, from, 0)) {
            while (reader.next()) {
                if (reader.position() >= from) {
                    found.add(ByteBuffer.wrap(reader.array()).getLong(reader.payloadOffset()));
                }
            }
        }
        return found;
    }
}
