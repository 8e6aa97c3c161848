package io.distcache.server.frontdoor.wire;

import io.netty.channel.ChannelHandlerContext;

/** Takes the connections of other members of the node's replicated pool, which come to the port for clients. Thread-safe. */
@FunctionalInterface
public interface PeerDoor {
    /** The type of the first frame by which a member shows that it is none of the clients. */
    int HELLO = 0x70;

    /**
     * Goes on with a connection whose first frame was of type {@link #HELLO}; it is out of the limits of clients. Called on the connection's
     * event loop; what comes is read by a handler before the one named "handler".
     *
     * @param from the address, for the log
     * @param hello the frame's body
     */
    void accepted(ChannelHandlerContext socket, String from, byte[] hello);
}
