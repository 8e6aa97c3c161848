package io.distcache.server.shard;

import io.distcache.protocol.OwnThread;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * Threads that apply what one thread reads. Everything of one shard goes to the same thread, and so is applied in order. Small
 * records travel in batches. Without threads all is applied at once. Used by one thread.
 */
final class ReplayThreads implements AutoCloseable {
    private static final int QUEUED_TASKS = 16;
    private static final int BATCH_BYTES = 128 * 1024;

    /** Applies a record of the log. */
    @FunctionalInterface
    interface Application {
        void apply(int shard, int shardsThen, long position, byte[] array, int offset, int length);
    }

    /** Records of the log for one thread: copies of their payloads in one array, and four numbers for each. */
    private static final class Batch implements Runnable {
        final Application application;
        byte[] bytes = new byte[BATCH_BYTES];
        long[] numbers = new long[1024];
        int used;
        int count;

        Batch(Application application) {
            this.application = application;
        }

        void add(int shard, int shardsThen, long position, byte[] array, int offset, int length) {
            if (used + length > bytes.length) {
                bytes = Arrays.copyOf(bytes, used + length);
            }
            if (4 * count == numbers.length) {
                numbers = Arrays.copyOf(numbers, 2 * numbers.length);
            }
            System.arraycopy(array, offset, bytes, used, length);
            used += length;
            numbers[4 * count] = shard;
            numbers[4 * count + 1] = shardsThen;
            numbers[4 * count + 2] = position;
            numbers[4 * count + 3] = length;
            count++;
        }

        @Override
        public void run() {
            int offset = 0;
            for (int i = 0; i < count; i++) {
                int length = (int) numbers[4 * i + 3];
                application.apply(
                        (int) numbers[4 * i], (int) numbers[4 * i + 1], numbers[4 * i + 2], bytes, offset, length);
                offset += length;
            }
        }
    }

    private final List<BlockingQueue<Runnable>> queues = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final @Nullable Batch[] batches;
    private volatile @Nullable RuntimeException failure;

    ReplayThreads(int count) {
        batches = new Batch[count];
        for (int i = 0; i < count; i++) {
            BlockingQueue<Runnable> queue = new ArrayBlockingQueue<>(QUEUED_TASKS);
            queues.add(queue);
            Thread thread = OwnThread.make(() -> work(queue), "distcache-load-" + i);
            threads.add(thread);
            thread.start();
        }
    }

    private void work(BlockingQueue<Runnable> queue) {
        try {
            while (true) {
                Runnable task = queue.take();
                try {
                    if (failure == null || task instanceof End) {
                        task.run();
                    }
                } catch (RuntimeException e) {
                    failure = e;
                } catch (OutOfMemoryError e) {
                    failure = new IllegalStateException(
                            "the data does not fit into the heap: give the JVM more (-Xmx)", e);
                }
            }
        } catch (InterruptedException e) {
            // Closed.
        }
    }

    /** Runs a task about a shard, after everything of that shard that was submitted before. */
    void submit(int shard, Runnable task) throws IOException {
        if (threads.isEmpty()) {
            task.run();
            return;
        }
        put(shard % queues.size(), task);
    }

    /** Applies a record, after everything of its shard that was submitted before; its payload is copied. */
    void submit(int shard, int shardsThen, long position, byte[] array, int offset, int length, Application application)
            throws IOException {
        if (threads.isEmpty()) {
            application.apply(shard, shardsThen, position, array, offset, length);
            return;
        }
        int thread = shard % queues.size();
        Batch batch = batches[thread];
        if (batch == null) {
            batch = new Batch(application);
            batches[thread] = batch;
        }
        batch.add(shard, shardsThen, position, array, offset, length);
        if (batch.used >= BATCH_BYTES) {
            batches[thread] = null;
            put(thread, batch);
        }
    }

    private void put(int thread, Runnable task) throws IOException {
        refuseAfterFailure();
        try {
            queues.get(thread).put(task);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the data was loaded", e);
        }
    }

    /** Waits until everything submitted is done. */
    void drain() throws IOException {
        CountDownLatch ends = new CountDownLatch(queues.size());
        for (int i = 0; i < queues.size(); i++) {
            Batch batch = batches[i];
            batches[i] = null;
            if (batch != null) {
                put(i, batch);
            }
            put(i, new End(ends));
        }
        try {
            ends.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while the data was loaded", e);
        }
        refuseAfterFailure();
    }

    private record End(CountDownLatch ends) implements Runnable {
        @Override
        public void run() {
            ends.countDown();
        }
    }

    private void refuseAfterFailure() {
        RuntimeException failed = failure;
        if (failed != null) {
            throw failed;
        }
    }

    /** Ends the threads, whatever they have to do. */
    @Override
    public void close() {
        threads.forEach(Thread::interrupt);
    }
}
