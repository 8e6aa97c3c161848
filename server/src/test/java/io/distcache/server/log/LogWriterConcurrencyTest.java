package io.distcache.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.server.shard.ManualClock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many threads append, flush and sync at once, as event loops, snapshots and operators do. */
@Timeout(120)
class LogWriterConcurrencyTest {
    private static final int SHARDS = 8;
    private static final int THREADS = 6;
    private static final int APPENDS_EACH = 20_000;

    @TempDir
    private Path directory;

    private final Queue<Throwable> complaints = new ConcurrentLinkedQueue<>();
    private final Queue<IOException> failures = new ConcurrentLinkedQueue<>();
    private final Random random = new Random(Seed.of(LogWriterConcurrencyTest.class, 20_261_128));
    private final ReentrantLock[] locks = new ReentrantLock[SHARDS];
    private final long[] lastOfShard = new long[SHARDS];

    LogWriterConcurrencyTest() {
        for (int i = 0; i < SHARDS; i++) {
            locks[i] = new ReentrantLock();
        }
    }

    @ParameterizedTest
    @EnumSource(SyncPolicy.class)
    void what_is_completed_is_in_the_log_in_each_shards_order_and_nothing_stays_open(SyncPolicy policy)
            throws Exception {
        LogWriter writer = writer(policy);
        Queue<CompletableFuture<Void>> stages = new ConcurrentLinkedQueue<>();
        AtomicBoolean appending = new AtomicBoolean(true);
        Thread syncer = thread(() -> {
            while (appending.get()) {
                long before = writer.position();
                assertThat(writer.sync()).isGreaterThanOrEqualTo(before);
            }
        });
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            threads.add(thread(() -> {
                for (int i = 0; i < APPENDS_EACH; i++) {
                    stages.add(append(writer, policy));
                    if (i % 8 == 7) {
                        writer.flush();
                    }
                }
                writer.flush();
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        CompletableFuture.allOf(stages.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
        appending.set(false);
        syncer.join();
        writer.close();

        assertThat(complaints).isEmpty();
        assertThat(failures).isEmpty();
        assertEverythingInOrder(THREADS * APPENDS_EACH);
        assertThat(Segment.list(directory)).hasSizeGreaterThan(3);
    }

    @Test
    void closing_loses_nothing_that_was_taken_and_leaves_nothing_open() throws Exception {
        LogWriter writer = writer(SyncPolicy.ALWAYS);
        Queue<CompletableFuture<Void>> stages = new ConcurrentLinkedQueue<>();
        CountDownLatch begun = new CountDownLatch(THREADS * 100);
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < THREADS; t++) {
            threads.add(thread(() -> {
                for (int i = 0; i < APPENDS_EACH; i++) {
                    stages.add(append(writer, SyncPolicy.OS));
                    writer.flush();
                    begun.countDown();
                }
            }));
        }
        begun.await();
        writer.close();
        for (Thread thread : threads) {
            thread.join();
        }

        for (CompletableFuture<Void> stage : stages) {
            assertThat(stage).isDone();
        }
        assertThat(complaints).isEmpty();
        long taken = stages.stream()
                .filter(stage -> !stage.isCompletedExceptionally())
                .count();
        assertThat(taken).isBetween(1L, (long) THREADS * APPENDS_EACH);
        assertEverythingInOrder(taken);
    }

    @Test
    void appends_that_come_together_share_a_sync() throws Exception {
        FakeDisk disk = new FakeDisk();
        LogConfig config = new LogConfig(SyncPolicy.ALWAYS, Duration.ofSeconds(1), 1 << 24, Retention.ALL, 1 << 30);
        try (LogWriter writer =
                new LogWriter(directory, config, new ManualClock(), SHARDS, 1, 0, failures::add, disk, () -> {})) {
            writer.start();
            List<Thread> threads = new ArrayList<>();
            for (int t = 0; t < 32; t++) {
                threads.add(thread(() -> {
                    for (int i = 0; i < 200; i++) {
                        CompletableFuture<Void> stage = append(writer, SyncPolicy.ALWAYS);
                        writer.flush();
                        stage.get(20, TimeUnit.SECONDS);
                    }
                }));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertThat(complaints).isEmpty();
            assertThat(disk.syncs()).isPositive().isLessThan(32 * 200 / 2);
        }
    }

    private CompletableFuture<Void> append(LogWriter writer, SyncPolicy policy) {
        int shard = random.nextInt(SHARDS);
        int bytes = Long.BYTES + random.nextInt(64);
        locks[shard].lock();
        try {
            long number = lastOfShard[shard] + 1;
            long[] begin = new long[1];
            CompletableFuture<Void> stage = writer.append(shard, bytes, (array, offset) -> {
                        ByteBuffer.wrap(array).putLong(offset, number);
                        begin[0] = writer.position();
                    })
                    .toCompletableFuture();
            if (!stage.isCompletedExceptionally()) {
                lastOfShard[shard] = number;
            }
            long end = begin[0] + LogRecord.HEADER_BYTES + bytes;
            return policy != SyncPolicy.ALWAYS
                    ? stage
                    : stage.thenRun(() -> {
                        long synced = writer.syncedTo();
                        if (synced < end) {
                            complaints.add(
                                    new AssertionError("the record to " + end + " is done, and on disk is " + synced));
                        }
                    });
        } finally {
            locks[shard].unlock();
        }
    }

    private void assertEverythingInOrder(long count) throws IOException {
        long[] last = new long[SHARDS];
        long found = 0;
        try (LogReader reader = new LogReader(directory, 0, 0)) {
            while (reader.next()) {
                long number = ByteBuffer.wrap(reader.array()).getLong(reader.payloadOffset());
                assertThat(number).isEqualTo(last[reader.shard()] + 1);
                last[reader.shard()] = number;
                found++;
            }
            assertThat(reader.tail()).isNull();
        }
        assertThat(found).isEqualTo(count);
        assertThat(last).isEqualTo(lastOfShard);
    }

    private LogWriter writer(SyncPolicy policy) {
        ManualClock clock = new ManualClock();
        clock.advanceWithEachReading(1);
        LogConfig config = new LogConfig(policy, Duration.ofMillis(1), 1 << 16, Retention.ALL, 1 << 30);
        LogWriter writer = new LogWriter(directory, config, clock, SHARDS, 1, 0, failures::add, () -> {});
        writer.start();
        return writer;
    }

    @FunctionalInterface
    private interface Work {
        void run() throws Exception;
    }

    private Thread thread(Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.run();
            } catch (Exception | AssertionError e) {
                complaints.add(e);
            }
        });
        thread.start();
        return thread;
    }
}
