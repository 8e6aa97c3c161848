package io.distcache.server.log;

import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log's own thread: it syncs, under {@link SyncPolicy#ALWAYS} it writes too, and it looks now and then whether the files are still
 * there. Others only wake it. Thread-safe.
 */
final class LogThread {
    private static final Logger LOG = LoggerFactory.getLogger(LogThread.class);
    private static final long IDLE_NANOS = 20_000_000;
    private static final long SPIN_NANOS = 50_000;
    private static final long MOST_GATHERING_NANOS = 300_000;
    private static final long CHECK_NANOS = DataDirectory.CHECK_MILLIS * 1_000_000;
    private static final long STOP_MILLIS = 5000;

    private final LogConfig config;
    private final Gathering gathering;
    private final Segments segments;
    private final Syncing syncing;
    private final Runnable write;
    private final Runnable check;
    private final Thread thread = new Thread(this::run, "distcache-log");

    /** Of the thread: records that the last sync was for. */
    private int pendingAtWrite;

    private volatile boolean idle;

    /**
     * A thread that does not run yet.
     *
     * @param write writes what has gathered
     * @param check looks whether the files are still there
     */
    LogThread(
            LogConfig config, Gathering gathering, Segments segments, Syncing syncing, Runnable write, Runnable check) {
        this.config = config;
        this.gathering = gathering;
        this.segments = segments;
        this.syncing = syncing;
        this.write = write;
        this.check = check;
        thread.setDaemon(true);
    }

    void start() {
        thread.start();
    }

    /** Has it look, if it is not about to. */
    void wake() {
        if (idle) {
            idle = false;
            LockSupport.unpark(thread);
        }
    }

    /** Waits for its end, after no more is appended. */
    void end() {
        LockSupport.unpark(thread);
        try {
            thread.join(STOP_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        long interval = config.syncInterval().toNanos();
        long lastSync = System.nanoTime();
        long lastCheck = lastSync;
        while (!gathering.isClosed()) {
            try {
                if (System.nanoTime() - lastCheck >= CHECK_NANOS) {
                    lastCheck = System.nanoTime();
                    check.run();
                }
                if (config.sync() == SyncPolicy.ALWAYS) {
                    if (gathering.isPending()) {
                        gather();
                        pendingAtWrite = gathering.pendingRecords();
                        write.run();
                        syncing.syncForWaiting();
                        continue;
                    }
                    pendingAtWrite = 0;
                    park(IDLE_NANOS);
                } else {
                    park(Math.min(IDLE_NANOS, interval));
                    // Whoever appends flushes too; this is for what a thread left behind that died in between.
                    write.run();
                    boolean due = config.sync() == SyncPolicy.INTERVAL && System.nanoTime() - lastSync >= interval;
                    if (due || segments.hasSealed()) {
                        lastSync = System.nanoTime();
                        syncing.sync();
                    }
                }
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("the log's thread failed; it goes on", e);
            }
        }
    }

    /**
     * Waits a little for those who were answered by the last sync, if others wait already: they will share the next one. Without
     * that, callers that wait for each reply form two halves which take turns, each waiting for the other's sync.
     */
    private void gather() {
        int expected = pendingAtWrite + gathering.pendingRecords();
        long deadline = System.nanoTime() + Math.min(syncing.nanos() / 4, MOST_GATHERING_NANOS);
        while (pendingAtWrite > 0 && gathering.pendingRecords() < expected && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(SPIN_NANOS);
        }
    }

    private void park(long nanos) {
        idle = true;
        if (!gathering.isPending() || config.sync() != SyncPolicy.ALWAYS) {
            LockSupport.parkNanos(this, nanos);
        }
        idle = false;
    }
}
