package io.distcache.client.internal.keyspace;

import io.distcache.protocol.OwnThread;
import io.vertx.core.Context;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for asynchronous scans, which wait for one page after the other and hand it to the application. No scan waits for a thread, as
 * it could be waited for by the scans that have them: each has one of its own, and above a limit the caller's thread does the work, unless it is an
 * event loop, where the scan is rejected. Idle threads end. Thread-safe.
 */
public final class ScanThreads implements Executor, AutoCloseable {
    private static final int MOST = 256;

    private final ThreadPoolExecutor threads;

    /** None running yet. */
    public ScanThreads() {
        threads = new ThreadPoolExecutor(
                0,
                MOST,
                5,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> OwnThread.make(task, "distcache-scan"),
                (task, pool) -> {
                    if (Context.isOnEventLoopThread()) {
                        throw new RejectedExecutionException(MOST + " scans run already");
                    }
                    task.run();
                });
    }

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    /** After the client, so that scans end at once and tell whoever waits for them. */
    @Override
    public void close() {
        threads.shutdown();
    }
}
