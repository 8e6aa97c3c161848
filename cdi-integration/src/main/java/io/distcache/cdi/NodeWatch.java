package io.distcache.cdi;

import jakarta.enterprise.event.Event;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fires {@link NodeStateChanged} for what the provider's client hears of its nodes, off the client's event loop. A node that is
 * away when the application starts is tried again every second. Thread-safe; its threads end when idle.
 */
final class NodeWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeWatch.class);
    private static final int QUEUE_EVENTS = 1000;

    private final Event<NodeStateChanged> event;
    private final ThreadPoolExecutor firing;
    private final ScheduledThreadPoolExecutor connecting;
    private final AtomicBoolean begun = new AtomicBoolean();
    private boolean toldDown;

    NodeWatch(Event<NodeStateChanged> event) {
        this.event = event;
        this.firing = new ThreadPoolExecutor(
                1, 1, 5, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUE_EVENTS), NodeWatch::thread);
        this.firing.allowCoreThreadTimeOut(true);
        this.connecting = new ScheduledThreadPoolExecutor(1, NodeWatch::thread);
        this.connecting.setKeepAliveTime(5, TimeUnit.SECONDS);
        this.connecting.allowCoreThreadTimeOut(true);
    }

    private static Thread thread(Runnable task) {
        Thread thread = new Thread(task, "distcache-cdi-nodes");
        thread.setDaemon(true);
        return thread;
    }

    /** From now on changes at the manager's nodes are fired. Does not wait for them; only the first manager counts. */
    void begin(CacheManager manager) {
        if (Providers.DISTCACHE_IS_PRESENT && begun.compareAndSet(false, true)) {
            connecting.execute(() -> connect(manager));
        }
    }

    private void connect(CacheManager manager) {
        try {
            DistCacheAccess.watch(manager, this::fire);
        } catch (CacheException e) {
            if (!toldDown) {
                toldDown = true;
                fire(new NodeStateChanged(
                        manager.getURI().toString(), NodeStateChanged.State.DOWN, String.valueOf(e.getMessage())));
            }
            try {
                var unused = connecting.schedule(() -> connect(manager), 1, TimeUnit.SECONDS);
            } catch (RejectedExecutionException closed) {
                // The application has ended.
            }
        } catch (IllegalStateException e) {
            LOG.debug("the manager was closed before its nodes could be watched", e);
        } catch (Throwable e) {
            LOG.warn("the nodes cannot be watched: NodeStateChanged is not fired for them", e);
        }
    }

    private void fire(NodeStateChanged change) {
        try {
            firing.execute(() -> deliver(change));
        } catch (RejectedExecutionException e) {
            if (!firing.isShutdown()) {
                LOG.warn("observers of node states are too slow: {} was not fired", change);
            }
        }
    }

    private void deliver(NodeStateChanged change) {
        try {
            @Nullable Object unused = event.fireAsync(change);
            event.fire(change);
        } catch (Throwable e) {
            LOG.warn("an observer of {} failed", change, e);
        }
    }

    @Override
    public void close() {
        connecting.shutdownNow();
        firing.shutdownNow();
    }
}
