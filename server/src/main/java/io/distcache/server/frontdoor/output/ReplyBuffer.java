package io.distcache.server.frontdoor.output;

import io.distcache.server.memory.Buffers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;
import java.util.ArrayList;
import java.util.List;

/**
 * A buffer for replies with large values. An array of {@link Buffers#REFERRED_BYTES} or more that is written to it is not copied but
 * referred to, at the place where it was written; so it must not change any more, as stored values never do. What else is written is
 * kept in the buffer itself. Confined to one thread at a time.
 */
public final class ReplyBuffer extends UnpooledHeapByteBuf {
    private static final int FIRST_BYTES = 256;

    /** A part of an array that stands in the reply. */
    static final class Referred {
        /** The index in the buffer before which it stands. */
        final int at;

        final byte[] array;
        final int from;
        final int length;

        Referred(int at, byte[] array, int from, int length) {
            this.at = at;
            this.array = array;
            this.from = from;
            this.length = length;
        }
    }

    /** How much a buffer had at a moment. */
    public record Mark(int written, int references, long referredBytes) {
        /** Of a buffer in which nothing was written. */
        public static final Mark BEGIN = new Mark(0, 0, 0);
    }

    private final List<Referred> referred = new ArrayList<>();
    private final long maxBytes;
    private long referredBytes;

    /** A buffer that takes no more references once it stands for {@code maxBytes}; whoever sends it looks at {@link #totalBytes}. */
    public ReplyBuffer(long maxBytes) {
        super(UnpooledByteBufAllocator.DEFAULT, FIRST_BYTES, Integer.MAX_VALUE);
        this.maxBytes = maxBytes;
    }

    @Override
    public ByteBuf writeBytes(byte[] src, int srcIndex, int length) {
        if (length < Buffers.REFERRED_BYTES) {
            return super.writeBytes(src, srcIndex, length);
        }
        if (totalBytes() <= maxBytes) {
            referred.add(new Referred(writerIndex(), src, srcIndex, length));
        }
        referredBytes += length;
        return this;
    }

    @Override
    public ByteBuf clear() {
        referred.clear();
        referredBytes = 0;
        return super.clear();
    }

    /** How much it has now. */
    public Mark mark() {
        return new Mark(writerIndex(), referred.size(), referredBytes);
    }

    /** Takes back what was written since. */
    public void backTo(Mark mark) {
        writerIndex(mark.written());
        referred.subList(mark.references(), referred.size()).clear();
        referredBytes = mark.referredBytes();
    }

    /** Bytes of arrays that are referred to. */
    public long referredBytes() {
        return referredBytes;
    }

    /** How many bytes the client gets. */
    public long totalBytes() {
        return readableBytes() + referredBytes;
    }

    List<Referred> referred() {
        return referred;
    }

    /** Writes all of it to another buffer, which refers to the same arrays if it can. */
    public void writeTo(ByteBuf out) {
        int from = readerIndex();
        for (Referred part : referred) {
            out.writeBytes(this, from, part.at - from);
            out.writeBytes(part.array, part.from, part.length);
            from = part.at;
        }
        out.writeBytes(this, from, writerIndex() - from);
    }
}
