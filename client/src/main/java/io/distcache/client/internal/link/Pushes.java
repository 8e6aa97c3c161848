package io.distcache.client.internal.link;

import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Push;
import io.distcache.protocol.Routes;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Who hears what a node says unasked. Thread-safe. */
final class Pushes {
    private static final Logger LOG = LoggerFactory.getLogger(Pushes.class);

    /** Hears what concerns the session and no single cache. */
    interface Hearer {
        /** The node has said how it is. */
        void reported(HealthReport report);

        /** The node has heard of other members of its pool. */
        void membersChanged(Membership membership);

        /** The node has heard of other leaders in its replicated pool. */
        void routesChanged(Routes routes);

        /** A cache was destroyed, and the node has given the handle back already. */
        void destroyed(int handle);
    }

    private final Map<Integer, CacheState> caches;
    private final Transport transport;
    private final Hearer hearer;
    private volatile @Nullable Routes routes;
    private volatile @Nullable HealthReport health;

    /** For what comes over {@code transport}; {@code caches} are the client's open ones by their handles. */
    Pushes(Map<Integer, CacheState> caches, Transport transport, Hearer hearer) {
        this.caches = caches;
        this.transport = transport;
        this.hearer = hearer;
    }

    /** Who leads what, as the node told last over the present connection; null if it has not. */
    @Nullable
    Routes routes() {
        return routes;
    }

    /** The node has told who leads what. */
    void routes(Routes told) {
        routes = told;
        hearer.routesChanged(told);
    }

    /** There is another connection, over which nothing was told. */
    void forgetRoutes() {
        routes = null;
    }

    /** Passes on what was pushed, on the thread that brings it; {@code causing} is the call in flight that it names, if any. */
    void push(Push push, @Nullable Call causing) {
        switch (push.kind()) {
            case EVENT -> event((Push.Event) push, causing);
            case QUEUED -> {
                if (causing != null) {
                    causing.extend(((Push.Queued) push).waitMillis());
                }
            }
            case HEALTH -> {
                HealthReport report = ((Push.Health) push).report();
                health = report;
                hearer.reported(report);
            }
            case MEMBERS -> hearer.membersChanged(((Push.Members) push).membership());
            case ROUTES -> routes(((Push.Routes) push).routes());
            case DESTROYED -> {
                CacheState cache = caches.get(((Push.Destroyed) push).cache());
                if (cache != null) {
                    cache.markDestroyed();
                    hearer.destroyed(cache.handle());
                }
            }
        }
    }

    private void event(Push.Event event, @Nullable Call causing) {
        Consumer<Push.Event> own = causing != null && !causing.ended() ? causing.ownEvents : null;
        CacheState cache = own == null ? caches.get(event.cache()) : null;
        CacheState.Subscription subscription = cache == null ? null : cache.subscription();
        try {
            if (own != null) {
                own.accept(event);
            } else if (subscription != null) {
                subscription.listener().heard(event, () -> ack(event.ackId()));
            } else {
                // An event that nobody hears, or whose hearer fails, must not hold up the client that caused it.
                ack(event.ackId());
            }
        } catch (Throwable e) {
            LOG.warn("a listener of cache events failed on {} of node {}", event.event(), transport.where(), e);
            ack(event.ackId());
        }
    }

    /** The listeners of a synchronous event have run. */
    private void ack(long ackId) {
        if (ackId != 0) {
            transport.tell(() -> new Command.Ack(ackId));
        }
    }

    /** The last report, if there was one on the present connection. */
    @Nullable
    HealthReport health() {
        return health;
    }

    /** The connection is gone over which the last report came. */
    void forgetHealth() {
        health = null;
    }
}
