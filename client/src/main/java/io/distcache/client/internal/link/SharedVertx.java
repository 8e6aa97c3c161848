package io.distcache.client.internal.link;

import io.distcache.protocol.OwnThread;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetClientOptions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one Vert.x of this process, made for the first session and closed with the last: making one costs hundreds of
 * milliseconds and its threads. Its threads are daemons, so that an application that forgets to close still exits. Thread-safe.
 */
final class SharedVertx {
    private static final Logger LOG = LoggerFactory.getLogger(SharedVertx.class);
    private static final int CLOSE_SECONDS = 5;

    private static @Nullable SharedVertx shared;

    private final Vertx vertx;
    // Held as long as its sockets live: Vert.x closes them when the NetClient becomes unreachable.
    private final NetClient netClient;
    private int users;

    private SharedVertx() {
        Rehearsal.done();
        VertxOptions options = new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(Math.min(2, Runtime.getRuntime().availableProcessors()))
                .setWorkerPoolSize(1)
                .setInternalBlockingPoolSize(1)
                .setUseDaemonThread(true)
                .setFileSystemOptions(
                        new FileSystemOptions().setFileCachingEnabled(false).setClassPathResolvingEnabled(false));
        this.vertx = Vertx.vertx(options);
        this.netClient = vertx.createNetClient(
                new NetClientOptions().setTcpNoDelay(true).setTcpKeepAlive(true).setReconnectAttempts(0));
        // Each starts its thread when it first has something to do, on behalf of whoever that is.
        for (EventExecutor loop : ((VertxInternal) vertx).nettyEventLoopGroup()) {
            loop.submit(() -> {}).syncUninterruptibly();
        }
    }

    static synchronized SharedVertx acquire() {
        SharedVertx current = shared;
        if (current == null) {
            // What Netty leaves with the thread that it begins on, and what its threads and objects take over from
            // there,
            // would be of the application that happened to need it first.
            current = OwnThread.call("distcache-start", SharedVertx::new);
            shared = current;
        }
        current.users++;
        return current;
    }

    Vertx vertx() {
        return vertx;
    }

    NetClient netClient() {
        return netClient;
    }

    /** A context of the next event loop. It keeps nothing of who asks. */
    ContextInternal newContext() {
        return ((VertxInternal) vertx)
                .contextBuilder()
                .withThreadingModel(ThreadingModel.EVENT_LOOP)
                .withClassLoader(SharedVertx.class.getClassLoader())
                .build();
    }

    /** Gives up one {@link #acquire}; waits until the threads have ended, if it was the last one's. */
    void release() {
        synchronized (SharedVertx.class) {
            users--;
            if (users > 0) {
                return;
            }
            shared = null;
        }
        boolean onEventLoop = io.vertx.core.Context.isOnVertxThread();
        try {
            // Else what would close it waits for a thread that ends with it.
            var closed = netClient
                    .close()
                    .eventually(vertx::close)
                    .toCompletionStage()
                    .toCompletableFuture();
            if (!onEventLoop) {
                closed.get(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.warn("Vert.x did not close within {} s; its daemon threads end with the process", CLOSE_SECONDS, e);
        }
    }
}
