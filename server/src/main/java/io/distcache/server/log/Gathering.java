package io.distcache.server.log;

import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The log's first phase: records are appended to a group in memory, until whoever writes takes it. There are two groups, one that is
 * being gathered and one that is being written. Thread-safe.
 */
final class Gathering {
    private static final int FIRST_BUFFER_BYTES = 64 * 1024;
    private static final int KEPT_BUFFER_BYTES = 4 << 20;
    /** From here on a buffer grows in smaller steps: two of a size are in memory while it does. */
    private static final int LARGE_BUFFER_BYTES = 4 << 20;

    /** Bytes of records that are written together, and who waits for them. Guarded by the lock until it is taken. */
    static final class Group {
        byte[] bytes = new byte[FIRST_BUFFER_BYTES];
        int used;
        /** The log's position after it, once it is taken. */
        long end;

        private int count;
        private CompletableFuture<Void> done = new CompletableFuture<>();

        /** A stage for what is appended next; the ones waiting for the old one keep it. */
        private CompletableFuture<Void> renew() {
            CompletableFuture<Void> old = done;
            done = new CompletableFuture<>();
            used = 0;
            count = 0;
            if (bytes.length > KEPT_BUFFER_BYTES) {
                bytes = new byte[FIRST_BUFFER_BYTES];
            }
            return old;
        }

        private void ensure(int needed) {
            if (needed > bytes.length) {
                int length = bytes.length;
                long grown = length < LARGE_BUFFER_BYTES ? 2L * length : length + (length >> 2);
                byte[] larger = new byte[(int) Math.min(Integer.MAX_VALUE - 8, Math.max(needed, grown))];
                System.arraycopy(bytes, 0, larger, 0, used);
                bytes = larger;
            }
        }
    }

    private final InstantSource clock;
    private final LogState state;

    // Guarded by the lock.
    private final ReentrantLock lock = new ReentrantLock();
    private final LogRecord records = new LogRecord();
    private Group gathering = new Group();
    private Group spare = new Group();
    private long position;
    private long markedMillis = Long.MIN_VALUE;

    private volatile boolean pending;
    private volatile int pendingBytes;
    private volatile int writingBytes;
    private volatile int pendingRecords;
    private volatile boolean closed;

    Gathering(InstantSource clock, LogState state, long position) {
        this.clock = clock;
        this.state = state;
        this.position = position;
    }

    /** Appends a record; does no I/O. */
    CompletionStage<Void> append(int shard, int payloadBytes, Payload payload) {
        lock.lock();
        try {
            IOException failed = state.failure();
            if (failed != null || closed) {
                return CompletableFuture.failedFuture(failed == null ? new IOException("the log is closed") : failed);
            }
            Group group = gathering;
            if (group.used == 0) {
                mark(group);
            }
            int start = group.used;
            int end = start + LogRecord.HEADER_BYTES + payloadBytes;
            try {
                group.ensure(end);
            } catch (OutOfMemoryError e) {
                // What is changed in memory is missing here from now on, and the log must not go on without it.
                IOException none = new IOException("no memory for a record of " + payloadBytes + " bytes: " + e, e);
                state.fail(none);
                return CompletableFuture.failedFuture(none);
            }
            payload.writeTo(group.bytes, start + LogRecord.HEADER_BYTES);
            records.seal(group.bytes, start, payloadBytes, shard, position);
            group.used = end;
            position += end - start;
            pendingBytes = end;
            group.count++;
            pendingRecords = group.count;
            pending = true;
            return group.done;
        } finally {
            lock.unlock();
        }
    }

    private void mark(Group group) {
        long now = clock.millis();
        if (now != markedMillis) {
            markedMillis = now;
            group.ensure(LogRecord.MARK_BYTES);
            records.writeMark(group.bytes, 0, now, state.markedTo(), position);
            group.used = LogRecord.MARK_BYTES;
            position += LogRecord.MARK_BYTES;
        }
    }

    /** Whether there is anything to be written. */
    boolean isPending() {
        return pending;
    }

    /** Records that wait to be written. */
    int pendingRecords() {
        return pendingRecords;
    }

    /** Bytes that wait to be written. */
    int pendingBytes() {
        return pendingBytes;
    }

    /** Bytes in memory that are yet to be written. */
    long waitingBytes() {
        return (long) pendingBytes + writingBytes;
    }

    /** Position after what was appended last. */
    long position() {
        lock.lock();
        try {
            return position;
        } finally {
            lock.unlock();
        }
    }

    /** Takes what has gathered, to write it. One at a time: until {@link #written} nobody else may. */
    Group take() {
        lock.lock();
        try {
            Group group = gathering;
            gathering = spare;
            spare = group;
            pending = false;
            writingBytes = group.used;
            pendingBytes = 0;
            pendingRecords = 0;
            group.end = position;
            return group;
        } finally {
            lock.unlock();
        }
    }

    /** A group that was taken is written, or cannot be. Returns the stage of those who wait for it. */
    CompletableFuture<Void> written(Group group) {
        CompletableFuture<Void> stage = group.renew();
        writingBytes = 0;
        return stage;
    }

    /** Gives up what has gathered. Returns the stage of those who wait for it; to be called with the lock. */
    CompletableFuture<Void> abandon() {
        pending = false;
        pendingBytes = 0;
        pendingRecords = 0;
        return gathering.renew();
    }

    /** Nothing is appended until {@link #unlock}. */
    void lock() {
        lock.lock();
    }

    void unlock() {
        lock.unlock();
    }

    /** Refuses what is appended from now on. Returns false if it does already. */
    boolean close() {
        lock.lock();
        try {
            boolean first = !closed;
            closed = true;
            return first;
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        return closed;
    }
}
