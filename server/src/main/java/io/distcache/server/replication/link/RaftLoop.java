package io.distcache.server.replication.link;

import io.distcache.protocol.OwnThread;
import io.distcache.server.consensus.Loop;
import io.distcache.server.frontdoor.stream.TurnEnd;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.transport.Transport;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;

/**
 * The thread {@value #NAME}, on which all groups of a node run. It reads and writes the connections to other members itself: a hop to another
 * thread costs more than what is done with most messages. It starts with its first task. Thread-safe.
 */
public final class RaftLoop implements Loop, AutoCloseable {
    /** The thread's name. */
    public static final String NAME = "distcache-raft";

    private static final long STOP_SECONDS = 5;

    private final Transport transport;
    private final EventLoop loop;

    /** A loop for connections as nodes have them. */
    public RaftLoop() {
        Transport system = Transport.nativeTransport();
        this.transport = system != null && system.available() ? system : Transport.NIO;
        ThreadFactory threads = task -> OwnThread.make(task, NAME);
        this.loop = new MultiThreadIoEventLoopGroup(
                        1, threads, transport.implementation().ioHandlerFactory())
                .next();
    }

    /** Whether connections that were made there can be read and written here. */
    boolean canServe(VertxInternal vertx) {
        return vertx.transport().getClass() == transport.implementation().getClass();
    }

    /** Where connections that members of the same process make are read and written: here, if they can be. */
    ContextInternal contextFor(VertxInternal vertx) {
        return canServe(vertx) ? vertx.contextBuilder().withEventLoop(loop).build() : vertx.createEventLoopContext();
    }

    /** Reads and writes an open connection from now on. On the connection's event loop. */
    void adopt(Channel channel) {
        channel.deregister().addListener(left -> {
            if (left.isSuccess()) {
                loop.register(channel).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
            } else {
                channel.close();
            }
        });
    }

    @Override
    public boolean isHere() {
        return loop.inEventLoop();
    }

    @Override
    public void execute(Runnable task) {
        try {
            loop.execute(() -> TurnEnd.after(task));
        } catch (RejectedExecutionException e) {
            // The node stops, and whoever waits for what would have come is told by what closes the consensus.
        }
    }

    @Override
    public void handOver() {
        TurnEnd.now();
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
