package io.distcache.server.replication.link;

import io.distcache.protocol.OwnThread;
import io.distcache.server.consensus.Loop;
import io.netty.channel.DefaultEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/** The thread {@value #NAME}, on which all groups of a node run. It starts with its first task. Thread-safe. */
public final class RaftLoop implements Loop, AutoCloseable {
    /** The thread's name. */
    public static final String NAME = "distcache-raft";

    private static final long STOP_SECONDS = 5;

    private final DefaultEventLoop loop = new DefaultEventLoop((ThreadFactory) task -> OwnThread.make(task, NAME));

    @Override
    public boolean isHere() {
        return loop.inEventLoop();
    }

    @Override
    public void execute(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The node stops, and whoever waits for what would have come is told by what closes the consensus.
        }
    }

    @Override
    public void schedule(Runnable task, long delayNanos) {
        try {
            ScheduledFuture<?> unused = loop.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException e) {
            // As above.
        }
    }

    /** Runs what was handed to it before, and ends the thread. */
    @Override
    public void close() {
        Future<?> ended = loop.shutdownGracefully(0, STOP_SECONDS, TimeUnit.SECONDS);
        if (!isHere()) {
            boolean unused = ended.awaitUninterruptibly(STOP_SECONDS, TimeUnit.SECONDS);
        }
    }
}
