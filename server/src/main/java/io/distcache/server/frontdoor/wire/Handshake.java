package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Hello;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Reply;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.server.frontdoor.stream.ConnectionEnd;
import io.distcache.server.frontdoor.stream.Strangers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a native client comes in: its first bytes are those of a hello, the hello comes in time, and {@link Greeting} has nothing against it.
 * Confined to the connection's event loop.
 */
final class Handshake {
    private static final Logger LOG = LoggerFactory.getLogger(Handshake.class);
    private static final int REFUSAL_BYTES = 1024;

    private final ChannelHandlerContext socket;
    private final WireConfig config;
    private final ConnectionEnd end;
    private final String peer;
    private String client = "";
    private boolean hasSpoken;
    private boolean done;

    /** Of a client that has said nothing yet. */
    Handshake(ChannelHandlerContext socket, WireConfig config, ConnectionEnd end, String peer) {
        this.socket = socket;
        this.config = config;
        this.end = end;
        this.peer = peer;
    }

    /** Whether the client has come in. */
    boolean isDone() {
        return done;
    }

    /** What the node's log calls the client. */
    String name() {
        return client.isEmpty() ? peer : client + " at " + peer;
    }

    /** From now on the client has a limited time for its hello. */
    void begin() {
        long millis = config.handshakeTimeout().toMillis();
        ScheduledFuture<?> unused = socket.executor()
                .schedule(
                        () -> {
                            if (!done) {
                                end.refuse("it said no hello within " + millis + "ms (server.handshake-timeout)");
                            }
                        },
                        millis,
                        TimeUnit.MILLISECONDS);
    }

    /** Whether the client has begun as one of DistCache's does: with the length of its hello, whose first byte is 0. */
    boolean isHelloOrLater(ByteBuf chunk) {
        if (!hasSpoken && chunk.isReadable()) {
            hasSpoken = true;
            byte first = chunk.getByte(chunk.readerIndex());
            if (first != 0) {
                String known = Strangers.byFirstByte(first);
                end.refuseStranger(known != null ? known : "HTTP, RESP or something else that is text");
                return false;
            }
        }
        return true;
    }

    /**
     * Takes the first frame.
     *
     * @return what the client says of itself; null if it is refused
     */
    Hello.@Nullable Client hello(int type, ByteBuf body) {
        if (type != FrameEncoder.HELLO_CLIENT) {
            throw new ProtocolException("the first frame has type 0x" + Integer.toHexString(type) + ", not a hello");
        }
        Hello.Client hello = FrameDecoder.clientHello(body);
        client = hello.client();
        Reply.Failure refusal = Greeting.refusal(hello, config.authToken());
        if (refusal != null) {
            refuse(refusal);
            return null;
        }
        done = true;
        return hello;
    }

    private void refuse(Reply.Failure refusal) {
        ByteBuf buffer = socket.alloc().ioBuffer(REFUSAL_BYTES);
        FrameEncoder.encode(refusal, 0, buffer);
        end.over();
        LOG.warn("refused {}: {}", name(), refusal.message());
        socket.writeAndFlush(buffer).addListener(ChannelFutureListener.CLOSE);
    }

    /** Ends the connection because of a frame that makes no sense. */
    void refuseFrame(ProtocolException e) {
        if (done) {
            end.refuse(String.valueOf(e.getMessage()));
        } else {
            end.refuseAsStranger("its first frame is no hello: " + e.getMessage());
        }
    }
}
