package io.distcache.server.tls;

import io.distcache.protocol.tls.TlsFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a client comes in by TLS: its first byte is that of a handshake, which comes to its end in time; only then a door hears of it. A client
 * that speaks plain text is told so. Confined to the connection's event loop.
 */
public final class TlsEntrance extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(TlsEntrance.class);
    /** Hears once what has become of the client. Confined to the connection's event loop. */
    public interface Outcome {
        /** The connection is encrypted. */
        void encrypted();

        /** The client speaks plain text; it has to be told, and its connection to be ended. */
        void plain();

        /** The handshake has failed; the connection ends. */
        void failed(String why);

        /** A client that was let in is ended for what it has done to the encryption. */
        void ended(String why);

        /** The client is gone, without having been let in. */
        void gone();
    }

    private final NodeTls tls;
    private final Outcome outcome;
    private @Nullable ScheduledFuture<?> timeout;
    private @Nullable SslHandler encryption;
    private boolean ended;

    /** A client that has said nothing yet. */
    public TlsEntrance(NodeTls tls, Outcome outcome) {
        this.tls = tls;
        this.outcome = outcome;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        long millis = tls.handshakeTimeout().toMillis();
        timeout = ctx.executor()
                .schedule(
                        () -> {
                            if (!ended) {
                                fail("it did not finish the handshake of TLS within " + millis
                                        + "ms (server.handshake-timeout)");
                                ctx.close();
                            }
                        },
                        millis,
                        TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
        if (ended) {
            if (encryption == null) {
                ReferenceCountUtil.release(message);
            } else {
                ctx.fireChannelRead(message);
            }
            return;
        }
        ByteBuf first = (ByteBuf) message;
        if (encryption != null || !first.isReadable()) {
            // Nothing is decrypted before the handshake is over.
            first.release();
        } else if (first.getByte(first.readerIndex()) == TlsHandler.HANDSHAKE) {
            SslHandler handler = tls.newHandler(ctx.alloc());
            // The entrance has a timeout of its own, from the connection on.
            handler.setHandshakeTimeoutMillis(0);
            encryption = handler;
            ctx.pipeline().addBefore(ctx.name(), "tls", handler);
            handler.channelRead(ctx.pipeline().context(handler), first);
        } else {
            first.release();
            end();
            outcome.plain();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof SslHandshakeCompletionEvent handshake)) {
            ctx.fireUserEventTriggered(event);
        } else if (!ended) {
            if (handshake.isSuccess()) {
                end();
                outcome.encrypted();
            } else {
                fail(TlsFailure.ofNode(handshake.cause()));
            }
        }
    }

    private void fail(String why) {
        end();
        encryption = null;
        outcome.failed(why);
    }

    private void end() {
        ended = true;
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (!ended) {
            end();
            outcome.gone();
        }
        ctx.fireChannelInactive();
    }

    @Override
    @SuppressWarnings("deprecation") // the callback itself is not deprecated, only its place in Netty's hierarchy
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (TlsFailure.is(cause)) {
            // Anybody who can connect can cause this, as often as they like.
            LOG.debug("closing the connection of {}: {}", ctx.channel().remoteAddress(), cause.toString());
            TlsHandler.AskedAgain again = TlsFailure.find(cause, TlsHandler.AskedAgain.class);
            if (again != null) {
                outcome.ended(String.valueOf(again.getMessage()));
            }
            ctx.close();
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }
}
