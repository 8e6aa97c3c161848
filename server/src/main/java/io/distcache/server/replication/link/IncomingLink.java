package io.distcache.server.replication.link;

import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.frame.FrameReader;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that another member has made, on which its messages come in. All that came in one read is handed to the consensus loop at once;
 * while that has too much to do, nothing more is read. Confined to the connection's event loop, save {@link #end}; that is the consensus loop
 * from when the member is let in.
 */
final class IncomingLink extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(IncomingLink.class);
    private static final int HANDSHAKE_MILLIS = 3_000;
    /** What Vert.x calls its own part of a connection. */
    private static final String VERTX = "handler";

    private final PeerLinks links;
    private final String at;
    private final PeerFrame.Hello hello;
    private final byte[] nonce;
    private final FrameReader reader;
    private final ChannelHandlerContext socket;
    private final ScheduledFuture<?> limit;
    /** Bytes that the consensus loop has not looked at yet. */
    private final AtomicLong ahead = new AtomicLong();

    private List<byte[]> came = new ArrayList<>();
    private long cameBytes;
    /** The number of the connection, from when it counts; 0 before. */
    private long number;

    private boolean ended;

    private IncomingLink(PeerLinks links, ChannelHandlerContext socket, String at, PeerFrame.Hello hello) {
        this.links = links;
        this.at = at;
        this.hello = hello;
        this.nonce = links.nonce();
        this.reader = new FrameReader(socket.alloc(), PeerFrame.MOST_HELLO_BYTES);
        this.socket = socket;
        this.limit = socket.executor()
                .schedule(
                        () -> refuse("it did not finish its handshake within " + HANDSHAKE_MILLIS + " ms"),
                        HANDSHAKE_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    /** Goes on with a member that has said its hello. On the connection's event loop. */
    static IncomingLink begin(PeerLinks links, ChannelHandlerContext socket, String at, PeerFrame.Hello hello) {
        IncomingLink link = new IncomingLink(links, socket, at, hello);
        socket.pipeline().addBefore(VERTX, "distcache-peer", link);
        socket.writeAndFlush(PeerFrame.challenge(socket.alloc(), link.nonce));
        return link;
    }

    int from() {
        return hello.from();
    }

    /** Ends the connection. Any thread. */
    void end() {
        socket.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf chunk = (ByteBuf) message;
        try {
            if (!ended) {
                reader.read(chunk, (type, request, body) -> frame(type, body));
            }
        } catch (ProtocolException e) {
            refuse("what it says is not understood: " + e.getMessage());
        } finally {
            chunk.release();
        }
    }

    private void frame(int type, ByteBuf body) {
        if (ended) {
            return;
        }
        if (number == 0) {
            letIn(type, body);
        } else if (type == PeerFrame.MESSAGE) {
            byte[] message = new byte[body.readableBytes()];
            body.readBytes(message);
            came.add(message);
            cameBytes += message.length;
        } else {
            refuse("it sent a frame of type 0x" + Integer.toHexString(type) + " in place of a message");
        }
    }

    private void letIn(int type, ByteBuf body) {
        if (type != PeerFrame.HELLO) {
            refuse("it sent a frame of type 0x" + Integer.toHexString(type) + " in place of its proof");
            return;
        }
        byte[] expected = links.hash().proof(SecretHash.By.CALLER, hello, nonce);
        if (!MessageDigest.isEqual(PeerFrame.proof(body), expected)) {
            refuse("it does not know the pool's secret");
            return;
        }
        limit.cancel(false);
        reader.limit(links.mostFrameBytes());
        number = links.letIn(this);
        LOG.info("member {} has connected from {}", hello.from(), at);
        socket.writeAndFlush(PeerFrame.welcome(socket.alloc(), links.hash().proof(SecretHash.By.CALLED, hello, nonce)));
        if (links.adopts()) {
            // Vert.x has nothing to do with it any more: it holds on to the thread that it was accepted on.
            socket.pipeline().remove(VERTX);
            links.adopt(socket.channel());
        }
    }

    private void refuse(String why) {
        if (!ended) {
            ended = true;
            links.refused(at, why);
            socket.writeAndFlush(PeerFrame.refusal(socket.alloc(), why)).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // Nobody behind this has seen anything of it, nor is on this thread any more.
        handOn();
    }

    private void handOn() {
        if (came.isEmpty()) {
            return;
        }
        List<byte[]> messages = came;
        long bytes = cameBytes;
        came = new ArrayList<>();
        cameBytes = 0;
        if (ahead.addAndGet(bytes) > links.mostWaitingBytes()) {
            socket.channel().config().setAutoRead(false);
        }
        links.received(hello.from(), number, messages, () -> {
            if (ahead.addAndGet(-bytes) <= links.mostWaitingBytes() / 2
                    && !socket.channel().config().isAutoRead()) {
                socket.channel().config().setAutoRead(true);
            }
        });
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        ended = true;
        limit.cancel(false);
        handOn();
        reader.close();
        links.gone(this);
        ctx.fireChannelInactive();
    }

    @Override
    @SuppressWarnings("deprecation") // the callback itself is not deprecated, only its place in Netty's hierarchy
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        LOG.info("the connection of member {} from {} broke: {}", hello.from(), at, cause.toString());
        ctx.close();
    }

    /** Who refuses a hello that no member has said, and why. */
    static void refuse(ChannelHandlerContext socket, String why) {
        socket.writeAndFlush(PeerFrame.refusal(socket.alloc(), why)).addListener(ChannelFutureListener.CLOSE);
    }
}
