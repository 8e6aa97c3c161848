package io.distcache.client;

import java.util.Optional;

/**
 * How this client stands with one node. Immutable.
 *
 * @param member the node's name, address and weight in the pool
 * @param state what the monitor holds of it
 * @param reason what led there, for people; may be empty
 * @param report what the node said last on the present connection
 * @param groupsLed how many groups of keys of a replicated pool it leads, as far as this client knows; 0 in any other
 */
public record NodeStatus(
        Member member, NodeListener.State state, String reason, Optional<NodeReport> report, int groupsLed) {}
