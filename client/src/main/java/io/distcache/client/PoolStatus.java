package io.distcache.client;

import io.distcache.protocol.Membership;
import java.util.List;

/**
 * How this client stands with its pool. Immutable; counts are since the client was connected.
 *
 * @param membership who is in the pool; of epoch 0 for a single node that is in none
 * @param nodes every member, in the order of their names
 * @param servedElsewhere calls that another node served since the owner was down
 * @param missedReads reads that missed since the owner was down and the cache's policy is {@link FailurePolicy#MISS}
 * @param droppedWrites writes that were dropped for the same reason
 * @param repeatedChanges how often a change was sent again since its reply had got lost ({@link RemoteCache#callOnce})
 */
public record PoolStatus(
        Membership membership,
        List<NodeStatus> nodes,
        long servedElsewhere,
        long missedReads,
        long droppedWrites,
        long repeatedChanges) {

    public PoolStatus {
        nodes = List.copyOf(nodes);
    }
}
