package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Routes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who leads which part of a replicated pool, and by which session it is reached. Immutable. */
final class RouteTable {
    private final Routes routes;
    private final List<SocketSession> nodes;
    private final @Nullable SocketSession[] byPartition = new SocketSession[Routes.PARTITIONS];

    /** With the sessions of the nodes by their numbers. */
    RouteTable(Routes routes, List<SocketSession> nodes) {
        this.routes = routes;
        this.nodes = List.copyOf(nodes);
        for (int partition = 0; partition < Routes.PARTITIONS; partition++) {
            byPartition[partition] = leaderOf(routes.groupOfPartition(partition));
        }
    }

    Routes routes() {
        return routes;
    }

    /** The sessions of the nodes by their numbers. */
    List<SocketSession> nodes() {
        return nodes;
    }

    /** The session of who leads a key's group; null if nobody is known to. */
    @Nullable
    SocketSession leader(Bytes key) {
        return byPartition[Routes.partitionOf(key)];
    }

    /** The session of who leads a group; null if nobody is known to. */
    @Nullable
    SocketSession leaderOf(int group) {
        Routes.Leader leader = routes.leaders().get(group);
        return leader.isKnown() ? nodes.get(leader.node()) : null;
    }

    /** How many groups a node leads. */
    int ledBy(SocketSession node) {
        return routes.ledBy(nodes.indexOf(node));
    }
}
