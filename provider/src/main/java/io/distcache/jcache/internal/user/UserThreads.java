package io.distcache.jcache.internal.user;

import io.distcache.protocol.OwnThread;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionHandler;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Threads for the application's code that does not run on its caller's thread. Work here never waits for a thread, and so never for
 * other work, which might be waiting for it: each has a thread of its own. Idle threads end after some seconds. Thread-safe.
 */
public final class UserThreads {
    private static final int MOST_LOADS = 256;
    private static final int MOST_COMPUTATIONS = 1024;
    private static final int IDLE_SECONDS = 5;
    private static final long ENDING_NANOS = 500_000_000;

    private static final ThreadPoolExecutor LOADS = threads("distcache-load", MOST_LOADS, (task, pool) -> task.run());

    private static final ThreadPoolExecutor COMPUTATIONS =
            threads("distcache-computation", MOST_COMPUTATIONS, new ThreadPoolExecutor.AbortPolicy());

    private UserThreads() {}

    /** For loadAll, in the context of a manager's class loader. Above a limit the caller's own thread does the work. */
    public static Executor loads(ClassLoader context) {
        return task -> LOADS.execute(in(context, task));
    }

    /**
     * For what a reply continues, in the context of a manager's class loader. It comes on event loops, which may not do such work: above a
     * limit it is rejected.
     */
    public static Executor computations(ClassLoader context) {
        return task -> COMPUTATIONS.execute(in(context, task));
    }

    /** From now on idle threads end at once, as the application that DistCache is in has ended. */
    public static void endIdle() {
        endIdle(LOADS);
        endIdle(COMPUTATIONS);
    }

    /** The same of another pool whose threads end when they are idle; waits a moment for those that are. */
    public static void endIdle(ThreadPoolExecutor pool) {
        pool.setKeepAliveTime(1, TimeUnit.MILLISECONDS);
        long until = System.nanoTime() + ENDING_NANOS;
        while (pool.getPoolSize() > pool.getActiveCount() && System.nanoTime() < until) {
            LockSupport.parkNanos(1_000_000);
        }
    }

    /** The task with that context class loader, on whichever thread; which has its own again afterwards. */
    public static Runnable in(ClassLoader context, Runnable task) {
        return () -> {
            Thread thread = Thread.currentThread();
            ClassLoader before = thread.getContextClassLoader();
            thread.setContextClassLoader(context);
            try {
                task.run();
            } finally {
                thread.setContextClassLoader(before);
            }
        };
    }

    private static ThreadPoolExecutor threads(String name, int most, RejectedExecutionHandler aboveThat) {
        return new ThreadPoolExecutor(
                0,
                most,
                IDLE_SECONDS,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> OwnThread.make(task, name),
                aboveThat);
    }
}
