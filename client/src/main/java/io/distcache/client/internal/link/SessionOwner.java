package io.distcache.client.internal.link;

import io.distcache.client.NodeListener;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Routes;

/** Hears what becomes of sessions, on their event loops; must not block. */
public interface SessionOwner {

    /**
     * A connection stands, the node serves, and the client's caches are open on it. Calls go over it once it is {@link
     * SocketSession#admit admitted}.
     */
    void linked(NodeSession session);

    /** The client stands differently with the node. */
    void stateChanged(NodeSession session, NodeListener.State state, String reason);

    /** The node has reported. */
    void reported(NodeSession session, HealthReport report);

    /** The node has heard of other members of its pool. */
    void membersChanged(NodeSession session, Membership membership);

    /** The node has heard of other leaders in its replicated pool. */
    void routesChanged(NodeSession session, Routes routes);
}
