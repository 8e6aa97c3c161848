package io.distcache.server.frontdoor.output;

import io.distcache.server.memory.Account;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a client has not been sent yet. Replies go to the socket at once as long as that takes them; what it does not take stays here,
 * on the heap, and follows piece by piece, so that no more than a piece or two of each connection is in memory outside the heap. All
 * of it is on the connection's {@link Account}. Confined to the connection's event loop.
 */
public final class Outbox {
    private static final int PIECE_BYTES = 128 * 1024;
    /** After so many pieces other connections of the event loop have their turn. */
    private static final int PIECES_IN_A_ROW = 8;

    /** What is to be sent of an array. */
    private static final class Part {
        final byte[] array;
        final boolean isReferred;
        final int end;
        int next;

        Part(byte[] array, int from, int length, boolean isReferred) {
            this.array = array;
            this.next = from;
            this.end = from + length;
            this.isReferred = isReferred;
        }
    }

    private final Account account;
    private final Runnable whenEmpty;
    private final Deque<Part> parts = new ArrayDeque<>(2);
    private long unsentBytes;
    private long socketBytes;
    private boolean pumping;
    private boolean watching;
    private boolean closed;

    /**
     * An empty outbox.
     *
     * @param whenEmpty run when all that was kept here has gone to the socket, and that takes more
     */
    public Outbox(Account account, Runnable whenEmpty) {
        this.account = account;
        this.whenEmpty = whenEmpty;
    }

    /** Whether the client should read before more is made for it. */
    public boolean isBlocked(ChannelHandlerContext ctx) {
        return !parts.isEmpty() || !ctx.channel().isWritable();
    }

    /** Whether everything has gone to the socket. */
    public boolean isEmpty() {
        return parts.isEmpty();
    }

    /** Bytes that the client has not been sent, those in the socket's queue included. */
    public long unsentBytes() {
        return unsentBytes + socketBytes;
    }

    /** Sends a buffer after all that is here, and releases it. */
    public void send(ChannelHandlerContext ctx, ByteBuf buffer) {
        if (parts.isEmpty() && !(buffer instanceof ReplyBuffer) && ctx.channel().isWritable()) {
            ctx.writeAndFlush(buffer, ctx.voidPromise());
            settle(ctx);
            return;
        }
        append(buffer);
        pump(ctx);
    }

    /** Takes a buffer, which is sent with the next one, and releases it. */
    public void append(ByteBuf buffer) {
        if (closed) {
            buffer.release();
            return;
        }
        int from = buffer.readerIndex();
        if (buffer instanceof ReplyBuffer reply) {
            for (ReplyBuffer.Referred part : reply.referred()) {
                own(buffer, from, part.at - from);
                from = part.at;
                account.refer(part.array);
                parts.add(new Part(part.array, part.from, part.length, true));
                unsentBytes += part.length;
            }
        }
        own(buffer, from, buffer.writerIndex() - from);
        buffer.release();
    }

    private void own(ByteBuf from, int index, int length) {
        if (length > 0) {
            byte[] copy = new byte[length];
            from.getBytes(index, copy);
            parts.add(new Part(copy, 0, length, false));
            unsentBytes += length;
            account.add(length);
        }
    }

    /** Sends what the socket takes; to be called when it takes more again. */
    public void pump(ChannelHandlerContext ctx) {
        if (pumping || closed) {
            return;
        }
        pumping = true;
        try {
            int pieces = 0;
            while (!parts.isEmpty() && ctx.channel().isWritable()) {
                if (++pieces > PIECES_IN_A_ROW) {
                    // Not merely queued, which would be before anything else is read.
                    ScheduledFuture<?> unused = ctx.executor().schedule(() -> pump(ctx), 0, TimeUnit.NANOSECONDS);
                    break;
                }
                ByteBuf piece = nextPiece(ctx);
                account.moved(piece.readableBytes());
                ctx.writeAndFlush(piece, ctx.voidPromise());
            }
        } finally {
            pumping = false;
        }
        settle(ctx);
        if (parts.isEmpty() && ctx.channel().isWritable() && !closed) {
            whenEmpty.run();
        }
    }

    private ByteBuf nextPiece(ChannelHandlerContext ctx) {
        ByteBuf piece = ctx.alloc().ioBuffer((int) Math.min(PIECE_BYTES, unsentBytes));
        int room = PIECE_BYTES;
        for (Part part = parts.peek(); part != null && room > 0; part = parts.peek()) {
            int length = Math.min(room, part.end - part.next);
            piece.writeBytes(part.array, part.next, length);
            part.next += length;
            room -= length;
            unsentBytes -= length;
            if (part.next == part.end) {
                parts.remove();
                giveBack(part);
            }
        }
        return piece;
    }

    private void giveBack(Part part) {
        if (part.isReferred) {
            account.forget(part.array);
        } else {
            account.add(-part.array.length);
        }
    }

    private void settle(ChannelHandlerContext ctx) {
        if (closed) {
            return;
        }
        ChannelOutboundBuffer unsent = ctx.channel().unsafe().outboundBuffer();
        long now = unsent == null ? 0 : unsent.totalPendingWriteBytes();
        if (now != socketBytes) {
            if (now < socketBytes) {
                account.moved(socketBytes - now);
            }
            account.add(now - socketBytes);
            socketBytes = now;
        }
        if (now > 0 && !watching) {
            watching = true;
            // Is done when all that is before it has been sent. Looked at later: while it is being taken out of the
            // socket's
            // queue, what is added there has a size too, and would never come to an end.
            ctx.writeAndFlush(Unpooled.EMPTY_BUFFER)
                    .addListener(sent -> ctx.executor().execute(() -> {
                        watching = false;
                        settle(ctx);
                    }));
        }
    }

    /** The socket has taken some of what it had. */
    public void writabilityChanged(ChannelHandlerContext ctx) {
        settle(ctx);
        if (ctx.channel().isWritable() && !parts.isEmpty()) {
            pump(ctx);
        }
    }

    /** The connection has ended. */
    public void close() {
        closed = true;
        List.copyOf(parts).forEach(this::giveBack);
        parts.clear();
        account.add(-socketBytes);
        unsentBytes = 0;
        socketBytes = 0;
    }
}
