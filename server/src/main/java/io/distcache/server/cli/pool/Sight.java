package io.distcache.server.cli.pool;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.cli.NodeConnection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one node said of itself, or why it said nothing. Immutable.
 *
 * @param address where it was asked, {@code host:port}
 * @param report how it is; null if it could not be reached
 * @param membership who is in the pool as it knows it, epoch 0 if it knows of none; null if it did not say
 * @param error why it did not answer, or did not say who is in the pool; empty if it did
 * @param replica what it said of its replicated pool; null if it is in none
 */
record Sight(
        String address,
        @Nullable HealthReport report,
        @Nullable Membership membership,
        String error,
        @Nullable Replica replica) {

    /**
     * What a member of a replicated pool says of it. Immutable.
     *
     * @param groups the first is the one that knows the caches
     */
    record Replica(Routes routes, List<Reply.Group> groups) {
        Replica {
            groups = List.copyOf(groups);
        }
    }

    /** Of a node that is in no replicated pool. */
    Sight(String address, @Nullable HealthReport report, @Nullable Membership membership, String error) {
        this(address, report, membership, error, null);
    }

    static Sight unreachable(String address, String why) {
        // Said of one of many nodes, whose address stands beside it.
        String prefix = address + ": ";
        String cause = why.startsWith(prefix) ? why.substring(prefix.length()) : why;
        return new Sight(address, null, null, cause.replace(NodeConnection.HINT, ""));
    }

    boolean isReachable() {
        return report != null;
    }

    boolean isServing() {
        return report != null && report.state() == HealthReport.State.SERVING;
    }

    /** Whether it serves, and nothing that it says speaks against stopping the next node. */
    boolean isReady() {
        return report != null && report.isReady();
    }

    /** The members that it knows; none if it knows of no pool or did not say. */
    Membership known() {
        return membership == null ? Membership.NONE : membership;
    }

    /** Whether both are one node, running: reached by two addresses. */
    boolean isSameNode(Sight other) {
        HealthReport theirs = other.report;
        // Nodes that start in the same millisecond have the same incarnation.
        return report != null
                && theirs != null
                && report.incarnation() == theirs.incarnation()
                && report.node().equals(theirs.node());
    }
}
