package io.distcache.server.frontdoor.stream;

import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.server.shard.Session;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
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
 * <p>A client that does not read what it asked for is not read from until it does. Confined to its event loop, save {@link #completed},
 * {@link #disconnect} and what {@link Session} allows.
 */
public abstract class StreamConnection extends Session {
    private static final Logger LOG = LoggerFactory.getLogger(StreamConnection.class);
    private static final int FLUSH_BYTES = 128 * 1024;
    private static final int FIRST_OUT_BYTES = 1024;
    private static final int SCRATCH_BYTES = 128 * 1024;
    /** After so long in one go other connections of the event loop have their turn. */
    private static final long TURN_NANOS = 1_000_000;
    private static final byte[] NO_BYTES = new byte[0];

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
    private boolean broken;
    private boolean closing;
    private @Nullable ByteBuf out;
    private @Nullable ChannelHandlerContext context;

    /** The bytes not yet executed are from {@link #from} to before {@link #to} of this. */
    protected byte[] in = NO_BYTES;

    protected int from;
    protected int to;

    protected StreamConnection(StreamServer server, ChannelHandlerContext socket, String peer) {
        this.server = server;
        this.socket = socket;
        this.peer = peer;
    }

    /**
     * Executes the request at {@link #from} and moves it behind; false if the request is not complete, or the connection is to be
     * closed.
     */
    protected abstract boolean executeNext();

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

    /** Where the next reply is to be written. */
    protected ByteBuf out() {
        if (waiting.isEmpty()) {
            ByteBuf buffer = out;
            if (buffer == null) {
                buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
                out = buffer;
            }
            return buffer;
        }
        if (waiting.peekLast() instanceof ByteBuf segment) {
            return segment;
        }
        ByteBuf segment = socket.alloc().heapBuffer(64);
        waiting.add(segment);
        return segment;
    }

    /** The reply to the request just executed: what came at once, or null if it comes later. */
    protected void reply(PendingReply to, @Nullable Reply now) {
        Reply there = now == null && waiting.isEmpty() ? to.reply() : now;
        if (there != null && !to.isInParts()) {
            to.encode(there, out());
            return;
        }
        if (now != null) {
            to.accept(now);
        }
        waiting.add(to);
        pending++;
        if (!to.isExecuted()) {
            blocking = to;
        }
    }

    /** Sends what fits, while a reply of many parts is being made; the connection is closed if the client leaves too much of it unread. */
    protected final ByteBuf outWithRoom() {
        if (waiting.isEmpty()) {
            ByteBuf buffer = out();
            if (buffer.readableBytes() > FLUSH_BYTES) {
                flush();
            }
        } else if (waiting.peekLast() instanceof ByteBuf segment
                && segment.readableBytes() > server.limits().outputLimitBytes()) {
            overLimit(segment.readableBytes());
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
                // One write to the log for all requests of this read; their replies may come out of it.
                server.router().flush();
                drain();
            } while (mayExecute() && to > from && paused && !yielded);
        } catch (RuntimeException e) {
            LOG.error("a request of {} failed", name(), e);
            refuse("it asked for something that failed inside the node: " + e);
        } finally {
            running = false;
        }
        keepRest();
        flush();
        if (closing && waiting.isEmpty() && !broken) {
            broken = true;
            socket.writeAndFlush(socket.alloc().buffer(0)).addListener(ChannelFutureListener.CLOSE);
            return;
        }
        ChannelHandlerContext ctx = context;
        if (ctx != null && !broken) {
            boolean reads = mayExecute() && !yielded;
            if (ctx.channel().config().isAutoRead() != reads) {
                ctx.channel().config().setAutoRead(reads);
            }
            if (yielded && resumeScheduled.compareAndSet(false, true)) {
                ScheduledFuture<?> unused = socket.executor().schedule(this::resume, 0, TimeUnit.NANOSECONDS);
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
                && ctx != null
                && ctx.channel().isWritable();
    }

    /** Executes what is complete. */
    private void execute() {
        paused = false;
        while (from < to) {
            if (yielded || !mayExecute()) {
                paused = true;
                return;
            }
            if (!executeNext()) {
                break;
            }
            // After each: a request of some bytes can mean much work, as one that appends to a large value does.
            yielded |= isTurnOver();
            ByteBuf buffer = out;
            if (buffer != null && buffer.readableBytes() > FLUSH_BYTES) {
                flush();
            }
        }
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
                if (due != partly) {
                    due.encode(reply, direct());
                    partly = due;
                }
                if (due.isInParts() && !drainParts(due)) {
                    return;
                }
                partly = null;
                waiting.removeFirst();
                pending--;
            } else {
                waiting.removeFirst();
                ByteBuf segment = (ByteBuf) head;
                direct().writeBytes(segment);
                segment.release();
            }
            ByteBuf buffer = out;
            if (buffer != null && buffer.readableBytes() > FLUSH_BYTES) {
                flush();
            }
        }
    }

    /** Writes what the client takes now; whether that was all. */
    private boolean drainParts(PendingReply due) {
        while (due.encodePart(direct())) {
            if (direct().readableBytes() > FLUSH_BYTES) {
                flush();
                ChannelHandlerContext ctx = context;
                if (broken || ctx == null || !ctx.channel().isWritable()) {
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
        if (broken) {
            buffer.release();
            return;
        }
        ctx.writeAndFlush(buffer, ctx.voidPromise());
        ChannelOutboundBuffer unsent = ctx.channel().unsafe().outboundBuffer();
        if (unsent != null && unsent.totalPendingWriteBytes() > server.limits().outputLimitBytes()) {
            overLimit(unsent.totalPendingWriteBytes());
        }
    }

    /** Ends the connection, since more waits for the client than may; no more is executed. */
    protected void overLimit(long bytes) {
        refuse("it does not read: " + bytes + " bytes wait for it, allowed are server.output-limit-bytes="
                + server.limits().outputLimitBytes());
    }

    // --- bytes ---

    private void take(ByteBuf chunk) {
        int more = chunk.readableBytes();
        if (from == to) {
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
                    : new byte[(int) Math.min(Integer.MAX_VALUE - 8, Math.max(have + more, 2L * have))];
            System.arraycopy(in, from, larger, 0, have);
            replace(larger, 0, have);
        }
        chunk.readBytes(in, to, more);
        to += more;
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
        } else if (in == SCRATCH.get() || in.length > 2L * SCRATCH_BYTES && have < in.length / 4) {
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
                take(chunk);
                execute();
            } catch (RuntimeException e) {
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
            if (ctx.channel().isWritable() && !broken && !running) {
                completed();
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
            for (Object entry : waiting) {
                if (entry instanceof ByteBuf segment) {
                    segment.release();
                }
            }
            waiting.clear();
            partly = null;
            pending = 0;
            in = NO_BYTES;
            from = 0;
            to = 0;
            server.gone(StreamConnection.this);
            close();
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
