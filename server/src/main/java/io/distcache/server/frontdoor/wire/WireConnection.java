package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.protocol.frame.FrameReader;
import io.distcache.server.frontdoor.output.Outbox;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.memory.Account;
import io.distcache.server.session.ClientSession;
import io.distcache.server.session.Connection;
import io.distcache.server.session.PoolRules;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One native client's connection. Frames are read and executed on its event loop, and what is answered in one go is written with one
 * flush. Confined to its event loop, save {@link #disconnect} and what {@link Connection} allows.
 *
 * <p>A client that does not read what it asked for is not read from until it does. A long command is read when there is room for it; if
 * there is none for too long it is refused as overloaded, and its bytes are skipped.
 *
 * <p>It has more lines than others, since a connection's turns, its beginning and its end belong together. What has a state of its own is
 * elsewhere: {@link WireAnswers}, {@link FrameRoom}, {@link LoopPulse}.
 */
final class WireConnection implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(WireConnection.class);
    private static final int FIRST_OUT_BYTES = 1024;
    private static final int HELLO_MAX_BYTES = 16 * 1024;
    /** After so long in one go other connections of the event loop have their turn. */
    private static final long TURN_NANOS = 1_000_000;
    /** What the node keeps of a command whose reply comes later. */
    private static final int UNANSWERED_BYTES = 128;

    private final WireServer server;
    private final ChannelHandlerContext socket;
    private final Handler handler = new Handler();
    private final FrameRoom room;
    private final FrameReader reader;
    private final FrameReader.Sink sink = this::frame;
    private final AtomicInteger unanswered = new AtomicInteger();
    private final String peer;
    private final LoopPulse pulse;
    private final Account account;
    private final ClientSession session;
    private final Outbox outbox;
    private final WireAnswers answers;
    /** What is on the account for unfinished frames and for commands whose reply comes later. */
    private long countedBytes;

    private @Nullable ChannelHandlerContext context;
    private String client = "";
    private boolean greeted;
    private long greetedNanos;
    /** Written after what is above, so that other threads may read that. */
    private volatile long stillLimitNanos = Long.MAX_VALUE;

    private boolean hasSpoken;
    private boolean broken;
    /** Whether others have their turn before the rest of what has come. */
    private boolean yielded;

    private boolean resumes;
    private long turnEndsNanos;

    WireConnection(WireServer server, ChannelHandlerContext socket, String peer, LoopPulse pulse) {
        this.server = server;
        this.socket = socket;
        this.peer = peer;
        this.pulse = pulse;
        this.account = server.buffers().open(why -> soon(() -> refuse(why)));
        this.session = new ClientSession(this, account, PoolRules.MUST_TELL);
        this.outbox = new Outbox(account, this::resumeSoon);
        this.answers = new WireAnswers(
                socket,
                outbox,
                server.config().outputLimitBytes(),
                this::soon,
                () -> broken,
                this::refuse,
                this::readOrNot,
                this::count);
        this.room = new FrameRoom(
                server.buffers(),
                account,
                answers,
                this::soon,
                () -> !answers.isBlocked() && !broken && !yielded,
                this::goOn);
        this.reader = new FrameReader(socket.alloc(), HELLO_MAX_BYTES, room);
    }

    /** Who the client is to the node. */
    ClientSession session() {
        return session;
    }

    ChannelInboundHandlerAdapter handler() {
        return handler;
    }

    @Override
    public String name() {
        return client.isEmpty() ? peer : client + " at " + peer;
    }

    @Override
    public void push(Push push) {
        answers.send(push);
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
        answers.send(new WireAnswers.LateReply(request, reply));
        unanswered.decrementAndGet();
    }

    /** Runs something on the event loop after what it does now; if it fails, the connection ends. */
    private void soon(Runnable action) {
        socket.executor().execute(() -> orClose(action));
    }

    private void orClose(Runnable action) {
        try {
            action.run();
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("connection of {} failed", name(), e);
            socket.close();
        }
    }

    // --- when it is read from ---

    private void readOrNot() {
        ChannelHandlerContext ctx = context;
        boolean reads = !answers.isBlocked() && !room.isAwaited() && !yielded;
        if (ctx != null && ctx.channel().config().isAutoRead() != reads) {
            ctx.channel().config().setAutoRead(reads);
        }
    }

    /** The client has read, or there is room for what it sends. */
    private void goOn() {
        ChannelHandlerContext ctx = context;
        if (ctx == null || broken || !answers.unblock(ctx)) {
            return;
        }
        beginTurn();
        answers.gather(true);
        try {
            reader.resume(sink);
        } catch (ProtocolException e) {
            refuseFrame(e);
        } finally {
            answers.gather(false);
        }
        endRead();
    }

    private void beginTurn() {
        yielded = false;
        turnEndsNanos = System.nanoTime() + TURN_NANOS;
    }

    /** Goes on when others had their turn. */
    private void resumeSoon() {
        if (!resumes) {
            resumes = true;
            // Not merely queued, which would be before anything else is read.
            ScheduledFuture<?> unused = socket.executor()
                    .schedule(
                            () -> {
                                resumes = false;
                                orClose(this::goOn);
                            },
                            0,
                            TimeUnit.NANOSECONDS);
        }
    }

    private void endRead() {
        // One write to the log for all commands of this read; their replies may come out of it, and go out with the
        // rest.
        answers.gather(true);
        try {
            server.dispatcher().flush();
        } finally {
            answers.gather(false);
        }
        answers.flush();
        if (broken) {
            return;
        }
        count();
        readOrNot();
        if (yielded) {
            resumeSoon();
        }
    }

    private void count() {
        long now = reader.keptBytes() + (long) answers.later() * UNANSWERED_BYTES;
        if (now != countedBytes) {
            account.add(now - countedBytes);
            countedBytes = now;
        }
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
        try {
            execute(type, request, body);
        } finally {
            room.giveBack();
        }
        yielded = System.nanoTime() - turnEndsNanos >= 0;
    }

    private void execute(int type, int request, ByteBuf body) {
        Command command;
        try {
            command = FrameDecoder.command(type, body);
            FrameDecoder.finish(body);
        } catch (IndexOutOfBoundsException e) {
            // Every length is compared with the frame's before it is believed; this is one that was not.
            throw new ProtocolException("a frame of type 0x" + Integer.toHexString(type) + " ends too early");
        }
        if (request == 0) {
            throw new ProtocolException("a command has request id 0");
        }
        if (unanswered.get() >= server.config().maxInFlight()) {
            answers.encodeReply(
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
            reply = server.dispatcher().execute(command, session, request, late -> replyLater(request, late));
        } catch (RuntimeException e) {
            LOG.error("{} of {} failed", command.opcode(), name(), e);
            reply = new Reply.Failure(Status.INTERNAL, command.opcode() + " failed inside the node: " + e);
        }
        if (reply != null) {
            unanswered.decrementAndGet();
            answers.encodeReply(request, reply);
        } else if (command instanceof Command.Ack) {
            unanswered.decrementAndGet();
        } else {
            answers.comesLater();
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
        Reply.Failure refusal = Greeting.refusal(hello, server.config().authToken());
        if (refusal != null) {
            refuseHello(refusal);
            return;
        }
        greeted = true;
        greetedNanos = System.nanoTime();
        stillLimitNanos = LoopPulse.limitNanos(hello.healthMillis());
        reader.limit(server.config().maxFrameBytes());
        answers.greet(server.hello());
        answers.encode(new Push.Health(server.health().get()));
        if (hello.healthMillis() > 0) {
            int every = Math.max(100, hello.healthMillis());
            socket.executor()
                    .scheduleAtFixedRate(
                            () -> {
                                if (!session.isClosed()) {
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

    private void refuseHello(Reply.Failure refusal) {
        ByteBuf buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
        FrameEncoder.encode(refusal, 0, buffer);
        broken = true;
        LOG.warn("refused {}: {}", name(), refusal.message());
        socket.writeAndFlush(buffer).addListener(ChannelFutureListener.CLOSE);
    }

    /** Whether the client has begun as one of DistCache's does: with the length of its hello, whose first byte is 0. */
    private boolean isHelloOrLater(ByteBuf chunk) {
        if (!hasSpoken && chunk.isReadable()) {
            hasSpoken = true;
            byte first = chunk.getByte(chunk.readerIndex());
            if (first != 0) {
                String known = Strangers.byFirstByte(first);
                refuseStranger("it speaks " + (known != null ? known : "HTTP, RESP or something else that is text"));
                return false;
            }
        }
        return true;
    }

    private void refuseFrame(ProtocolException e) {
        if (greeted) {
            refuse(String.valueOf(e.getMessage()));
        } else {
            refuseStranger("its first frame is no hello: " + e.getMessage());
        }
    }

    private void refuseStranger(String why) {
        if (!broken) {
            broken = true;
            server.strangers().closed(peer, why);
            socket.close();
        }
    }

    private void refuse(String why) {
        if (!broken) {
            broken = true;
            LOG.warn("closing the connection of {}: {}", name(), OneLine.of(why));
            socket.close();
        }
    }

    private final class Handler extends ChannelInboundHandlerAdapter {
        private boolean isInRead;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
            answers.begin(ctx);
            ctx.executor()
                    .schedule(
                            () -> {
                                if (!greeted && !session.isClosed()) {
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
            try {
                if (!broken && isHelloOrLater(chunk)) {
                    if (!answers.isBlocked()) {
                        account.moved(chunk.readableBytes());
                    }
                    if (!isInRead && !resumes) {
                        beginTurn();
                    }
                    isInRead = true;
                    answers.gather(true);
                    reader.read(chunk, sink);
                }
            } catch (ProtocolException e) {
                refuseFrame(e);
            } finally {
                answers.gather(false);
                chunk.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            isInRead = false;
            endRead();
            ctx.fireChannelReadComplete();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                soon(() -> {
                    outbox.writabilityChanged(ctx);
                    if (answers.isBlocked()) {
                        resumeSoon();
                    }
                });
            }
            ctx.fireChannelWritabilityChanged();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            broken = true;
            reader.close();
            answers.close();
            server.gone(WireConnection.this);
            session.close();
            account.close();
            // Its leases have ended, so others' changes went on.
            server.dispatcher().flush();
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
