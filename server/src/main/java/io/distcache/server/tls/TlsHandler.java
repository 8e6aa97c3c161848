package io.distcache.server.tls;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import java.util.List;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * Encrypts a connection whose keys are negotiated once. TLS 1.2 lets a client ask for that again and again on one connection, which costs it
 * next to nothing and the node a signature each time (CVE-2011-1473), and the JDK does what it asks. Confined to the connection's event loop.
 */
final class TlsHandler extends SslHandler {
    /** The type of a record with a message of the handshake (RFC 5246, 6.2.1; RFC 8446, 5.1). */
    static final byte HANDSHAKE = 0x16;

    /** The client has asked for other keys. */
    static final class AskedAgain extends SSLException {
        AskedAgain() {
            super("it asked to negotiate TLS anew on a connection that is encrypted");
        }
    }

    /** Encrypts by an engine, whose long computations run where it is said, so that they hold up no other connection. */
    TlsHandler(SSLEngine engine, Executor computations) {
        super(engine, computations);
    }

    /** Called at the beginning of each record. With TLS 1.3 what comes after the handshake has the type of data, whatever it is. */
    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws SSLException {
        if (in.isReadable()
                && in.getByte(in.readerIndex()) == HANDSHAKE
                && handshakeFuture().isSuccess()) {
            in.skipBytes(in.readableBytes());
            throw new AskedAgain();
        }
        super.decode(ctx, in, out);
    }
}
