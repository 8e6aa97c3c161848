package io.distcache.jcache.internal.management;

import io.distcache.client.spi.RemoteCache;
import io.distcache.jcache.internal.user.UserThreads;
import io.distcache.protocol.Command;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;

/**
 * How many entries of a cache its nodes have evicted, as they said last. Whoever reads it gets what is known and does not wait for a
 * node; they are asked anew behind that, so that the next who reads has it. Thread-safe.
 */
public final class Evictions implements LongSupplier {
    /** Sending may have to wait, too. Each cache asks once at a time, so few tasks wait; an idle thread ends. */
    private static final ThreadPoolExecutor ASKING = asking();

    private final RemoteCache remote;
    private final AtomicBoolean asked = new AtomicBoolean();
    private volatile long last;

    /** None known yet. */
    public Evictions(RemoteCache remote) {
        this.remote = remote;
    }

    private static ThreadPoolExecutor asking() {
        ThreadPoolExecutor pool = new ThreadPoolExecutor(
                1,
                1,
                5,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                task -> OwnThread.make(task, "distcache-beans"));
        pool.allowCoreThreadTimeOut(true);
        return pool;
    }

    /** From now on the thread that asks ends at once when it has nothing to do. */
    public static void endIdle() {
        UserThreads.endIdle(ASKING);
    }

    @Override
    public long getAsLong() {
        ask();
        return last;
    }

    /** Has the nodes asked, and returns at once. */
    public void ask() {
        if (asked.compareAndSet(false, true)) {
            ASKING.execute(this::send);
        }
    }

    private void send() {
        try {
            CompletionStage<?> unused = remote.callAsync(new Command.CacheInfo(remote.handle()))
                    .whenComplete((reply, failure) -> {
                        if (reply instanceof Reply.Info info) {
                            last = info.evictions();
                        }
                        asked.set(false);
                    });
        } catch (RuntimeException e) {
            // Closed, destroyed or away: what was known stays.
            asked.set(false);
        }
    }
}
