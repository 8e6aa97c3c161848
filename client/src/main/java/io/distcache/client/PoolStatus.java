package io.distcache.client;

import java.util.List;

/**
 * How this client stands with its pool. Immutable; counts are since the client was connected.
 *
 * @param epoch of the pool's members; one higher with every change of them, 0 for a single node that is in no pool
 * @param nodes every member, in the order of their names
 * @param servedElsewhere calls that another node served since the owner was down
 * @param missedReads reads that missed since the owner was down and the cache's policy is {@link FailurePolicy#MISS}
 * @param droppedWrites writes that were dropped for the same reason
 * @param repeatedChanges how often a change that is made once was sent again, since its reply had got lost
 * @param staleReads entries that were read at a member of a replicated pool that did not lead, while nobody did; see the cache's attribute
 *     {@code staleReads}
 * @param groups how many groups of keys a replicated pool has; 0 in any other
 */
public record PoolStatus(
        long epoch,
        List<NodeStatus> nodes,
        long servedElsewhere,
        long missedReads,
        long droppedWrites,
        long repeatedChanges,
        long staleReads,
        int groups) {

    public PoolStatus {
        nodes = List.copyOf(nodes);
    }

    /** How many groups of a replicated pool nobody leads, as far as this client knows. */
    public int groupsWithoutLeader() {
        return groups - nodes.stream().mapToInt(NodeStatus::groupsLed).sum();
    }

    /** Who is in the pool. */
    public List<Member> members() {
        return nodes.stream().map(NodeStatus::member).toList();
    }
}
