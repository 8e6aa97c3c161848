package io.distcache.server.frontdoor.stream;

import io.distcache.protocol.OneLine;
import io.distcache.server.session.Connection;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a connection has come to its end, and why. It ends at once when its client is refused or has gone, and after what has been answered
 * when nothing more is to be executed. The first reason counts, and is in the log. Confined to the connection's event loop.
 */
public final class ConnectionEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ConnectionEnd.class);

    private final Connection connection;
    private final ChannelHandlerContext socket;
    private final String peer;
    private final Strangers strangers;
    private boolean broken;
    private boolean closing;

    /**
     * A connection that goes on.
     *
     * @param peer the client's address
     * @param strangers is told of clients that speak another protocol
     */
    public ConnectionEnd(Connection connection, ChannelHandlerContext socket, String peer, Strangers strangers) {
        this.connection = connection;
        this.socket = socket;
        this.peer = peer;
        this.strangers = strangers;
    }

    /** Whether the connection is over: nothing is executed any more, and nothing is sent. */
    public boolean isBroken() {
        return broken;
    }

    /** Whether nothing more is to be executed. */
    public boolean isClosing() {
        return closing || broken;
    }

    /** After what has been answered the connection ends; nothing more is executed. */
    public void closeAfterReplies() {
        closing = true;
    }

    /** Ends the connection, because the node cannot or will not go on with it; the log has a warning. */
    public void refuse(String why) {
        if (!broken) {
            broken = true;
            LOG.warn("closing the connection of {}: {}", connection.name(), OneLine.of(why));
            socket.close();
        }
    }

    /** Ends the connection, because what the client sends makes no sense. */
    public void hangUp(String why) {
        if (!broken) {
            broken = true;
            // Anybody who can connect can cause this, as often as they like.
            LOG.debug("closing the connection of {}: {}", connection.name(), why);
            socket.close();
        }
    }

    /** Ends the connection, because the client does not read; so many bytes wait for it, and it may leave so many. */
    public void overLimit(long bytes, long limitBytes) {
        refuse("it does not read: " + bytes + " bytes wait for it, allowed are server.output-limit-bytes="
                + limitBytes);
    }

    /** Ends the connection, because the client speaks another protocol. */
    public void refuseStranger(String speaks) {
        refuseAsStranger("it speaks " + speaks);
    }

    /** Ends the connection, because the client speaks something else than the door does, as {@code why} says. */
    public void refuseAsStranger(String why) {
        if (!broken) {
            broken = true;
            strangers.closed(peer, why);
            socket.close();
        }
    }

    /** The client has gone, or is being told the last that there is to say. */
    public void over() {
        broken = true;
    }

    /** Ends the connection behind what has been sent, and sends that first, if it is to end so. */
    void closeIfDue() {
        if (closing && !broken) {
            broken = true;
            socket.writeAndFlush(socket.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
