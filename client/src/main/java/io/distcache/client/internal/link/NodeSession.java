package io.distcache.client.internal.link;

import io.distcache.client.NodeListener;
import io.distcache.protocol.HealthReport;
import org.jspecify.annotations.Nullable;

/** How one client stands with one node. Thread-safe. */
public sealed interface NodeSession extends AutoCloseable permits SocketSession, EmbeddedSession {

    /** The client's calls at the node. */
    Calls calls();

    /** The client's caches at the node. */
    CachesAtNode caches();

    /** How the client stands with the node. */
    NodeListener.State state();

    /** Whether calls may be given to it. */
    default boolean isUsable() {
        NodeListener.State now = state();
        return now == NodeListener.State.HEALTHY || now == NodeListener.State.SUSPECT;
    }

    /** The node as messages name it. */
    String where();

    /** The node's last report, if there was one on the present connection. */
    @Nullable
    HealthReport health();

    /** Ends the session; what waits is ended at once. */
    @Override
    void close();
}
