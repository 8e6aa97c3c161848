package io.distcache.protocol;

/**
 * A value with something kept beside it, as memcached does. Immutable.
 *
 * <pre>
 *  offset  bytes  field
 *       0      1  tag    {@link ValueTag#FLAGGED}
 *       1      1  bits   1 stale, 2 somebody was told to make it anew
 *       2      4  flags  the client's own; big-endian
 *       6      n  value  with a tag of its own, not FLAGGED; not empty
 * </pre>
 */
public final class FlaggedValue {
    /** Length of what stands before the value. */
    public static final int HEADER_BYTES = 1 + 1 + Integer.BYTES;

    private FlaggedValue() {}

    /** Whether there is a value with something beside it. */
    public static boolean is(Bytes value) {
        return value.length() > HEADER_BYTES && value.get(0) == ValueTag.FLAGGED;
    }

    /** The value without what is beside it; not copied. */
    public static Bytes bare(Bytes value) {
        return is(value)
                ? Bytes.of(value.array(), value.offset() + HEADER_BYTES, value.length() - HEADER_BYTES)
                : value;
    }

    /** A new value with what is beside the old one. */
    public static Bytes like(Bytes old, Bytes bare) {
        if (!is(old)) {
            return bare;
        }
        byte[] tagged = new byte[HEADER_BYTES + bare.length()];
        System.arraycopy(old.array(), old.offset(), tagged, 0, HEADER_BYTES);
        System.arraycopy(bare.array(), bare.offset(), tagged, HEADER_BYTES, bare.length());
        return Bytes.of(tagged);
    }
}
