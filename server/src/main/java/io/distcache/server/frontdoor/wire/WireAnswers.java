package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.frame.FrameEncoder;
import io.distcache.server.frontdoor.output.Outbox;
import io.distcache.server.frontdoor.output.ReplyBuffer;
import io.distcache.server.frontdoor.stream.ConnectionEnd;
import io.distcache.server.frontdoor.stream.TurnEnd;
import io.distcache.server.memory.Buffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a native client is answered and told: replies and pushes become frames, and what is made in one go is written with one flush. What comes
 * from other threads queues here for the event loop, in order. Confined to the connection's event loop, save {@link #send}.
 */
final class WireAnswers {
    private static final int FLUSH_BYTES = 128 * 1024;
    private static final int FIRST_OUT_BYTES = 1024;

    /** A reply that was not there when its command had been executed. */
    record LateReply(int request, Reply reply) {}

    private final ChannelHandlerContext socket;
    private final Outbox outbox;
    private final long outputLimitBytes;
    private final Consumer<Runnable> soon;
    private final ConnectionEnd end;
    private final Runnable whenBlocked;
    private final Runnable whenDrained;
    private final Queue<Object> queued = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainScheduled = new AtomicBoolean();
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf out;
    private boolean blocked;
    private boolean gathers;
    private int later;

    /**
     * Nothing to send yet.
     *
     * @param soon runs something on the event loop, after what it does now
     * @param whenBlocked run when the client must read before more is made for it
     * @param whenDrained run when what came from other threads is encoded
     */
    WireAnswers(
            ChannelHandlerContext socket,
            Outbox outbox,
            long outputLimitBytes,
            Consumer<Runnable> soon,
            ConnectionEnd end,
            Runnable whenBlocked,
            Runnable whenDrained) {
        this.socket = socket;
        this.outbox = outbox;
        this.outputLimitBytes = outputLimitBytes;
        this.soon = soon;
        this.end = end;
        this.whenBlocked = whenBlocked;
        this.whenDrained = whenDrained;
    }

    /** The connection is there. */
    void begin(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** From now on what is sent on the event loop is encoded at once, since a {@link #flush} follows; or no longer. */
    void gather(boolean is) {
        gathers = is;
    }

    /** Whether the client must read before more is made for it. */
    boolean isBlocked() {
        return blocked;
    }

    /** Whether the client has read enough that more may be made for it; then it is no longer blocked. */
    boolean unblock(ChannelHandlerContext ctx) {
        if (outbox.isBlocked(ctx)) {
            return false;
        }
        blocked = false;
        return true;
    }

    /** A command was executed whose reply comes later. */
    void comesLater() {
        later++;
    }

    /** Commands that were executed, and whose replies have not come. */
    int later() {
        return later;
    }

    /** The first frame that the node sends. */
    void greet(Hello.Node hello) {
        FrameEncoder.encode(hello, out());
    }

    /** The connection has ended. */
    void close() {
        if (out != null) {
            out.release();
            out = null;
        }
        outbox.close();
    }

    /**
     * Sends a push, or a reply that comes late: after what is encoded now if this is the event loop and it is gathering, else later. From any
     * thread.
     */
    void send(Object message) {
        if (socket.executor().inEventLoop() && gathers) {
            // What others queued before comes first: events of one entry keep their order.
            drainQueue();
            encode(message);
            return;
        }
        queued.add(message);
        if (drainScheduled.compareAndSet(false, true)) {
            TurnEnd.wake(() -> soon.accept(this::drainAndFlush));
        }
    }

    private void drainAndFlush() {
        drainScheduled.set(false);
        if (context == null || end.isBroken()) {
            queued.clear();
            return;
        }
        drainQueue();
        flush();
        whenDrained.run();
    }

    private void drainQueue() {
        for (Object message = queued.poll(); message != null; message = queued.poll()) {
            encode(message);
        }
    }

    /** Encodes a message of this event loop. */
    void encode(Object message) {
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

    /** Encodes the reply to a command of this event loop. */
    void encodeReply(int request, Reply reply) {
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

    /** Sends what is encoded; {@link #isBlocked} says whether the client must read before more is made for it. */
    void flush() {
        ByteBuf buffer = out;
        ChannelHandlerContext ctx = context;
        if (buffer == null || ctx == null) {
            return;
        }
        out = null;
        outbox.send(ctx, buffer);
        if (outbox.unsentBytes() > outputLimitBytes) {
            end.overLimit(outbox.unsentBytes(), outputLimitBytes);
        }
        blocked = outbox.isBlocked(ctx);
        if (blocked) {
            whenBlocked.run();
        }
    }
}
