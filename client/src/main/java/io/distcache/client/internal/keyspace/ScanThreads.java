package io.distcache.client.internal.keyspace;

import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Threads for asynchronous scans, which wait for one page after the other; idle ones end. Thread-safe. */
public final class ScanThreads implements Executor, AutoCloseable {
    private static final int THREADS = 4;
    private static final int QUEUE = 1000;

    private final ThreadPoolExecutor threads;

    /** None running yet. */
    public ScanThreads() {
        threads = new ThreadPoolExecutor(
                THREADS, THREADS, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUE), task -> {
                    Thread thread = new Thread(task, "distcache-scan");
                    thread.setDaemon(true);
                    return thread;
                });
        threads.allowCoreThreadTimeOut(true);
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    /** After the client, so that scans that wait for a thread, run here, end at once and tell whoever waits for them. */
    @Override
    public void close() {
        threads.shutdownNow().forEach(Runnable::run);
    }
}
