package io.distcache.server.frontdoor.stream;

import io.distcache.server.frontdoor.output.Outbox;
import io.distcache.server.frontdoor.output.ReplyBuffer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * When replies leave: those of one turn gather in one buffer, which goes to the {@link Outbox} when the turn is over or the buffer is long.
 * Confined to the connection's event loop.
 */
final class ReplySender {
    static final int FLUSH_BYTES = 128 * 1024;
    private static final int FIRST_OUT_BYTES = 1024;

    private final ChannelHandlerContext socket;
    private final Outbox outbox;
    private final long limitBytes;
    private final Traffic traffic;
    private final ConnectionEnd end;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ByteBuf out;
    private long flushes;

    /**
     * Nothing to send yet.
     *
     * @param limitBytes how much a client that does not read may leave unsent before it is disconnected
     */
    ReplySender(ChannelHandlerContext socket, Outbox outbox, long limitBytes, Traffic traffic, ConnectionEnd end) {
        this.socket = socket;
        this.outbox = outbox;
        this.limitBytes = limitBytes;
        this.traffic = traffic;
        this.end = end;
    }

    /** The connection is there. */
    void begin(ChannelHandlerContext ctx) {
        context = ctx;
    }

    /** The connection has ended. */
    void close() {
        if (out != null) {
            out.release();
            out = null;
        }
        outbox.close();
    }

    /** Whether the client must read before more is made for it. */
    boolean isBlocked() {
        ChannelHandlerContext ctx = context;
        return ctx == null || outbox.isBlocked(ctx);
    }

    /** The longest reply that is made in one piece. */
    long limitBytes() {
        return limitBytes;
    }

    /** How often something has left. */
    long flushes() {
        return flushes;
    }

    /** What gathers, if anything does. */
    @Nullable
    ByteBuf gathered() {
        return out;
    }

    /** Where the next reply is to be written. */
    ByteBuf buffer() {
        ByteBuf buffer = out;
        if (buffer == null) {
            buffer = socket.alloc().ioBuffer(FIRST_OUT_BYTES);
            out = buffer;
        }
        return buffer;
    }

    /** Where the next reply is to be written if it has large values, which are referred to there, and not copied. */
    ByteBuf referring() {
        ByteBuf buffer = out;
        if (buffer instanceof ReplyBuffer) {
            return buffer;
        }
        if (buffer != null) {
            traffic.written(bytesOf(buffer));
            outbox.append(buffer);
            flushes++;
        }
        ReplyBuffer referring = new ReplyBuffer(limitBytes);
        out = referring;
        return referring;
    }

    /** Whether a reply in parts has become so long that it should leave. */
    boolean hasLongPart() {
        return out instanceof ReplyBuffer part && part.totalBytes() > FLUSH_BYTES;
    }

    /** Sends what is long enough not to wait for more. */
    void flushIfLong() {
        ByteBuf buffer = out;
        if (buffer != null && (buffer.readableBytes() > FLUSH_BYTES || buffer instanceof ReplyBuffer)) {
            flush();
        }
    }

    /** Sends what has gathered; the connection is closed if the client leaves too much of it unread. */
    void flush() {
        ByteBuf buffer = out;
        ChannelHandlerContext ctx = context;
        if (buffer == null || ctx == null) {
            return;
        }
        out = null;
        flushes++;
        if (end.isBroken()) {
            buffer.release();
            return;
        }
        traffic.written(bytesOf(buffer));
        outbox.send(ctx, buffer);
        if (outbox.unsentBytes() > limitBytes) {
            end.overLimit(outbox.unsentBytes(), limitBytes);
        }
    }

    private static long bytesOf(ByteBuf buffer) {
        return buffer instanceof ReplyBuffer referring ? referring.totalBytes() : buffer.readableBytes();
    }
}
