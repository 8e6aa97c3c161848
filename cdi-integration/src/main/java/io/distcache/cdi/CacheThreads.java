package io.distcache.cdi;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Threads for what waits for a cache on behalf of methods whose result comes later. What the application does with that result runs here
 * too, and may wait for other results; so each piece of work has a thread of its own, and above a limit that of its caller. It runs with the
 * context class loader of who asked for it: several applications may share these threads. Idle threads end. Thread-safe.
 */
final class CacheThreads {
    private static final int MOST = 1024;

    static final Executor EXECUTOR = CacheThreads::execute;

    private static final ThreadPoolExecutor THREADS = new ThreadPoolExecutor(
            0,
            MOST,
            5,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> thread(task, "distcache-cdi"),
            (task, pool) -> task.run());

    /** The JDK's own timer has a thread that never ends, and would keep the class loader of the application that needed it first. */
    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private CacheThreads() {}

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(1, task -> thread(task, "distcache-cdi-timer"));
        timer.setKeepAliveTime(5, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /** Takes over neither the context class loader nor inheritable thread locals of whichever application needed it first. */
    private static Thread thread(Runnable task, String name) {
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(CacheThreads.class.getClassLoader());
        return thread;
    }

    private static void execute(Runnable task) {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        THREADS.execute(() -> {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(context);
            try {
                task.run();
            } finally {
                thread.setContextClassLoader(before);
            }
        });
    }

    /** The future itself, which ends with a {@link TimeoutException} if it has not ended by then. */
    static <T> CompletableFuture<T> limited(CompletableFuture<T> future, long millis) {
        Future<?> due = TIMER.schedule(
                () -> future.completeExceptionally(new TimeoutException()), millis, TimeUnit.MILLISECONDS);
        return future.whenComplete((value, failure) -> due.cancel(false));
    }
}
