package io.distcache.cdi;

import java.util.concurrent.Executor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads for what waits for a cache on behalf of methods whose result comes later. What the application does with that result runs here
 * too, and may wait for other results; so each piece of work has a thread of its own, and above a limit that of its caller. Idle threads end.
 * Thread-safe.
 */
final class CacheThreads {
    private static final int MOST = 1024;

    static final Executor EXECUTOR = new ThreadPoolExecutor(
            0,
            MOST,
            5,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
                Thread thread = new Thread(task, "distcache-cdi");
                thread.setDaemon(true);
                return thread;
            },
            (task, pool) -> task.run());

    private CacheThreads() {}
}
