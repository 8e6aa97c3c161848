package io.distcache.client.internal.routing;

import io.distcache.client.internal.pool.NodeSession;
import io.distcache.protocol.Bytes;

/** Which node a key belongs to. One node for now, which has them all; a ring of several takes this place. Thread-safe. */
public final class Router {
    private final NodeSession only;

    public Router(NodeSession only) {
        this.only = only;
    }

    /** The session with the node that owns {@code key}. */
    public NodeSession nodeOf(Bytes key) {
        return only;
    }

    /** The session for commands that are about no single entry. */
    public NodeSession anyNode() {
        return only;
    }
}
