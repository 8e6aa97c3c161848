package io.distcache.protocol.frame;

import io.distcache.protocol.ProtocolException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * Cuts a stream of bytes into frames, wherever the network cut it. Confined to the connection's event loop.
 *
 * <p>The length is checked when its four bytes are there, before anything is allocated; what is kept of an unfinished frame
 * grows with what has arrived, not with what was announced. A {@link Gate}, if there is one, is asked before a long frame gets an
 * array of the length that it announces.
 */
public final class FrameReader {

    /** Gets each whole frame; {@code body} is valid only during the call. */
    @FunctionalInterface
    public interface Sink {
        void frame(int type, int request, ByteBuf body);
    }

    /** Says how fast frames are wanted, and where long ones come to lie. Asked on the connection's event loop. */
    public interface Gate {
        /** An array for a frame that is not wanted, whose bytes are skipped. */
        byte[] REFUSED = new byte[0];

        /** Whether the next frame may be handed on; if not, {@link #resume} is called when it may. */
        boolean isOpen();

        /** From which length on {@link #arrayFor} is asked, for frames that have not come in one piece. */
        int longFrameBytes();

        /**
         * Where a long frame is to lie.
         *
         * @return an array of this length, which is the frame's from now on; {@link #REFUSED}; or null if nobody can tell yet, and then
         *     {@link #resume} is called later, and this is asked again
         */
        byte @Nullable [] arrayFor(int type, int request, int bytes);
    }

    private static final int FIRST_KEPT_BYTES = 4096;

    private final ByteBufAllocator allocator;
    private final @Nullable Gate gate;
    private int maxFrameBytes;
    /** Whole and unfinished frames, from the begin of one. */
    private @Nullable ByteBuf kept;
    /** A long frame that has begun, without its length. */
    private @Nullable ByteBuf longFrame;

    private boolean undecided;
    private long skipped;

    /** A reader that refuses frames announcing over {@code maxFrameBytes}. */
    public FrameReader(ByteBufAllocator allocator, int maxFrameBytes) {
        this(allocator, maxFrameBytes, null);
    }

    /** A reader that asks a gate before it hands a frame on. */
    public FrameReader(ByteBufAllocator allocator, int maxFrameBytes, @Nullable Gate gate) {
        this.allocator = allocator;
        this.maxFrameBytes = maxFrameBytes;
        this.gate = gate;
    }

    /** A new limit, from the next frame on. */
    public void limit(int newMaxFrameBytes) {
        this.maxFrameBytes = newMaxFrameBytes;
    }

    /** Bytes of memory kept for frames that are not handed on; those of a long frame, for which the gate was asked, are not among them. */
    public int keptBytes() {
        ByteBuf waiting = kept;
        return waiting == null ? 0 : waiting.capacity();
    }

    /**
     * Takes what the network delivered and hands every whole frame on. Does not release {@code chunk}.
     *
     * @throws ProtocolException on a length outside the limits; the reader is of no further use
     */
    public void read(ByteBuf chunk, Sink sink) {
        skip(chunk);
        ByteBuf large = longFrame;
        if (large != null) {
            large.writeBytes(chunk, Math.min(large.writableBytes(), chunk.readableBytes()));
            if (large.isWritable()) {
                return;
            }
            longFrame = null;
            emit(large, large.readableBytes(), sink);
        }
        ByteBuf before = kept;
        if (before != null) {
            if (isHeld() || isLong(before, chunk)) {
                before.writeBytes(chunk);
                if (!isHeld()) {
                    resume(sink);
                }
                return;
            }
            completeKept(before, chunk, sink);
            if (kept != null) {
                return;
            }
        }
        cut(chunk, sink);
        keep(chunk);
    }

    /** Goes on with what was kept, since the gate may answer otherwise now. */
    public void resume(Sink sink) {
        undecided = false;
        ByteBuf before = kept;
        if (before == null) {
            return;
        }
        kept = null;
        try {
            cut(before, sink);
            keep(before);
        } finally {
            before.release();
        }
    }

    /** Frees what is kept of an unfinished frame. */
    public void close() {
        if (kept != null) {
            kept.release();
            kept = null;
        }
        longFrame = null;
    }

    private boolean isHeld() {
        return undecided || (gate != null && !gate.isOpen());
    }

    /** Whether what is kept begins with a frame for which the gate is to be asked; the chunk may complete its length. */
    private boolean isLong(ByteBuf before, ByteBuf chunk) {
        if (gate == null || before.readableBytes() + chunk.readableBytes() < 4) {
            return false;
        }
        int length = 0;
        for (int i = 0; i < 4; i++) {
            int has = before.readableBytes();
            byte b = i < has ? before.getByte(before.readerIndex() + i) : chunk.getByte(chunk.readerIndex() + i - has);
            length = length << 8 | (b & 0xff);
        }
        return checkedLength(length) >= gate.longFrameBytes();
    }

    private void cut(ByteBuf chunk, Sink sink) {
        while (chunk.readableBytes() >= 4 && !isHeld()) {
            int length = checkedLength(chunk.getInt(chunk.readerIndex()));
            if (chunk.readableBytes() - 4 >= length) {
                chunk.skipBytes(4);
                emit(chunk, length, sink);
            } else if (gate != null && length >= gate.longFrameBytes()) {
                if (chunk.readableBytes() < FrameEncoder.HEADER_BYTES) {
                    return;
                }
                begin(chunk, length, gate);
            } else {
                return;
            }
        }
    }

    private void begin(ByteBuf chunk, int length, Gate asked) {
        int start = chunk.readerIndex();
        byte[] array = asked.arrayFor(chunk.getUnsignedByte(start + 4), chunk.getInt(start + 5), length);
        if (array == null) {
            undecided = true;
            return;
        }
        chunk.skipBytes(4);
        if (array.length == 0) {
            skipped = length;
            skip(chunk);
        } else {
            longFrame = Unpooled.wrappedBuffer(array).clear().writeBytes(chunk);
        }
    }

    private void skip(ByteBuf chunk) {
        if (skipped > 0) {
            int gone = (int) Math.min(skipped, chunk.readableBytes());
            chunk.skipBytes(gone);
            skipped -= gone;
        }
    }

    private void keep(ByteBuf rest) {
        if (rest.isReadable()) {
            kept = allocator
                    .heapBuffer(Math.max(FIRST_KEPT_BYTES, rest.readableBytes()))
                    .writeBytes(rest);
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
