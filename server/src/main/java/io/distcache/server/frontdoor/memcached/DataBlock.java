package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.stream.RequestBytes;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.memory.Buffers;
import org.jspecify.annotations.Nullable;

/** The data block that comes after a line: it is taken when it is whole, or read over. Confined to its connection's event loop. */
final class DataBlock {
    private static final int END_BYTES = 2;

    /** What is to be done with the block. */
    interface Taker {
        /** Takes the data, as the value of an entry. */
        void take(Bytes tagged);
    }

    private final RequestBytes bytes;
    private @Nullable Taker taker;
    private int length;
    private boolean isSilent;
    private long toSwallow;

    DataBlock(RequestBytes bytes) {
        this.bytes = bytes;
    }

    /** So many bytes come next, and their end. If it is silent, the client wants to hear of no failure. */
    void await(int dataBytes, boolean silent, Taker then) {
        length = dataBytes;
        isSilent = silent;
        taker = then;
    }

    boolean isAwaited() {
        return taker != null;
    }

    boolean isSilent() {
        return isSilent;
    }

    /** How many bytes there are to come, with their end. */
    int wantedBytes() {
        return length + END_BYTES;
    }

    boolean isWhole() {
        return bytes.length() >= wantedBytes();
    }

    /** Hands out the block, which is whole; false if it does not end as a block does: then it is gone. */
    boolean take() {
        Taker then = taker;
        byte[] in = bytes.array();
        int begin = bytes.from();
        int end = begin + length;
        boolean ends = in[end] == '\r' && in[end + 1] == '\n';
        bytes.moveTo(end + END_BYTES);
        taker = null;
        if (ends && then != null) {
            // A large block stays where it is: its array is not used for anything else, and before it is the end of its
            // line.
            then.take(
                    length >= Buffers.LARGE_BYTES && begin > 0
                            ? PlainValue.inPlace(in, begin, length)
                            : PlainValue.of(in, begin, length));
        }
        return ends;
    }

    /** The block that is awaited is read over. */
    void refuse() {
        swallow(length);
        taker = null;
        swallowWhatIsThere();
    }

    /** Bytes that come next, and their end, are read over. */
    void swallow(long dataBytes) {
        toSwallow = dataBytes + END_BYTES;
    }

    boolean isSwallowing() {
        return toSwallow > 0;
    }

    void swallowWhatIsThere() {
        int gone = (int) Math.min(toSwallow, bytes.length());
        bytes.moveTo(bytes.from() + gone);
        toSwallow -= gone;
    }
}
