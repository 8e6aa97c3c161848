package io.distcache.protocol;

import java.nio.ByteBuffer;

/**
 * What a memcached client keeps beside a value: the layout of {@link ValueTag#FLAGGED}.
 *
 * <pre>
 *  offset  bytes  field
 *       0      1  tag    FLAGGED
 *       1      1  bits   1 stale, 2 somebody was told to make it anew
 *       2      4  flags  the client's own, big-endian
 *       6      n  value  with a tag of its own
 * </pre>
 */
public final class FlaggedValue {
    private static final int HEADER_BYTES = 1 + 1 + Integer.BYTES;

    private FlaggedValue() {}

    /** Whether something is kept beside the value. */
    public static boolean isFlagged(Bytes value) {
        return value.length() > HEADER_BYTES && value.get(0) == ValueTag.FLAGGED;
    }

    /** The value without what is kept beside it; not copied. */
    public static Bytes bare(Bytes value) {
        return isFlagged(value)
                ? Bytes.of(value.array(), value.offset() + HEADER_BYTES, value.length() - HEADER_BYTES)
                : value;
    }

    /** The client's flags; 0 if there are none. */
    public static int flags(Bytes value) {
        return isFlagged(value)
                ? ByteBuffer.wrap(value.array(), value.offset() + 2, Integer.BYTES)
                        .getInt()
                : 0;
    }

    /** The bits; 0 if there are none. */
    public static int bits(Bytes value) {
        return isFlagged(value) ? value.get(1) : 0;
    }

    /** A value with flags and bits beside it; just the value if they are 0. */
    public static Bytes of(Bytes bare, int flags, int bits) {
        if (flags == 0 && bits == 0) {
            return bare;
        }
        byte[] tagged = new byte[HEADER_BYTES + bare.length()];
        ByteBuffer.wrap(tagged).put(ValueTag.FLAGGED).put((byte) bits).putInt(flags);
        System.arraycopy(bare.array(), bare.offset(), tagged, HEADER_BYTES, bare.length());
        return Bytes.of(tagged);
    }

    /** A new value with what is kept beside the old one. */
    public static Bytes like(Bytes old, Bytes bare) {
        return isFlagged(old) ? of(bare, flags(old), bits(old)) : bare;
    }
}
