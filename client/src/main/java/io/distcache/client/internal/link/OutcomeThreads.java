package io.distcache.client.internal.link;

import io.distcache.protocol.OwnThread;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Threads that tell the application how asynchronous calls ended whose outcome no event loop brings. What the application does then may
 * wait for other such calls, so none of these threads is waited for: there are as many as outcomes are being told, and idle ones end. Whoever
 * uses them bounds how many calls there are. Thread-safe.
 */
public final class OutcomeThreads {
    private static final Executor THREADS = new ThreadPoolExecutor(
            0,
            Integer.MAX_VALUE,
            5,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> OwnThread.make(task, "distcache-outcome"));

    /**
     * Only wakes the others. The JDK has such a timer, too, whose thread never ends, and would keep the class loaders of whoever needed it
     * first.
     */
    private static final ScheduledThreadPoolExecutor TIMER = timer();

    private OutcomeThreads() {}

    private static ScheduledThreadPoolExecutor timer() {
        ScheduledThreadPoolExecutor timer =
                new ScheduledThreadPoolExecutor(1, task -> OwnThread.make(task, "distcache-timer"));
        timer.setKeepAliveTime(5, TimeUnit.SECONDS);
        timer.allowCoreThreadTimeOut(true);
        timer.setRemoveOnCancelPolicy(true);
        return timer;
    }

    /** Does {@code telling} after that time, unless the future that is returned is cancelled before. */
    public static Future<?> tellLater(Runnable telling, long nanos) {
        return TIMER.schedule(() -> tell(telling), nanos, TimeUnit.NANOSECONDS);
    }

    /** Runs {@code telling}, which completes the application's futures. */
    public static void tell(Runnable telling) {
        THREADS.execute(telling);
    }
}
