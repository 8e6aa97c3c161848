package io.distcache.client.spi.codec;

import java.nio.charset.StandardCharsets;

/** The bytes of a Java object stream, one after the other; never beyond their end. Confined to one call. */
final class StreamBytes {
    private static final int MAX_CLASS_NAME = 1024;

    private final byte[] in;
    private final int end;
    private int at;

    StreamBytes(byte[] in, int offset, int length) {
        this.in = in;
        this.end = offset + length;
        this.at = offset;
    }

    /** The stream is not as it should be, or a class writes in a way that only itself can read. */
    static final class Broken extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Broken(String message) {
            super(message, null, false, false);
        }
    }

    /** Where the next byte is. */
    int at() {
        return at;
    }

    /** How many bytes are left. */
    int left() {
        return end - at;
    }

    /** The next byte again is the last one. */
    void back() {
        at--;
    }

    int byteAt(int from) {
        return in[from];
    }

    int peek() {
        if (at >= end) {
            throw new Broken("it ends early");
        }
        return in[at] & 0xff;
    }

    int unsignedByte() {
        int value = peek();
        at++;
        return value;
    }

    int unsignedShort() {
        int from = skipped(Short.BYTES);
        return (in[from] & 0xff) << 8 | in[from + 1] & 0xff;
    }

    int intLength() {
        int length = intAt(skipped(Integer.BYTES));
        if (length < 0) {
            throw new Broken("a length of " + length);
        }
        return length;
    }

    long longLength() {
        int from = skipped(Long.BYTES);
        return (long) intAt(from) << 32 | intAt(from + Integer.BYTES) & 0xffffffffL;
    }

    int intAt(int from) {
        return (in[from] & 0xff) << 24 | (in[from + 1] & 0xff) << 16 | (in[from + 2] & 0xff) << 8 | in[from + 3] & 0xff;
    }

    void skip(long length) {
        int unused = skipped(length);
    }

    /** Passes over so many bytes; where they begin. */
    int skipped(long length) {
        if (length < 0 || length > end - at) {
            throw new Broken(length + " bytes announced, and " + (end - at) + " are left");
        }
        int from = at;
        at += (int) length;
        return from;
    }

    String name() {
        int length = unsignedShort();
        int from = skipped(length);
        if (length > MAX_CLASS_NAME) {
            throw new Broken("a name of " + length + " characters");
        }
        return new String(in, from, length, StandardCharsets.UTF_8);
    }

    /** As {@link String#hashCode} of modified UTF-8. */
    int textHash(int from, int length) {
        int hash = 0;
        int to = from + length;
        for (int i = from; i < to; i++) {
            int unit = in[i];
            if (unit < 0) {
                boolean two = (unit & 0xe0) == 0xc0;
                if (i + (two ? 1 : 2) >= to) {
                    throw new Broken("text that ends within a character");
                }
                unit = two
                        ? (unit & 0x1f) << 6 | in[++i] & 0x3f
                        : (unit & 0x0f) << 12 | (in[++i] & 0x3f) << 6 | in[++i] & 0x3f;
            }
            hash = 31 * hash + unit;
        }
        return hash;
    }
}
