package io.distcache.server.frontdoor;

import io.netty.channel.ChannelHandlerContext;

/** Takes the clients of one protocol, as they come to its {@link Listener}. Implementations are thread-safe. */
public interface Door {

    /** Why a client is not let in. */
    enum Refusal {
        /** The node is stopping. */
        STOPPING,
        /** The node has as many connections as it may. */
        FULL,
        /** The client speaks plain text where TLS is spoken. */
        PLAIN
    }

    /** The clients of one event loop. Confined to it. */
    interface Loop {
        /**
         * Connects a client that was let in; when its connection has ended, {@link ConnectionLimit#leave} is to be called.
         *
         * @param newcomer the client, which is to leave when it has said who it is; at once if it need not
         */
        void connect(ChannelHandlerContext socket, String peer, Newcomers.Newcomer newcomer);
    }

    /** One more event loop listens, and this is called on it. */
    Loop begin();

    /** Tells a client why it is not let in, and ends its connection. */
    void refuse(ChannelHandlerContext socket, Refusal why, String message);

    /** The connection of a client has ended before it was let in; {@code why} has nothing in it that the client sent. */
    void turnedAway(String peer, String why);

    /** Whether clients are refused because the node is stopping. */
    default boolean isStopping() {
        return false;
    }

    /** Whether others than clients may come: members of the node's replicated pool. */
    default boolean takesMembers() {
        return false;
    }

    /** A negative number of its own, by which the event loops find the same free port. */
    int sharedPort();
}
