package io.distcache.client;

import io.distcache.protocol.HealthReport;

/** Hears how the client stands with its nodes. Runs on the event loop: it must not block and must not call caches. */
public interface NodeListener {

    /** How the client stands with a node. */
    enum State {
        /** Commands go through. */
        CONNECTED,
        /** The connection was lost a moment ago; calls wait for the reconnect up to their time limit. */
        RECONNECTING,
        /** The node has been away for longer than a call may take; calls fail at once until it is back. */
        DOWN,
        /** The client was closed. */
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
    default void health(HealthReport report) {}
}
