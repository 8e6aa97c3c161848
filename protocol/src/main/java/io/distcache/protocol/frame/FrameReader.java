package io.distcache.protocol.frame;

import io.distcache.protocol.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into frames, wherever the network cut it. Confined to the connection's event loop.
 *
 * <p>The length is checked when its four bytes are there, before anything is allocated; what is kept of an unfinished frame
 * grows with what has arrived, not with what was announced.
 */
public final class FrameReader {

    /** Gets each whole frame; {@code body} is valid only during the call. */
    @FunctionalInterface
    public interface Sink {
        void frame(int type, int request, ByteBuf body);
    }

    private static final int FIRST_KEPT_BYTES = 4096;

    private final ByteBufAllocator allocator;
    private int maxFrameBytes;
    private @Nullable ByteBuf kept;

    /** A reader that refuses frames announcing over {@code maxFrameBytes}. */
    public FrameReader(ByteBufAllocator allocator, int maxFrameBytes) {
        this.allocator = allocator;
        this.maxFrameBytes = maxFrameBytes;
    }

    /** A new limit, from the next frame on. */
    public void limit(int newMaxFrameBytes) {
        this.maxFrameBytes = newMaxFrameBytes;
    }

    /**
     * Takes what the network delivered and hands every whole frame on. Does not release {@code chunk}.
     *
     * @throws ProtocolException on a length outside the limits; the reader is of no further use
     */
    public void read(ByteBuf chunk, Sink sink) {
        boolean unused = read(chunk, sink, () -> true);
    }

    /**
     * Like {@link #read(ByteBuf, Sink)}, but asks after each frame whether to go on.
     *
     * @return whether all of the chunk was taken; if not, it is to be given again before anything else
     */
    public boolean read(ByteBuf chunk, Sink sink, BooleanSupplier goesOn) {
        ByteBuf before = kept;
        if (before != null) {
            completeKept(before, chunk, sink);
            if (kept != null) {
                return true;
            }
            if (chunk.isReadable() && !goesOn.getAsBoolean()) {
                return false;
            }
        }
        while (chunk.readableBytes() >= 4) {
            int length = checkedLength(chunk.getInt(chunk.readerIndex()));
            if (chunk.readableBytes() - 4 < length) {
                break;
            }
            chunk.skipBytes(4);
            emit(chunk, length, sink);
            if (chunk.isReadable() && !goesOn.getAsBoolean()) {
                return false;
            }
        }
        if (chunk.isReadable()) {
            kept = allocator
                    .heapBuffer(Math.max(FIRST_KEPT_BYTES, chunk.readableBytes()))
                    .writeBytes(chunk);
        }
        return true;
    }

    /** Frees what is kept of an unfinished frame. */
    public void close() {
        if (kept != null) {
            kept.release();
            kept = null;
        }
    }

    private void completeKept(ByteBuf unfinished, ByteBuf chunk, Sink sink) {
        if (unfinished.readableBytes() < 4) {
            unfinished.writeBytes(chunk, Math.min(4 - unfinished.readableBytes(), chunk.readableBytes()));
            if (unfinished.readableBytes() < 4) {
                return;
            }
        }
        int length = checkedLength(unfinished.getInt(unfinished.readerIndex()));
        int missing = length + 4 - unfinished.readableBytes();
        if (chunk.readableBytes() > unfinished.writableBytes()) {
            // Over 4 MiB Netty would grow it by 4 MiB at a time, and copy what is there each time.
            unfinished.ensureWritable(Math.min(missing, Math.max(chunk.readableBytes(), unfinished.readableBytes())));
        }
        unfinished.writeBytes(chunk, Math.min(missing, chunk.readableBytes()));
        if (unfinished.readableBytes() < length + 4) {
            return;
        }
        kept = null;
        try {
            unfinished.skipBytes(4);
            emit(unfinished, length, sink);
        } finally {
            unfinished.release();
        }
    }

    private int checkedLength(int length) {
        if (length < FrameEncoder.HEADER_BYTES - 4 || length > maxFrameBytes) {
            throw new ProtocolException("a frame announces " + Integer.toUnsignedString(length) + " bytes; allowed are "
                    + (FrameEncoder.HEADER_BYTES - 4) + " to " + maxFrameBytes);
        }
        return length;
    }

    private static void emit(ByteBuf in, int length, Sink sink) {
        int end = in.readerIndex() + length;
        int writer = in.writerIndex();
        in.writerIndex(end);
        int type = in.readUnsignedByte();
        int request = in.readInt();
        sink.frame(type, request, in);
        in.setIndex(end, writer);
    }
}
