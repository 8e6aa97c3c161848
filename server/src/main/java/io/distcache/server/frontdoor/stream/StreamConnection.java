package io.distcache.server.frontdoor.stream;

import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.frontdoor.output.Outbox;
import io.distcache.server.frontdoor.output.ReplyBuffer;
import io.distcache.server.memory.Account;
import io.distcache.server.memory.Buffers;
import io.distcache.server.session.ClientSession;
import io.distcache.server.session.Connection;
import io.distcache.server.session.PoolRules;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection. Requests are read and executed on its event loop, there and then, and all replies of one read leave with
 * one flush, in the order of their requests. A reply that comes later (the log, a leased entry, listeners elsewhere) holds back those
 * after it; a request that is not yet executed holds back the requests after it.
 *
 * <p>A client that does not read what it asked for is not read from until it does. A large request is read when there is room for it.
 * Confined to its event loop, save {@link #completed}, {@link #disconnect} and what {@link Connection} allows.
 *
 * <p>It is long, since the bytes that come in, the order of the replies and the turns between them decide together when the client is read
 * from. What is sent is kept by {@link Outbox}, and what a reply waits for by {@link PendingReply}.
 */
public abstract class StreamConnection implements Connection {
    private static final Logger LOG = LoggerFactory.getLogger(StreamConnection.class);
    private static final int FLUSH_BYTES = 128 * 1024;
    private static final int FIRST_OUT_BYTES = 1024;
    private static final int SCRATCH_BYTES = 128 * 1024;
    /** After so long in one go other connections of the event loop have their turn. */
    private static final long TURN_NANOS = 1_000_000;

    private static final byte[] NO_BYTES = new byte[0];
    /** So much may be ready and wait for a reply before it, before no more is read. */
    private static final long HELD_BACK_BYTES = 1 << 20;
    /** What the node keeps of a request whose reply comes later. */
    private static final int UNANSWERED_BYTES = 128;

    private static final long ROOM_PATIENCE_MILLIS = 5000;
    /** What may follow the last large part of a request that is known of. */
    private static final int MORE_BYTES = 1024;

    /** Where bytes lie while they are parsed, one for each event loop; what is left of them moves to an array of the connection. */
    private static final ThreadLocal<byte[]> SCRATCH = ThreadLocal.withInitial(() -> new byte[SCRATCH_BYTES]);

    private final StreamServer server;
    private final ChannelHandlerContext socket;
    private final String peer;
    private final Handler handler = new Handler();
    private final AtomicBoolean resumeScheduled = new AtomicBoolean();
    /** {@link PendingReply} and, between them, {@link ByteBuf} with the replies that came at once. */
    private final Deque<Object> waiting = new ArrayDeque<>();

    private int pending;
    private @Nullable PendingReply blocking;
    /** The reply in parts of which some have been written; it is the first of {@link #waiting}. */
    private @Nullable PendingReply partly;

    private boolean paused;
    private boolean yielded;
    private long turnEndsNanos;
    private volatile long activeNanos = System.nanoTime();
    private boolean running;
    private boolean hasSpoken;
    private boolean broken;
    private boolean closing;
    private final Account account;
    private final ClientSession session;
    private final Outbox outbox;
    /** What is on the account, of the bytes not executed, of replies that wait for others, and of requests without a reply. */
    private long countedBytes;

    private long heldBackBytes;
    private long roomBytes;
    private boolean asksForRoom;
    /** Bytes that lie behind a large request. */
    private @Nullable ByteBuf behind;

    private @Nullable ByteBuf out;
    private long flushed;
    private boolean isMuted;
    private @Nullable ChannelHandlerContext context;

    /** The bytes not yet executed are from {@link #from} to before {@link #to} of this. */
    protected byte[] in = NO_BYTES;

    protected int from;
    protected int to;

    protected StreamConnection(StreamServer server, ChannelHandlerContext socket, String peer) {
        this.server = server;
        this.socket = socket;
        this.peer = peer;
        this.account = server.buffers().open(why -> socket.executor().execute(() -> refuse(why)));
        this.session = new ClientSession(this, account, PoolRules.OWN_KEYS_ONLY);
        this.outbox = new Outbox(account, this::drained);
    }

    /** Who the client is to the node. */
    public final ClientSession session() {
        return session;
    }

    /** What the node holds for the client. */
    protected final Account account() {
        return account;
    }

    /** How many bytes from {@link #from} on the request there takes, as far as that can be told yet; 0 if not at all. */
    protected abstract int wantedBytes();

    /** Memory that is taken for a request that is not complete, besides its bytes. */
    protected long parsingBytes() {
        return 0;
    }

    /** The request at {@link #from} is refused, for want of room; what comes next is what is behind it, or nothing. */
    protected abstract void refuseForRoom();

    /**
     * Executes the request at {@link #from} and moves it behind; false if the request is not complete, or the connection is to be
     * closed.
     */
    protected abstract boolean executeNext();

    /** Writes that a request was refused or failed, as the client's protocol says it. */
    protected abstract void writeFailure(Reply.Failure failure, ByteBuf out);

    /** A request was executed, as far as that could be done there and then, which took so long; its bytes are still where they were. */
    protected void executed(long nanos) {}

    /** Whether the request at {@link #from} has been executed in part, and the rest of it lies there. */
    protected boolean isMidway() {
        return false;
    }

    /** The protocol that a client speaks whose first byte this is, if it is not the door's; else null. */
    protected @Nullable String strangeProtocol(byte first) {
        return Strangers.byFirstByte(first);
    }

    /** The bytes move inside or to another array: {@code delta} is added to all positions. */
    protected void moved(int delta) {}

    final ChannelInboundHandlerAdapter handler() {
        return handler;
    }

    @Override
    public String name() {
        return peer;
    }

    /** The client's address, {@code host:port}. */
    public final String peer() {
        return peer;
    }

    /** When something was last done for the client, as {@link System#nanoTime} tells it. */
    public final long activeNanos() {
        return activeNanos;
    }

    /** Its own address. */
    public final String local() {
        return String.valueOf(socket.channel().localAddress()).replaceFirst("^.*/", "");
    }

    @Override
    public void push(Push push) {
        // Events and estimates of waiting times have no place in these protocols.
    }

    /** Whether replies are due that have not been made. */
    final boolean hasUnanswered() {
        return pending > 0;
    }

    /** Closes the connection; from any thread. */
    public final void disconnect() {
        socket.close();
    }

    /** Runs something on the connection's event loop, after what it does now; from any thread. */
    public final void later(Runnable action) {
        socket.executor().execute(() -> {
            if (!broken) {
                work(action);
            }
        });
    }

    /**
     * Runs something on the connection's event loop when others had their turn: all that is readable there is read before. What is merely
     * queued runs before that, for up to a second if it queues itself again each time.
     */
    protected void afterOthers(Runnable action) {
        ScheduledFuture<?> unused = socket.executor()
                .schedule(
                        () -> {
                            if (!broken) {
                                work(action);
                            }
                        },
                        0,
                        TimeUnit.NANOSECONDS);
    }

    /** Whether what the connection does now has taken as long as it may in one go. */
    protected final boolean isTurnOver() {
        return System.nanoTime() - turnEndsNanos >= 0;
    }

    /** The longest reply that is made in one piece. */
    protected final long longestReply() {
        return server.limits().outputLimitBytes();
    }

    /** Runs something on the connection's event loop in so many milliseconds. */
    public final void laterBy(long millis, Runnable action) {
        socket.executor()
                .schedule(
                        () -> {
                            if (!broken) {
                                work(action);
                            }
                        },
                        millis,
                        TimeUnit.MILLISECONDS);
    }

    /** Runs something in so many milliseconds, also if the client is gone by then, unless it is cancelled. */
    protected final Future<?> afterwards(long millis, Runnable action) {
        return socket.executor().schedule(action, millis, TimeUnit.MILLISECONDS);
    }

    // --- replies ---

    /** From now on the client wants no replies to its requests, or wants them again. */
    protected final void mute(boolean is) {
        isMuted = is;
    }

    /** Where the next reply is to be written. */
    protected ByteBuf out() {
        if (isMuted) {
            // It refers to large values, and is never sent.
            return new ReplyBuffer(longestReply());
        }
        if (waiting.isEmpty()) {
            ByteBuf buffer = out;
            if (buffer == null) {
                buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
                out = buffer;
            }
            return buffer;
        }
        if (waiting.peekLast() instanceof ReplyBuffer segment) {
            return segment;
        }
        ReplyBuffer segment = new ReplyBuffer(longestReply());
        waiting.add(segment);
        return segment;
    }

    /** Where a reply is to be written in which so many bytes of values are: many are referred to there, and not copied. */
    protected ByteBuf outFor(long valueBytes) {
        if (valueBytes < Buffers.REFERRED_BYTES || !waiting.isEmpty() || isMuted) {
            return out();
        }
        return referring();
    }

    private ByteBuf referring() {
        ByteBuf buffer = out;
        if (buffer instanceof ReplyBuffer) {
            return buffer;
        }
        if (buffer != null) {
            server.traffic().written(bytesOf(buffer));
            outbox.append(buffer);
            flushed++;
        }
        ReplyBuffer referring = new ReplyBuffer(longestReply());
        out = referring;
        return referring;
    }

    /** The reply to the request just executed: what came at once, or null if it comes later. */
    protected void reply(PendingReply to, @Nullable Reply now) {
        if (isMuted) {
            if (now != null) {
                return;
            }
            to.isMuted = true;
        }
        Reply there = now == null && waiting.isEmpty() ? to.reply() : now;
        if (there != null && !to.isInParts()) {
            boolean unused = encode(to, there, outFor(to.valueBytes()));
            return;
        }
        if (now != null) {
            to.accept(now);
        }
        if (waiting.peekLast() instanceof ReplyBuffer segment) {
            heldBackBytes += segment.totalBytes();
        }
        to.countedBytes = to.keptBytes();
        heldBackBytes += to.countedBytes;
        waiting.add(to);
        pending++;
        if (!to.isExecuted()) {
            blocking = to;
        }
    }

    /**
     * Writes a reply; if that fails inside the node, writes so and returns false: the replies after it keep their places. False, too, if the
     * client wants none.
     */
    private boolean encode(PendingReply place, Reply reply, ByteBuf to) {
        if (place.isMuted) {
            return false;
        }
        int written = to.writerIndex();
        ReplyBuffer.Mark before = to instanceof ReplyBuffer referring ? referring.mark() : null;
        try {
            place.encode(reply, to);
            return true;
        } catch (RuntimeException e) {
            LOG.error("the reply to a request of {} failed", name(), e);
            takeBack(to, written, before);
            writeFailure(failedInside(e), to);
            return false;
        }
    }

    /** Takes back what was written to a buffer since; {@code before} is of one that refers to values, and null if it had nothing. */
    private static void takeBack(ByteBuf buffer, int written, ReplyBuffer.@Nullable Mark before) {
        if (buffer instanceof ReplyBuffer referring) {
            referring.backTo(before == null ? ReplyBuffer.Mark.BEGIN : before);
        } else {
            buffer.writerIndex(written);
        }
    }

    /** What a client is told of a request that failed because of a fault in the node. */
    public static Reply.Failure failedInside(RuntimeException fault) {
        return new Reply.Failure(
                Status.INTERNAL,
                "the request failed inside the node (" + fault.getClass().getSimpleName()
                        + "); the node's log says more");
    }

    /** Sends what fits, while a reply of many parts is being made; the connection is closed if the client leaves too much of it unread. */
    protected final ByteBuf outWithRoom() {
        if (isMuted) {
            return out();
        }
        if (waiting.isEmpty()) {
            ByteBuf buffer = out();
            if (buffer.readableBytes() > FLUSH_BYTES) {
                flush();
            }
        } else if (waiting.peekLast() instanceof ReplyBuffer segment && segment.totalBytes() > longestReply()) {
            overLimit(segment.totalBytes());
        }
        return out();
    }

    /** After what has been answered the connection ends; nothing more is executed. */
    protected final void closeAfterReplies() {
        closing = true;
    }

    /** Whether nothing more is to be executed. */
    protected final boolean isClosing() {
        return closing || broken;
    }

    /** Ends the connection at once, because what the client sends makes no sense. */
    protected final void hangUp(String why) {
        if (!broken) {
            broken = true;
            // Anybody who can connect can cause this, as often as they like.
            LOG.debug("closing the connection of {}: {}", name(), why);
            socket.close();
        }
    }

    /** Ends the connection at once, because the client speaks another protocol. */
    protected final void refuseStranger(String speaks) {
        if (!broken) {
            broken = true;
            server.strangers().closed(peer, "it speaks " + speaks);
            socket.close();
        }
    }

    private void refuse(String why) {
        if (!broken) {
            broken = true;
            LOG.warn("closing the connection of {}: {}", name(), why);
            socket.close();
        }
    }

    /** A reply has come, perhaps before the request's place was taken. */
    final void completed() {
        if (socket.executor().inEventLoop() && running) {
            return;
        }
        if (resumeScheduled.compareAndSet(false, true)) {
            socket.executor().execute(this::resume);
        }
    }

    /** The client has read all that was there for it. */
    private void drained() {
        if (!running) {
            resumeSoon();
        }
    }

    /** Goes on when others had their turn: not merely queued, which would be before anything else is read. */
    private void resumeSoon() {
        if (resumeScheduled.compareAndSet(false, true)) {
            ScheduledFuture<?> unused = socket.executor().schedule(this::resume, 0, TimeUnit.NANOSECONDS);
        }
    }

    private void resume() {
        resumeScheduled.set(false);
        if (!broken) {
            work(() -> {});
        }
    }

    // --- requests ---

    private void work(Runnable first) {
        running = true;
        beginTurn();
        try {
            first.run();
            do {
                drain();
                execute();
                takeBehind();
                // One write to the log for all requests of this read; their replies may come out of it.
                server.dispatcher().flush();
                drain();
            } while (mayExecute() && !yielded && ((to > from && paused) || canTakeBehind()));
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("a request of {} failed", name(), e);
            refuse("it asked for something that failed inside the node: " + e);
        } finally {
            running = false;
        }
        keepRest();
        flush();
        count();
        if (closing && waiting.isEmpty() && outbox.isEmpty() && !broken) {
            broken = true;
            socket.writeAndFlush(socket.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        ChannelHandlerContext ctx = context;
        if (ctx != null && !broken) {
            boolean reads = mayExecute() && !yielded && !asksForRoom && behind == null;
            if (ctx.channel().config().isAutoRead() != reads) {
                ctx.channel().config().setAutoRead(reads);
            }
            if (yielded) {
                resumeSoon();
            }
        }
    }

    private void beginTurn() {
        yielded = false;
        long now = System.nanoTime();
        turnEndsNanos = now + TURN_NANOS;
        activeNanos = now;
    }

    private boolean mayExecute() {
        ChannelHandlerContext ctx = context;
        return !isClosing()
                && blocking == null
                && pending < server.limits().maxInFlight()
                && heldBackBytes < HELD_BACK_BYTES
                && ctx != null
                && !outbox.isBlocked(ctx);
    }

    /** Executes what is complete. */
    private void execute() {
        paused = false;
        long began = from < to ? System.nanoTime() : 0;
        while (from < to) {
            if (yielded || !mayExecute()) {
                paused = true;
                return;
            }
            int begin = from;
            boolean goesOn = executeOrFail();
            long now = System.nanoTime();
            if (from > begin) {
                executed(now - began);
            }
            began = now;
            if (!goesOn) {
                break;
            }
            // After each: a request of some bytes can mean much work, as one that appends to a large value does.
            if (now - turnEndsNanos >= 0 && !yielded) {
                yielded = true;
                server.traffic().yielded();
            }
            if ((roomBytes > 0 || from - begin >= Buffers.LARGE_BYTES) && !isMidway()) {
                leaveLarge();
            }
            flushIfLong();
        }
    }

    /**
     * Executes the next request. One that fails because of a fault in the node is answered so, in place of what it has answered up to
     * there, and those after it go on; where that is not possible the connection ends.
     */
    private boolean executeOrFail() {
        int begin = from;
        int pendingBefore = pending;
        long flushedBefore = flushed;
        ByteBuf buffer = unfinished();
        int written = buffer == null ? 0 : buffer.writerIndex();
        ReplyBuffer.Mark before = buffer instanceof ReplyBuffer referring ? referring.mark() : null;
        try {
            return executeNext();
        } catch (RuntimeException e) {
            LOG.error("a request of {} failed", name(), e);
            if (from == begin || pending != pendingBefore || flushed != flushedBefore) {
                refuse("it asked for something that failed inside the node: " + e);
                return false;
            }
            ByteBuf now = unfinished();
            if (now != null) {
                takeBack(now, buffer == null ? now.readerIndex() : written, before);
            }
            writeFailure(failedInside(e), out());
            return !isClosing();
        }
    }

    /** Where the reply before the next one went, if what follows it goes there, too. */
    private @Nullable ByteBuf unfinished() {
        if (waiting.isEmpty()) {
            return out;
        }
        return waiting.peekLast() instanceof ReplyBuffer segment ? segment : null;
    }

    private void drain() {
        while (!waiting.isEmpty()) {
            Object head = waiting.peekFirst();
            if (head instanceof PendingReply due) {
                Reply reply = due.reply();
                if (reply == null) {
                    return;
                }
                if (due == blocking) {
                    blocking = null;
                }
                boolean isWritten = due == partly
                        || encode(due, reply, due.valueBytes() >= Buffers.REFERRED_BYTES ? referring() : direct());
                partly = due;
                if (isWritten && due.isInParts() && !drainParts(due)) {
                    return;
                }
                partly = null;
                waiting.removeFirst();
                pending--;
                heldBackBytes -= due.countedBytes;
            } else {
                waiting.removeFirst();
                ReplyBuffer segment = (ReplyBuffer) head;
                if (!waiting.isEmpty()) {
                    heldBackBytes -= segment.totalBytes();
                }
                segment.writeTo(segment.referredBytes() > 0 ? referring() : direct());
                segment.release();
            }
            flushIfLong();
        }
    }

    /** Writes what the client takes now; whether that was all. */
    private boolean drainParts(PendingReply due) {
        while (due.encodePart(referring())) {
            if (out instanceof ReplyBuffer part && part.totalBytes() > FLUSH_BYTES) {
                flush();
                ChannelHandlerContext ctx = context;
                if (broken || ctx == null || outbox.isBlocked(ctx)) {
                    return false;
                }
                if (isTurnOver()) {
                    yielded = true;
                    return false;
                }
            }
        }
        return true;
    }

    private void flushIfLong() {
        ByteBuf buffer = out;
        if (buffer != null && (buffer.readableBytes() > FLUSH_BYTES || buffer instanceof ReplyBuffer)) {
            flush();
        }
    }

    private ByteBuf direct() {
        ByteBuf buffer = out;
        if (buffer == null) {
            buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
            out = buffer;
        }
        return buffer;
    }

    private void flush() {
        ByteBuf buffer = out;
        ChannelHandlerContext ctx = context;
        if (buffer == null || ctx == null) {
            return;
        }
        out = null;
        flushed++;
        if (broken) {
            buffer.release();
            return;
        }
        server.traffic().written(bytesOf(buffer));
        outbox.send(ctx, buffer);
        if (outbox.unsentBytes() > server.limits().outputLimitBytes()) {
            overLimit(outbox.unsentBytes());
        }
    }

    private static long bytesOf(ByteBuf buffer) {
        return buffer instanceof ReplyBuffer referring ? referring.totalBytes() : buffer.readableBytes();
    }

    /** Ends the connection, since more waits for the client than may; no more is executed. */
    protected void overLimit(long bytes) {
        refuse("it does not read: " + bytes + " bytes wait for it, allowed are server.output-limit-bytes="
                + server.limits().outputLimitBytes());
    }

    // --- bytes ---

    private void takeAll(ByteBuf chunk) {
        while (chunk.isReadable()) {
            if (isFull()) {
                behind = chunk.readRetainedSlice(chunk.readableBytes());
                return;
            }
            take(chunk);
            execute();
            askForRoom();
        }
    }

    /** Whether the array of a large request is full: what lies behind it waits until that is executed. */
    private boolean isFull() {
        return roomBytes > 0 && to == in.length;
    }

    private boolean canTakeBehind() {
        return behind != null && !isFull();
    }

    private void takeBehind() {
        ByteBuf chunk = behind;
        if (chunk != null && !isFull()) {
            behind = null;
            try {
                takeAll(chunk);
            } finally {
                chunk.release();
            }
        }
    }

    private void take(ByteBuf chunk) {
        int more = roomBytes > 0 ? Math.min(chunk.readableBytes(), in.length - to) : chunk.readableBytes();
        if (from == to && roomBytes == 0) {
            byte[] scratch = SCRATCH.get();
            byte[] fits = more <= scratch.length ? scratch : new byte[more];
            chunk.readBytes(fits, 0, more);
            replace(fits, 0, more);
            return;
        }
        int have = to - from;
        if (to + more > in.length) {
            byte[] larger = have + more <= in.length
                    ? in
                    : new byte
                            [(int) Math.min(
                                    Integer.MAX_VALUE - 8,
                                    Math.max(have + more, have + (long) Math.min(have, Buffers.LARGE_BYTES)))];
            System.arraycopy(in, from, larger, 0, have);
            replace(larger, 0, have);
        }
        chunk.readBytes(in, to, more);
        to += more;
    }

    /** Asks for room, once it is known that the request is large. */
    private void askForRoom() {
        if (paused || from == to || asksForRoom || isClosing()) {
            return;
        }
        long wanted = wantedBytes();
        if (isFull()) {
            // It is longer than was known. It may be again, so it gets more than is known of now.
            wanted = Math.max(
                    wanted, Math.min(in.length + in.length / 4L, server.limits().maxRequestBytes()));
            wanted = Math.max(wanted, to - from + MORE_BYTES);
        }
        if (wanted < Buffers.LARGE_BYTES || (roomBytes > 0 && wanted <= in.length - from)) {
            return;
        }
        wanted = Math.min(wanted + MORE_BYTES, Integer.MAX_VALUE - 8);
        int length = Math.toIntExact(wanted);
        // None, if the longer array takes as much of the heap as the one before: long ones take whole regions.
        long more = Math.max(0, server.buffers().costOf(wanted) - roomBytes);
        if (more == 0
                || account.reserve(more, ROOM_PATIENCE_MILLIS, granted -> later(() -> roomIs(granted, more, length)))) {
            takeRoom(more, length);
        } else {
            asksForRoom = true;
        }
    }

    private void roomIs(boolean there, long more, int length) {
        asksForRoom = false;
        if (there) {
            takeRoom(more, length);
        } else {
            noRoom();
        }
    }

    private void takeRoom(long more, int length) {
        roomBytes += more;
        // One byte is before the request, for the tag of a value with which it begins.
        byte[] large = account.array(1 + length);
        if (large == null) {
            noRoom();
        } else {
            System.arraycopy(in, from, large, 1, to - from);
            replace(large, 1, 1 + to - from);
        }
    }

    private void noRoom() {
        refuseForRoom();
        leaveLarge();
    }

    /** A large request is over. Its array may be in use elsewhere, so what lies behind it moves. */
    private void leaveLarge() {
        int have = to - from;
        byte[] own = have == 0 ? NO_BYTES : new byte[Math.max(256, have)];
        System.arraycopy(in, from, own, 0, have);
        replace(own, 0, have);
        if (roomBytes > 0) {
            account.giveTurn(roomBytes);
            roomBytes = 0;
        }
    }

    private void count() {
        long own = roomBytes > 0 || in == SCRATCH.get() ? 0 : account.heapBytes(in.length);
        long held = waiting.peekLast() instanceof ReplyBuffer segment ? segment.totalBytes() : 0;
        long now = own + parsingBytes() + held + heldBackBytes + (long) pending * UNANSWERED_BYTES;
        if (now != countedBytes && !broken) {
            account.add(now - countedBytes);
            countedBytes = now;
        }
    }

    private void replace(byte[] array, int start, int end) {
        int delta = start - from;
        if (in != array) {
            in = array;
        }
        from = start;
        to = end;
        moved(delta);
    }

    /** What is not executed yet must not stay in the scratch; the scratch itself may stay for the next time. */
    private void keepRest() {
        int have = to - from;
        if (have == 0) {
            replace(in == SCRATCH.get() ? in : NO_BYTES, 0, 0);
        } else if (in == SCRATCH.get() || (roomBytes == 0 && in.length > 2L * SCRATCH_BYTES && have < in.length / 4)) {
            byte[] own = new byte[Math.max(256, have)];
            System.arraycopy(in, from, own, 0, have);
            replace(own, 0, have);
        }
    }

    private final class Handler extends ChannelInboundHandlerAdapter {
        private boolean unread;

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf chunk = (ByteBuf) message;
            try {
                if (broken || closing) {
                    return;
                }
                running = true;
                if (!unread) {
                    unread = true;
                    beginTurn();
                }
                if (!hasSpoken && chunk.isReadable()) {
                    hasSpoken = true;
                    String strange = strangeProtocol(chunk.getByte(chunk.readerIndex()));
                    if (strange != null) {
                        refuseStranger(strange);
                        return;
                    }
                }
                account.moved(chunk.readableBytes());
                server.traffic().read(chunk.readableBytes());
                ByteBuf before = behind;
                if (before == null) {
                    takeAll(chunk);
                } else {
                    behind = Unpooled.wrappedBuffer(before, chunk.retain());
                }
                if (asksForRoom || behind != null) {
                    ctx.channel().config().setAutoRead(false);
                }
            } catch (RuntimeException | OutOfMemoryError e) {
                LOG.error("a request of {} failed", name(), e);
                refuse("it asked for something that failed inside the node: " + e);
            } finally {
                running = false;
                chunk.release();
                keepRest();
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            if (unread && !broken) {
                unread = false;
                boolean hasHadItsTurn = yielded;
                work(() -> yielded = hasHadItsTurn);
            }
            ctx.fireChannelReadComplete();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (ctx.channel().isWritable() && !broken) {
                outbox.writabilityChanged(ctx);
                drained();
            }
            ctx.fireChannelWritabilityChanged();
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            broken = true;
            if (out != null) {
                out.release();
                out = null;
            }
            if (behind != null) {
                behind.release();
                behind = null;
            }
            waiting.clear();
            partly = null;
            outbox.close();
            pending = 0;
            in = NO_BYTES;
            from = 0;
            to = 0;
            server.gone(StreamConnection.this);
            session.close();
            account.close();
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
