package io.distcache.server.replication.link;

import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.frame.FrameReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.security.MessageDigest;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connection to one other member, on which messages go out; when it ends, the next one is tried after a pause. Confined to its event loop,
 * save {@link #outflow}.
 */
final class OutgoingLink {
    private static final Logger LOG = LoggerFactory.getLogger(OutgoingLink.class);
    private static final int LEAST_PAUSE_MILLIS = 50;
    private static final int MOST_PAUSE_MILLIS = 500;
    private static final int HANDSHAKE_MILLIS = 3_000;
    /** A connection that has lasted so long was a good one, after which the next is tried soon. */
    private static final long LASTED_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final PeerLinks links;
    private final ContextInternal context;
    private final NetClient client;
    private final int peer;
    private final Address address;
    private int pauseMillis = LEAST_PAUSE_MILLIS;
    /** Why there is no connection, as the log has it. */
    private String why = "";

    private boolean closed;
    private @Nullable NetSocket socket;
    private volatile @Nullable Outflow outflow;

    OutgoingLink(PeerLinks links, ContextInternal context, NetClient client, int peer, Address address) {
        this.links = links;
        this.context = context;
        this.client = client;
        this.peer = peer;
        this.address = address;
    }

    /** What goes out on the connection that there is; null if there is none. Thread-safe. */
    @Nullable
    Outflow outflow() {
        return outflow;
    }

    /** Begins to connect. Any thread. */
    void begin() {
        context.runOnContext(none -> connect());
    }

    /** Ends the connection, and tries no other. Any thread. */
    void close() {
        try {
            context.runOnContext(none -> {
                closed = true;
                NetSocket open = socket;
                if (open != null) {
                    open.close();
                }
            });
        } catch (RejectedExecutionException e) {
            // The node's event loops have ended, and with them the connection.
        }
    }

    private void connect() {
        if (!closed) {
            client.connect(address.port(), address.host()).onComplete(connected -> {
                if (connected.succeeded()) {
                    install(connected.result());
                } else {
                    ended("it does not accept connections: " + connected.cause().getMessage());
                }
            });
        }
    }

    /** Before anything is read from the socket; the other says nothing before it is spoken to. */
    private void install(NetSocket connected) {
        if (closed) {
            connected.close();
            return;
        }
        socket = connected;
        ChannelPipeline pipeline =
                ((NetSocketInternal) connected).channelHandlerContext().pipeline();
        links.watch(pipeline.channel());
        SslHandler encryption = links.encryption(pipeline.channel().alloc(), address);
        if (encryption != null) {
            encryption.setHandshakeTimeoutMillis(0);
            pipeline.addBefore("handler", "tls", encryption);
        }
        pipeline.addBefore("handler", "distcache", new Handler());
    }

    private void ended(String reason) {
        outflow = null;
        socket = null;
        if (closed) {
            return;
        }
        if (!reason.equals(why)) {
            why = reason;
            LOG.info("no connection to member {} at {}: {}; it is tried again and again", peer, address, reason);
        }
        int pause = pauseMillis / 2 + ThreadLocalRandom.current().nextInt(pauseMillis / 2 + 1);
        pauseMillis = Math.min(MOST_PAUSE_MILLIS, pauseMillis * 2);
        context.owner().setTimer(Math.max(1, pause), timer -> context.runOnContext(none -> connect()));
    }

    /** How the member comes in at the other, and what ends. */
    private final class Handler extends ChannelInboundHandlerAdapter {
        private final PeerFrame.Hello hello = links.hello(peer);
        private byte @Nullable [] calledNonce;
        private boolean welcome;
        private long beganNanos;
        private String reason = "it ended the connection";
        private @Nullable FrameReader reader;
        private @Nullable ScheduledFuture<?> limit;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            reader = new FrameReader(ctx.alloc(), PeerFrame.MOST_HELLO_BYTES);
            limit = ctx.executor()
                    .schedule(
                            () -> end(ctx, "it did not let this member in within " + HANDSHAKE_MILLIS + " ms"),
                            HANDSHAKE_MILLIS,
                            TimeUnit.MILLISECONDS);
            // With TLS it waits there until the connection is encrypted.
            ctx.writeAndFlush(PeerFrame.hello(ctx.alloc(), hello));
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf chunk = (ByteBuf) message;
            FrameReader frames = reader;
            try {
                if (frames != null) {
                    frames.read(chunk, (type, request, body) -> frame(ctx, type, body));
                }
            } catch (ProtocolException e) {
                end(ctx, "what it says is not understood: " + e.getMessage());
            } finally {
                chunk.release();
            }
        }

        private void frame(ChannelHandlerContext ctx, int type, ByteBuf body) {
            String refusal = type == PeerFrame.HELLO ? PeerFrame.refusal(body) : null;
            if (refusal != null) {
                end(ctx, "it refuses: " + refusal);
            } else if (type != PeerFrame.HELLO || welcome) {
                end(ctx, "it sent a frame of type 0x" + Integer.toHexString(type) + ", and was not asked for any");
            } else if (calledNonce == null) {
                calledNonce = PeerFrame.challenge(body);
                byte[] proof = links.hash().proof(SecretHash.By.CALLER, hello, calledNonce);
                ctx.writeAndFlush(PeerFrame.proof(ctx.alloc(), proof));
            } else if (!MessageDigest.isEqual(
                    PeerFrame.welcome(body), links.hash().proof(SecretHash.By.CALLED, hello, calledNonce))) {
                end(ctx, "it does not know the pool's secret");
            } else {
                letIn(ctx);
            }
        }

        private void letIn(ChannelHandlerContext ctx) {
            welcome = true;
            stopLimit();
            beganNanos = System.nanoTime();
            why = "";
            LOG.info("connected to member {} at {}", peer, address);
            outflow = links.outflow(ctx);
        }

        private void end(ChannelHandlerContext ctx, String because) {
            reason = because;
            ctx.close();
        }

        private void stopLimit() {
            ScheduledFuture<?> running = limit;
            if (running != null) {
                running.cancel(false);
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            stopLimit();
            FrameReader frames = reader;
            reader = null;
            if (frames != null) {
                frames.close();
            }
            if (welcome && System.nanoTime() - beganNanos > LASTED_NANOS) {
                pauseMillis = LEAST_PAUSE_MILLIS;
            }
            ended(reason);
            ctx.fireChannelInactive();
        }

        @Override
        @SuppressWarnings("deprecation") // the callback itself is not deprecated, only its place in Netty's hierarchy
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            end(ctx, "it broke: " + cause);
        }
    }
}
