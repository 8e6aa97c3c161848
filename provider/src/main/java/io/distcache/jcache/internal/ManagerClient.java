package io.distcache.jcache.internal;

import io.distcache.client.DistCacheClient;
import io.distcache.client.DistCacheException;
import io.distcache.client.spi.NodeInProcess;
import io.distcache.jcache.internal.management.PoolBeans;
import io.distcache.jcache.internal.user.Closing;
import io.distcache.jcache.internal.user.UserThreads;
import io.distcache.protocol.EmbeddedNode;
import io.distcache.protocol.SharedAttempt;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import javax.cache.CacheException;
import org.jspecify.annotations.Nullable;

/**
 * A manager's client, connected when it is first asked for. Only who needs the client waits for the connecting, and many share one
 * attempt; {@link #close} does not, and what somebody connects afterwards is closed by who connected it. Thread-safe.
 */
final class ManagerClient {
    private final ManagerName shown;
    private final ManagerSettings settings;
    private final ClassLoader context;
    private final Remains remains;
    private final SharedAttempt<Connected> connecting = new SharedAttempt<>();
    private final AtomicReference<@Nullable Connected> connected = new AtomicReference<>();
    private volatile boolean closed;

    private record Connected(DistCacheClient client, PoolBeans beans, Runnable end) {}

    /**
     * Not connected yet.
     *
     * @param context finds the classes of what the native API reads
     * @param remains keeps what must be ended if nobody closes this
     */
    ManagerClient(ManagerName shown, ManagerSettings settings, ClassLoader context, Remains remains) {
        this.shown = shown;
        this.settings = settings;
        this.context = context;
        this.remains = remains;
    }

    /** The client; it is the caller's to see that the manager is open. */
    DistCacheClient get() {
        Connected present = connected.get();
        return (present != null ? present : connecting.join(this::connectedNow)).client;
    }

    private Connected connectedNow() {
        Connected present = connected.get();
        if (present == null) {
            refuseIfClosed();
            present = connect();
            connected.set(present);
            if (closed) {
                close();
                refuseIfClosed();
            }
        }
        return present;
    }

    private void refuseIfClosed() {
        if (closed) {
            throw new IllegalStateException("the manager of " + shown + " is closed");
        }
    }

    private Connected connect() {
        AtomicReference<@Nullable Connected> made = new AtomicReference<>();
        UserThreads.in(context, () -> made.set(connectInContext())).run();
        Connected result = made.get();
        if (result == null) {
            throw new IllegalStateException("not connected");
        }
        return result;
    }

    private Connected connectInContext() {
        Map<String, String> embedded = settings.embedded();
        try {
            if (embedded == null) {
                return withBeans(DistCacheClient.connect(settings.client()), () -> {});
            }
            EmbeddedNode node = EmbeddedNodes.acquire(embedded);
            Runnable release = () -> EmbeddedNodes.release(embedded);
            try {
                return withBeans(DistCacheClient.embedded(new NodeInProcess(node), settings.client()), release);
            } catch (Throwable e) {
                new Closing().then(release).endBecauseOf(e);
                throw e;
            }
        } catch (DistCacheException | IllegalArgumentException e) {
            throw new CacheException("cannot use " + shown + ": " + e.getMessage(), e);
        }
    }

    private Connected withBeans(DistCacheClient client, Runnable release) {
        Runnable end = client.closer();
        try {
            PoolBeans beans = new PoolBeans(client, shown.text());
            remains.add(
                    this.connecting,
                    () -> new Closing()
                            .then(beans::close)
                            .then(end)
                            .then(release)
                            .end());
            return new Connected(
                    client,
                    beans,
                    () -> new Closing().then(client::close).then(release).end());
        } catch (Throwable e) {
            new Closing().then(client::close).endBecauseOf(e);
            throw e;
        }
    }

    /** Ends the connections, if there are any. */
    void close() {
        closed = true;
        Connected present = connected.getAndSet(null);
        if (present != null) {
            remains.remove(connecting);
            new Closing().then(present.beans::close).then(present.end).end();
        }
    }
}
