package io.distcache.client;

import java.util.List;

/** Hears how the client stands with its nodes. Runs on event loops: it must not block and must not call caches. */
public interface NodeListener {

    /** What the monitor holds of a node. */
    enum State {
        /** Commands go through. */
        HEALTHY,
        /**
         * The connection was lost a moment ago, or nothing has come over it for a while, or commands are not answered. Calls still go
         * there and wait, up to their time limit: a lost report or a pause is no reason to go elsewhere.
         */
        SUSPECT,
        /** The node serves nobody here: calls go elsewhere or fail, as each cache's {@link FailurePolicy} says, until it is back. */
        DOWN,
        /** The client was closed, or the node left the pool. */
        CLOSED
    }

    /**
     * The client stands differently with a node.
     *
     * @param node its name and where it listens, for people
     * @param reason what led there, for people; may be empty
     */
    default void stateChanged(String node, State state, String reason) {}

    /** A node has reported. */
    default void health(NodeReport report) {}

    /**
     * Calls go by these members from now on.
     *
     * @param epoch one higher with every change of them
     */
    default void membersChanged(long epoch, List<Member> members) {}
}
