package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Hello;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.ProtocolException;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import io.distcache.protocol.frame.FrameDecoder;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.protocol.frame.FrameReader;
import io.distcache.server.frontdoor.output.Outbox;
import io.distcache.server.frontdoor.output.ReplyBuffer;
import io.distcache.server.frontdoor.stream.Strangers;
import io.distcache.server.memory.Account;
import io.distcache.server.memory.Buffers;
import io.distcache.server.session.ClientSession;
import io.distcache.server.session.Connection;
import io.distcache.server.session.PoolRules;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
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
 *
 * <p>A client that does not read what it asked for is not read from until it does. A long command is read when there is room for it; if
 * there is none for too long it is refused as overloaded, and its bytes are skipped.
 */
final class WireConnection implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(WireConnection.class);
    private static final int FLUSH_BYTES = 128 * 1024;
    private static final int FIRST_OUT_BYTES = 1024;
    private static final int HELLO_MAX_BYTES = 16 * 1024;
    /** After so long in one go other connections of the event loop have their turn. */
    private static final long TURN_NANOS = 1_000_000;
    /** A native call takes 2 s by default: the client is to hear before that. */
    private static final long ROOM_PATIENCE_MILLIS = 1500;
    /** What the node keeps of a command whose reply comes later. */
    private static final int UNANSWERED_BYTES = 128;

    private record LateReply(int request, Reply reply) {}

    private final WireServer server;
    private final ChannelHandlerContext socket;
    private final Handler handler = new Handler();
    private final FrameReader reader;
    private final FrameReader.Sink sink = this::frame;
    private final Queue<Object> queued = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private final AtomicInteger unanswered = new AtomicInteger();
    private final String peer;
    private final LoopPulse pulse;
    private final Account account;
    private final ClientSession session;
    private final Outbox outbox;
    private @Nullable ByteBuf out;
    private boolean blocked;
    /** What is on the account for unfinished frames and for commands whose reply comes later. */
    private long countedBytes;

    private int later;
    private long roomBytes;
    private @Nullable Boolean hasRoom;
    private boolean asksForRoom;
    private @Nullable ChannelHandlerContext context;
    private String client = "";
    private boolean greeted;
    private long greetedNanos;
    /** Written after what is above, so that other threads may read that. */
    private volatile long stillLimitNanos = Long.MAX_VALUE;

    private boolean reading;
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
        this.reader = new FrameReader(socket.alloc(), HELLO_MAX_BYTES, new Room());
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

    private void send(Object message) {
        if (socket.executor().inEventLoop() && reading) {
            // What others queued before comes first: events of one entry keep their order.
            drainQueue();
            encode(message);
            return;
        }
        queued.add(message);
        if (drainScheduled.compareAndSet(false, true)) {
            soon(this::drainAndFlush);
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
        count();
    }

    private void drainQueue() {
        for (Object message = queued.poll(); message != null; message = queued.poll()) {
            encode(message);
        }
    }

    private void encode(Object message) {
        if (message instanceof LateReply late) {
            later--;
            encodeNow(late.request, late.reply);
        } else if (message instanceof Push push) {
            long large = push instanceof Push.Event event ? valueBytes(event) : 0;
            if (large >= Buffers.REFERRED_BYTES) {
                ReplyBuffer buffer = new ReplyBuffer(Long.MAX_VALUE);
                FrameEncoder.encode(push, buffer);
                append(buffer);
            } else {
                FrameEncoder.encode(push, out());
            }
            flushIfLong();
        }
    }

    private void encodeReply(int request, Reply reply) {
        if (!queued.isEmpty()) {
            drainQueue();
        }
        encodeNow(request, reply);
    }

    private void encodeNow(int request, Reply reply) {
        if (valueBytes(reply) >= Buffers.REFERRED_BYTES) {
            ReplyBuffer buffer = new ReplyBuffer(Long.MAX_VALUE);
            FrameEncoder.encode(reply, request, buffer);
            append(buffer);
        } else {
            FrameEncoder.encode(reply, request, out());
        }
        flushIfLong();
    }

    /** Puts a frame with large values behind what is encoded already. The encoder knows nothing of what is only referred to. */
    private void append(ReplyBuffer frame) {
        frame.setInt(0, Math.toIntExact(frame.getInt(0) + frame.referredBytes()));
        ByteBuf before = out;
        if (before != null) {
            outbox.append(before);
        }
        out = frame;
        flush();
    }

    private ByteBuf out() {
        ByteBuf buffer = out;
        if (buffer == null) {
            buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
            out = buffer;
        }
        return buffer;
    }

    /** How many bytes of values are in a reply, as far as they can be many. */
    private static long valueBytes(Reply reply) {
        if (reply instanceof Reply.Value value) {
            return value.value().length();
        }
        if (reply instanceof Reply.Changed changed) {
            return length(changed.old());
        }
        if (reply instanceof Reply.Many many) {
            long sum = 0;
            for (Reply part : many.replies()) {
                sum += valueBytes(part);
            }
            return sum;
        }
        if (reply instanceof Reply.Page page) {
            long sum = 0;
            for (Reply.Item item : page.items()) {
                sum += item.key().length() + length(item.value());
            }
            return sum;
        }
        if (reply instanceof Reply.Leased leased) {
            return length(leased.value());
        }
        return reply instanceof Reply.Chunk chunk ? chunk.bytes().length() : 0;
    }

    private static long valueBytes(Push.Event event) {
        return event.key().length() + length(event.value()) + length(event.oldValue());
    }

    private static long length(@Nullable Bytes bytes) {
        return bytes == null ? 0 : bytes.length();
    }

    private void flushIfLong() {
        ByteBuf buffer = out;
        if (buffer != null && buffer.readableBytes() > FLUSH_BYTES) {
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
        outbox.send(ctx, buffer);
        if (outbox.unsentBytes() > server.config().outputLimitBytes()) {
            refuse("it does not read: " + outbox.unsentBytes()
                    + " bytes wait for it, allowed are server.output-limit-bytes="
                    + server.config().outputLimitBytes());
        }
        blocked = outbox.isBlocked(ctx);
        if (blocked) {
            readOrNot(ctx);
        }
    }

    // --- when it is read from ---

    private void readOrNot(ChannelHandlerContext ctx) {
        boolean reads = !blocked && !asksForRoom && !yielded;
        if (ctx.channel().config().isAutoRead() != reads) {
            ctx.channel().config().setAutoRead(reads);
        }
    }

    /** The client has read, or there is room for what it sends. */
    private void goOn() {
        ChannelHandlerContext ctx = context;
        if (ctx == null || broken || outbox.isBlocked(ctx)) {
            return;
        }
        blocked = false;
        beginTurn();
        reading = true;
        try {
            reader.resume(sink);
        } catch (ProtocolException e) {
            refuseFrame(e);
        } finally {
            reading = false;
        }
        endRead(ctx);
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

    private void endRead(ChannelHandlerContext ctx) {
        // One write to the log for all commands of this read; their replies may come out of it, and go out with the
        // rest.
        reading = true;
        try {
            server.dispatcher().flush();
        } finally {
            reading = false;
        }
        flush();
        if (broken) {
            return;
        }
        count();
        readOrNot(ctx);
        if (yielded) {
            resumeSoon();
        }
    }

    private void count() {
        long now = reader.keptBytes() + (long) later * UNANSWERED_BYTES;
        if (now != countedBytes) {
            account.add(now - countedBytes);
            countedBytes = now;
        }
    }

    /** Decides on the reader's frames. Confined to the event loop. */
    private final class Room implements FrameReader.Gate {
        @Override
        public boolean isOpen() {
            return !blocked && !broken && !yielded;
        }

        @Override
        public int longFrameBytes() {
            return Buffers.LARGE_BYTES;
        }

        @Override
        public byte @Nullable [] arrayFor(int type, int request, int bytes) {
            long wanted = server.buffers().costOf(bytes);
            Boolean there = hasRoom;
            if (asksForRoom) {
                // The client has read meanwhile, but there is no answer yet.
                return null;
            }
            if (there == null) {
                if (!account.reserve(wanted, ROOM_PATIENCE_MILLIS, granted -> soon(() -> roomIs(granted)))) {
                    asksForRoom = true;
                    return null;
                }
                there = true;
            }
            hasRoom = null;
            if (there) {
                byte[] array = account.array(bytes);
                if (array != null) {
                    roomBytes = wanted;
                    return array;
                }
                account.giveTurn(wanted);
            }
            encodeReply(
                    request,
                    new Reply.Failure(
                            Status.OVERLOADED,
                            "the node has no room for a command of " + bytes + " bytes now, beside "
                                    + server.buffers().bytes() + " that it holds for its clients, of at most "
                                    + server.buffers().maxBytes() + " (server.max-buffered-bytes)"));
            return REFUSED;
        }
    }

    private void roomIs(boolean there) {
        asksForRoom = false;
        hasRoom = there;
        goOn();
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
            if (roomBytes > 0) {
                account.giveTurn(roomBytes);
                roomBytes = 0;
            }
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
            reply = server.dispatcher().execute(command, session, request, late -> replyLater(request, late));
        } catch (RuntimeException e) {
            LOG.error("{} of {} failed", command.opcode(), name(), e);
            reply = new Reply.Failure(Status.INTERNAL, command.opcode() + " failed inside the node: " + e);
        }
        if (reply != null) {
            unanswered.decrementAndGet();
            encodeReply(request, reply);
        } else if (command instanceof Command.Ack) {
            unanswered.decrementAndGet();
        } else {
            later++;
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

    private boolean isTokenRight(Secret token) {
        Secret wanted = server.config().authToken();
        return wanted.isEmpty() || wanted.equals(token);
    }

    private void refuseHello(Status status, String message) {
        ByteBuf buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
        FrameEncoder.encode(new Reply.Failure(status, message), 0, buffer);
        broken = true;
        LOG.warn("refused {}: {}", name(), message);
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
                    if (!blocked) {
                        account.moved(chunk.readableBytes());
                    }
                    if (!isInRead && !resumes) {
                        beginTurn();
                    }
                    isInRead = true;
                    reading = true;
                    reader.read(chunk, sink);
                }
            } catch (ProtocolException e) {
                refuseFrame(e);
            } finally {
                reading = false;
                chunk.release();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            isInRead = false;
            endRead(ctx);
            ctx.fireChannelReadComplete();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable()) {
                soon(() -> {
                    outbox.writabilityChanged(ctx);
                    if (blocked) {
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
            if (out != null) {
                out.release();
                out = null;
            }
            outbox.close();
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
