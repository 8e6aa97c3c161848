package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.client.NodeListener;
import io.distcache.protocol.EmbeddedNode;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Routes;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A session with a node in this process, which is always there. Thread-safe. */
public final class EmbeddedSession implements NodeSession {
    private final SessionOwner owner;
    private final EmbeddedTransport transport;
    private final Calls calls;
    private final CachesAtNode atNode;

    /** A session that stands; {@code caches} are the client's open ones by their handles. */
    public EmbeddedSession(
            EmbeddedNode node, ClientConfig config, Map<Integer, CacheState> caches, SessionOwner owner) {
        this.owner = owner;
        this.transport = new EmbeddedTransport(node, config, caches, new Hearer());
        this.calls = new Calls(config, transport);
        this.atNode = new CachesAtNode(calls, transport, caches);
        owner.stateChanged(this, NodeListener.State.HEALTHY, "");
    }

    @Override
    public Calls calls() {
        return calls;
    }

    @Override
    public CachesAtNode caches() {
        return atNode;
    }

    @Override
    public NodeListener.State state() {
        return transport.isClosed() ? NodeListener.State.CLOSED : NodeListener.State.HEALTHY;
    }

    @Override
    public String where() {
        return transport.where();
    }

    @Override
    public @Nullable HealthReport health() {
        return transport.pushes().health();
    }

    @Override
    public void close() {
        if (transport.close()) {
            owner.stateChanged(this, NodeListener.State.CLOSED, "");
        }
    }

    /** Passes on what the node says of itself. Thread-safe. */
    private final class Hearer implements Pushes.Hearer {
        @Override
        public void reported(HealthReport report) {
            owner.reported(EmbeddedSession.this, report);
        }

        @Override
        public void membersChanged(Membership membership) {
            owner.membersChanged(EmbeddedSession.this, membership);
        }

        @Override
        public void routesChanged(Routes routes) {
            owner.routesChanged(EmbeddedSession.this, routes);
        }

        @Override
        public void destroyed(int handle) {
            atNode.forget(handle);
        }
    }
}
