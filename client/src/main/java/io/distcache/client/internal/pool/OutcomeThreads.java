package io.distcache.client.internal.pool;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that tell the application how asynchronous calls ended whose outcome no event loop brings. What the application does then may
 * wait for other such calls, so none of these threads is waited for: there are as many as outcomes are being told, and idle ones end. Whoever
 * uses them bounds how many calls there are. Thread-safe.
 */
public final class OutcomeThreads {
    private static final Executor THREADS =
            new ThreadPoolExecutor(0, Integer.MAX_VALUE, 5, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
                Thread thread = new Thread(task, "distcache-outcome");
                thread.setDaemon(true);
                return thread;
            });

    private OutcomeThreads() {}

    /** Runs {@code telling}, which completes the application's futures. */
    public static void tell(Runnable telling) {
        THREADS.execute(telling);
    }
}
