package io.distcache.client.internal.link;

import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Opcode;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.protocol.frame.FrameReader;
import io.distcache.protocol.tls.TlsFailure;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One TCP connection, from the handshake to its end; never reused. It sits in Vert.x's pipeline before Vert.x's own handler,
 * so that frames are read from and written to Netty's buffers without a copy. Confined to its event loop.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails comes to exceptionCaught, a close to channelInactive
final class Connection extends ChannelInboundHandlerAdapter {

    /** Hears of the connection's steps; each once, on the event loop. */
    interface Owner {
        void shookHands(Connection connection, Hello.Node node);

        void refused(Connection connection, Reply.Failure failure);

        void reply(Call call, Reply reply);

        void push(Push push, @Nullable Call causing);

        void writable();

        /** The call was not sent: it cannot be encoded, or its frame is over the node's limit. */
        void unsendable(Call call, Throwable why);

        void tooLarge(Call call, int frameBytes);

        /** The connection is gone, and the calls that were in flight on it are the owner's to end. */
        void gone(Connection connection, List<Call> inFlight, String why, @Nullable Throwable cause);
    }

    private static final int MAX_HELLO_BYTES = 64 << 10;
    private static final int FIRST_BYTES = 1 << 10;
    private static final int ENOUGH_FOR_ONE_WRITE = 64 << 10;

    private final Owner owner;
    private final int maxReplyBytes;
    private final IntObjectMap<Call> inFlight = new IntObjectHashMap<>();
    private @Nullable ChannelHandlerContext context;
    private @Nullable FrameReader reader;
    private Hello.@Nullable Client hello;
    private Hello.@Nullable Node node;
    private int lastRequest;
    private int usualBytes = FIRST_BYTES;
    private boolean heard;
    private boolean gone;

    Connection(Owner owner, int maxReplyBytes) {
        this.owner = owner;
        this.maxReplyBytes = maxReplyBytes;
    }

    // --- life

    /** Tells what is to be said first; before the socket is there. */
    void introduce(Hello.Client said) {
        hello = said;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        reader = new FrameReader(ctx.alloc(), MAX_HELLO_BYTES);
        ByteBuf out = ctx.alloc().directBuffer(FIRST_BYTES);
        FrameEncoder.encode(Objects.requireNonNull(hello, "what to say first"), out);
        ctx.writeAndFlush(out, ctx.voidPromise());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        fail("the connection was closed by the node", null);
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        fail(TlsFailure.is(cause) ? TlsFailure.ofClient(cause) : "the connection failed: " + cause.getMessage(), cause);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent handshake && !handshake.isSuccess()) {
            fail(TlsFailure.ofClient(handshake.cause()), handshake.cause());
        }
        ctx.fireUserEventTriggered(event);
    }

    /** Ends the connection, whatever state it is in; the first reason stands. */
    void fail(String why, @Nullable Throwable cause) {
        if (gone) {
            return;
        }
        gone = true;
        if (reader != null) {
            reader.close();
        }
        if (context != null) {
            // At once: encryption, if there is any, would send what is left, then its farewell, and wait for that.
            context.channel().unsafe().close(context.newPromise());
        }
        List<Call> left = new ArrayList<>(inFlight.values());
        inFlight.clear();
        owner.gone(this, left, why, cause);
    }

    /**
     * Ends a connection over which nothing comes any more, without what has not been sent: delivered later, it would be carried out by
     * a node that others have given up and written past.
     */
    void abandon(String why) {
        if (context != null) {
            context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        }
        fail(why, null);
    }

    boolean isGone() {
        return gone;
    }

    /** Whether there is a socket. */
    boolean wasInstalled() {
        return context != null;
    }

    /** Whether the node has said its hello. */
    boolean isGreeted() {
        return node != null;
    }

    /** Whether anything has come since this was asked last. */
    boolean heardSinceLastAsked() {
        boolean answer = heard;
        heard = false;
        return answer;
    }

    /** The calls sent and not answered. */
    Iterable<Call> inFlight() {
        return inFlight.values();
    }

    /** Forgets calls that ended long ago and were never answered. */
    List<Call> forget(List<Call> calls) {
        calls.forEach(call -> inFlight.remove(call.request));
        return calls;
    }

    // --- in

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf chunk = (ByteBuf) message;
        FrameReader current = reader;
        try {
            if (!gone && current != null) {
                heard = true;
                current.read(chunk, this::frame);
            }
        } catch (ProtocolException e) {
            fail("the node sent what is no frame of this protocol: " + e.getMessage(), e);
        } finally {
            chunk.release();
            if (gone && current != null) {
                // The reader may have kept the rest of the chunk after a frame in it ended the connection.
                current.close();
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // Nothing was passed on to Vert.x, so it has nothing to complete.
    }

    private void frame(int type, int request, ByteBuf body) {
        if (gone) {
            return;
        }
        if (node == null) {
            helloFrame(type, body);
        } else if (type >= 0x80) {
            Push push = FrameDecoder.push(type, body);
            FrameDecoder.finish(body);
            owner.push(push, inFlight.get(causeOf(push)));
        } else {
            Reply reply = FrameDecoder.reply(type, body);
            FrameDecoder.finish(body);
            Call call = inFlight.remove(request);
            if (call != null) {
                owner.reply(call, reply);
            }
        }
    }

    private static int causeOf(Push push) {
        return switch (push.kind()) {
            case EVENT -> ((Push.Event) push).cause();
            case QUEUED -> ((Push.Queued) push).request();
            case HEALTH, DESTROYED, MEMBERS, ROUTES -> 0;
        };
    }

    private void helloFrame(int type, ByteBuf body) {
        if (type == Reply.Kind.FAILURE.code()) {
            owner.refused(this, (Reply.Failure) FrameDecoder.reply(type, body));
        } else if (type == FrameEncoder.HELLO_NODE) {
            Hello.Node said = FrameDecoder.nodeHello(body);
            if (said.version() != Hello.VERSION || said.maxFrameBytes() < 1 || said.maxInFlight() < 1) {
                throw new ProtocolException("a hello that makes no sense: " + said);
            }
            node = said;
            if (reader != null) {
                reader.limit(maxReplyBytes);
            }
            owner.shookHands(this, said);
        } else {
            throw new ProtocolException("frame 0x" + Integer.toHexString(type) + " where a hello was due");
        }
    }

    // --- out

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (ctx.channel().isWritable()) {
            owner.writable();
        }
        ctx.fireChannelWritabilityChanged();
    }

    /** Sends what is queued, as few writes as possible; stops while the socket takes no more. */
    void drain(Queue<Call> queue) {
        ChannelHandlerContext ctx = context;
        if (gone || ctx == null || !ctx.channel().isWritable()) {
            return;
        }
        ByteBuf out = null;
        boolean wrote = false;
        Call call;
        while ((call = queue.poll()) != null) {
            if (out == null) {
                out = ctx.alloc().directBuffer(usualBytes);
            }
            append(call, out);
            if (out.readableBytes() >= ENOUGH_FOR_ONE_WRITE) {
                ctx.write(out, ctx.voidPromise());
                wrote = true;
                out = null;
                if (!ctx.channel().isWritable()) {
                    break;
                }
            }
        }
        if (out != null && out.isReadable()) {
            usualBytes = Math.max(FIRST_BYTES, out.readableBytes());
            ctx.write(out, ctx.voidPromise());
            wrote = true;
        } else if (out != null) {
            out.release();
        }
        if (wrote) {
            ctx.flush();
        }
    }

    private void append(Call call, ByteBuf out) {
        if (!call.claim()) {
            return;
        }
        int request = nextRequest();
        call.request = request;
        int start = out.writerIndex();
        Command command = call.command;
        try {
            FrameEncoder.encode(command, request, out);
        } catch (RuntimeException | Error e) {
            out.writerIndex(start);
            owner.unsendable(call, e);
            return;
        }
        int length = out.writerIndex() - start - Integer.BYTES;
        Hello.Node limits = node;
        if (limits != null && length > limits.maxFrameBytes()) {
            out.writerIndex(start);
            owner.tooLarge(call, length);
        } else if (command.opcode() != Opcode.ACK) {
            inFlight.put(request, call);
        }
    }

    private int nextRequest() {
        do {
            lastRequest++;
        } while (lastRequest == 0 || inFlight.containsKey(lastRequest));
        return lastRequest;
    }
}
