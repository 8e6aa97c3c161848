package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.protocol.frame.FrameReader;
import io.distcache.server.shard.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection. Frames are read and executed on its event loop, and what is answered in one go is written with one
 * flush. Replies and pushes from other threads queue here for the event loop, in order.
 */
final class WireConnection extends Session {
    private static final Logger LOG = LoggerFactory.getLogger(WireConnection.class);
    private static final int FLUSH_BYTES = 128 * 1024;
    private static final int FIRST_OUT_BYTES = 1024;
    private static final int HELLO_MAX_BYTES = 16 * 1024;
    /** After so long in one go other connections of the event loop have their turn. */
    private static final long TURN_NANOS = 1_000_000;


    private record LateReply(int request, Reply reply) {}

    private final WireServer server;
    private final ChannelHandlerContext socket;
    private final Handler handler = new Handler();
    private final FrameReader reader;
    private final Queue<Object> queued = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final String peer;
    private final LoopPulse pulse;
    private @Nullable ByteBuf out;
    private @Nullable ChannelHandlerContext context;
    private String client = "";
    private boolean greeted;
    private long greetedNanos;
    /** Written after what is above, so that other threads may read that. */
    private volatile long stillLimitNanos = Long.MAX_VALUE;

    private boolean reading;
    private boolean broken;
    /** What has come and is not executed yet, since the turn was over; nearly always empty. */
    private final Queue<ByteBuf> unread = new ArrayDeque<>();

    private boolean resumes;
    private long turnEndsNanos;

    WireConnection(WireServer server, ChannelHandlerContext socket, String peer, LoopPulse pulse) {
        this.server = server;
        this.socket = socket;
        this.peer = peer;
        this.pulse = pulse;
        this.reader = new FrameReader(socket.alloc(), HELLO_MAX_BYTES);
    }

    ChannelInboundHandlerAdapter handler() {
        return handler;
    }

    @Override
    public String name() {
        return client.isEmpty() ? peer : client + " at " + peer;
    }

    @Override
    public boolean speaksPool() {
        return true;
    }

    @Override
    public void push(Push push) {
        send(push);
    }

    boolean hasUnanswered() {
        return unanswered.get() > 0;
    }

    /** Closes the connection; from any thread. */
    void disconnect() {
        socket.close();
    }

    private void replyLater(int request, Reply reply) {
        // In this order: once it counts as answered, a node that stops closes the connection.
        send(new LateReply(request, reply));
        unanswered.decrementAndGet();
    }

    private void send(Object message) {
        if (socket.executor().inEventLoop() && reading) {
            // What others queued before comes first: events of one entry keep their order.
            drainQueue();
            encode(message);
            return;
        }
        queued.add(message);
        if (drainScheduled.compareAndSet(false, true)) {
            socket.executor().execute(this::drainAndFlush);
        }
    }

    private void drainAndFlush() {
        drainScheduled.set(false);
        if (context == null || broken) {
            queued.clear();
            return;
        }
        drainQueue();
        flush();
    }

    private void drainQueue() {
        for (Object message = queued.poll(); message != null; message = queued.poll()) {
            encode(message);
        }
    }

    private void encode(Object message) {
        ByteBuf buffer = out;
        if (buffer == null) {
            buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
            out = buffer;
        }
        if (message instanceof LateReply late) {
            FrameEncoder.encode(late.reply, late.request, buffer);
        } else if (message instanceof Push push) {
            FrameEncoder.encode(push, buffer);
        }
        if (buffer.readableBytes() > FLUSH_BYTES) {
            flush();
        }
    }

    private void encodeReply(int request, Reply reply) {
        if (!queued.isEmpty()) {
            drainQueue();
        }
        ByteBuf buffer = out;
        if (buffer == null) {
            buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
            out = buffer;
        }
        FrameEncoder.encode(reply, request, buffer);
        if (buffer.readableBytes() > FLUSH_BYTES) {
            flush();
        }
    }

    private void flush() {
        ByteBuf buffer = out;
        ChannelHandlerContext ctx = context;
        if (buffer == null || ctx == null) {
            return;
        }
        out = null;
        ctx.writeAndFlush(buffer, ctx.voidPromise());
        ChannelOutboundBuffer unsent = ctx.channel().unsafe().outboundBuffer();
        if (unsent == null) {
            return;
        }
        if (unsent.totalPendingWriteBytes() > server.config().outputLimitBytes()) {
            refuse("it does not read: " + unsent.totalPendingWriteBytes()
                    + " bytes wait for it, allowed are server.output-limit-bytes="
                    + server.config().outputLimitBytes());
        } else if (!ctx.channel().isWritable()) {
            ctx.channel().config().setAutoRead(false);
        }
    }

    /** Executes what has come, as far as it goes in one turn. */
    private void execute() {
        reading = true;
        try {
            for (ByteBuf chunk = unread.peek(); chunk != null; chunk = unread.peek()) {
                if (!broken && !reader.read(chunk, this::frame, this::goesOn)) {
                    pause();
                    return;
                }
                unread.remove().release();
            }
        } catch (ProtocolException e) {
            refuse(String.valueOf(e.getMessage()));
            releaseUnread();
        } finally {
            reading = false;
        }
    }

    private boolean goesOn() {
        return System.nanoTime() - turnEndsNanos < 0;
    }

    /** Goes on when others had their turn. */
    private void pause() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            return;
        }
        ctx.channel().config().setAutoRead(false);
        if (!resumes) {
            resumes = true;
            // Not merely queued, which would be before anything else is read.
            ScheduledFuture<?> unused = socket.executor().schedule(this::resume, 0, TimeUnit.NANOSECONDS);
        }
    }

    private void resume() {
        resumes = false;
        ChannelHandlerContext ctx = context;
        if (ctx == null || broken) {
            return;
        }
        turnEndsNanos = System.nanoTime() + TURN_NANOS;
        execute();
        endOfRead();
        if (unread.isEmpty() && !broken && ctx.channel().isWritable()) {
            ctx.channel().config().setAutoRead(true);
        }
    }

    private void endOfRead() {
        // One write to the log for all commands of this read; their replies may come out of it, and go out with the
        // rest.
        reading = true;
        try {
            server.router().flush();
        } finally {
            reading = false;
        }
        flush();
        if (!unread.isEmpty() && !broken) {
            pause();
        }
    }

    private void releaseUnread() {
        unread.forEach(ByteBuf::release);
        unread.clear();
    }

    private void frame(int type, int request, ByteBuf body) {
        if (broken) {
            return;
        }
        if (!greeted) {
            greet(type, body);
            return;
        }
        if (stoodStill()) {
            return;
        }
        Command command = FrameDecoder.command(type, body);
        FrameDecoder.finish(body);
        if (request == 0) {
            throw new ProtocolException("a command has request id 0");
        }
        if (unanswered.get() >= server.config().maxInFlight()) {
            encodeReply(
                    request,
                    new Reply.Failure(
                            Status.OVERLOADED,
                            "over " + server.config().maxInFlight()
                                    + " commands of this connection are unanswered (server.max-in-flight)"));
            return;
        }
        unanswered.incrementAndGet();
        Reply reply;
        try {
            reply = server.router().execute(command, this, request, late -> replyLater(request, late));
        } catch (RuntimeException e) {
            LOG.error("{} of {} failed", command.opcode(), name(), e);
            reply = new Reply.Failure(Status.INTERNAL, command.opcode() + " failed inside the node: " + e);
        }
        if (reply != null) {
            unanswered.decrementAndGet();
            encodeReply(request, reply);
        } else if (command instanceof Command.Ack) {
            unanswered.decrementAndGet();
        }
    }

    /**
     * Before each command, not only before each read: a process can be stopped amid the many commands of one read. What is left is that
     * it is stopped within a command, a few microseconds.
     */
    private boolean stoodStill() {
        long still = stoodStillNanos();
        if (still <= stillLimitNanos) {
            return false;
        }
        refuse("the node stood still for " + still / 1_000_000 + "ms, over " + stillLimitNanos / 1_000_000
                + "ms: the client has given it up by then, and may have done elsewhere what it had sent here");
        return true;
    }

    private long stoodStillNanos() {
        return pulse.stoodStillNanos(System.nanoTime(), greetedNanos);
    }

    /** Commands that wait for leases are not executed late either: the connection ends, also if nothing comes in. */
    void loopWasLate(LoopPulse late) {
        if (late == pulse && greeted && !broken) {
            boolean unused = stoodStill();
        }
    }

    @Override
    public boolean isGivenUp() {
        if (stillLimitNanos == Long.MAX_VALUE || stoodStillNanos() <= stillLimitNanos) {
            return false;
        }
        // The loop has not found out yet, and whoever asks will not answer.
        disconnect();
        return true;
    }

    private void greet(int type, ByteBuf body) {
        if (type != FrameEncoder.HELLO_CLIENT) {
            throw new ProtocolException("the first frame has type 0x" + Integer.toHexString(type) + ", not a hello");
        }
        Hello.Client hello = FrameDecoder.clientHello(body);
        client = hello.client();
        if (hello.minVersion() > Hello.VERSION || hello.maxVersion() < Hello.VERSION) {
            refuseHello(
                    Status.VERSION_MISMATCH,
                    "this node speaks protocol version " + Hello.VERSION + ", the client " + hello.minVersion() + " to "
                            + hello.maxVersion() + "; use a client of the node's version");
            return;
        }
        if (!isTokenRight(hello.token())) {
            refuseHello(
                    Status.UNAUTHORIZED,
                    "the node wants its token (server.auth-token); the client sent "
                            + (hello.token().isEmpty() ? "none" : "another"));
            return;
        }
        greeted = true;
        greetedNanos = System.nanoTime();
        stillLimitNanos = LoopPulse.limitNanos(hello.healthMillis());
        reader.limit(server.config().maxFrameBytes());
        ByteBuf buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
        FrameEncoder.encode(server.hello(), buffer);
        out = buffer;
        encode(new Push.Health(server.health().get()));
        if (hello.healthMillis() > 0) {
            int every = Math.max(100, hello.healthMillis());
            socket.executor()
                    .scheduleAtFixedRate(
                            () -> {
                                if (!isClosed()) {
                                    push(new Push.Health(server.health().get()));
                                } else {
                                    throw new java.util.concurrent.CancellationException("connection closed");
                                }
                            },
                            every,
                            every,
                            TimeUnit.MILLISECONDS);
        }
    }

    private boolean isTokenRight(String token) {
        return server.config().authToken().isEmpty()
                || MessageDigest.isEqual(
                        server.config().authToken().getBytes(StandardCharsets.UTF_8),
                        token.getBytes(StandardCharsets.UTF_8));
    }

    private void refuseHello(Status status, String message) {
        ByteBuf buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
        FrameEncoder.encode(new Reply.Failure(status, message), 0, buffer);
        broken = true;
        LOG.warn("refused {}: {}", name(), message);
        socket.writeAndFlush(buffer).addListener(ChannelFutureListener.CLOSE);
    }

    private void refuse(String why) {
        if (!broken) {
            broken = true;
            LOG.warn("closing the connection of {}: {}", name(), why);
            socket.close();
        }
    }

    private final class Handler extends ChannelInboundHandlerAdapter {
        private boolean isInRead;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
            ctx.executor()
                    .schedule(
                            () -> {
                                if (!greeted && !isClosed()) {
                                    refuse("it said no hello within "
                                            + server.config().handshakeTimeout().toMillis()
                                            + "ms (server.handshake-timeout)");
                                }
                            },
                            server.config().handshakeTimeout().toMillis(),
                            TimeUnit.MILLISECONDS);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf chunk = (ByteBuf) message;
            if (broken) {
                chunk.release();
                return;
            }
            boolean isPaused = !unread.isEmpty();
            unread.add(chunk);
            if (!isPaused) {
                if (!isInRead) {
                    isInRead = true;
                    turnEndsNanos = System.nanoTime() + TURN_NANOS;
                }
                execute();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            isInRead = false;
            endOfRead();
            ctx.fireChannelReadComplete();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable() && unread.isEmpty()) {
                ctx.channel().config().setAutoRead(true);
            }
            ctx.fireChannelWritabilityChanged();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            broken = true;
            reader.close();
            releaseUnread();
            if (out != null) {
                out.release();
                out = null;
            }
            server.gone(WireConnection.this);
            close();
            // Its leases have ended, so others' changes went on.
            server.router().flush();
            ctx.fireChannelInactive();
        }

        @Override
        @SuppressWarnings("deprecation") // the callback itself is not deprecated, only its place in Netty's hierarchy
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            if (cause instanceof IOException) {
                LOG.debug("connection of {} broke: {}", name(), cause.toString());
            } else {
                LOG.error("connection of {} failed", name(), cause);
            }
            ctx.close();
        }
    }
}
