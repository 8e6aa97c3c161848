package io.distcache.server.session;

import io.distcache.protocol.Push;

/** What a client is connected by; it owns the client's {@link ClientSession}. Implementations are thread-safe. */
public interface Connection {

    /** What the node's log calls the client. */
    String name();

    /** Sends a message to the client, if its protocol has a place for it; keeps the order of calls, never blocks. */
    void push(Push push);

    /** Ends the connection; from any thread. */
    void disconnect();

    /**
     * Ends the connection of a client that may not go on with it, but may come in again: what it has begun is answered first. From any
     * thread.
     *
     * @param why for the client, as a clause
     */
    void dismiss(String why);

    /**
     * Whether the client must have given this node up, since that stood still for longer than the client waits; the connection ends
     * then.
     */
    default boolean isGivenUp() {
        return false;
    }
}
