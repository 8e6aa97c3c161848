package io.distcache.client.spi.codec;

import io.distcache.client.SerializationLimits;
import io.distcache.protocol.Bytes;
import java.io.OutputStream;
import java.util.Arrays;

/** Collects what a generator flushes: for small values one copy of exactly their length. Confined to one call. */
final class Sink extends OutputStream {
    private static final byte[] NONE = {};

    private final int prefix;
    private final SerializationLimits limits;
    private byte[] bytes = NONE;
    private int length;

    Sink(SerializationLimits limits) {
        this.prefix = -1;
        this.limits = limits;
    }

    Sink(byte prefix, SerializationLimits limits) {
        this.prefix = prefix;
        this.limits = limits;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] source, int from, int count) {
        Cost.bytes((long) length + count - 1, limits);
        if (bytes == NONE) {
            int start = prefix < 0 ? 0 : 1;
            bytes = new byte[Math.addExact(start, count)];
            if (start > 0) {
                bytes[0] = (byte) prefix;
            }
            length = start;
        } else if (bytes.length - length < count) {
            int needed = Math.addExact(length, count);
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, 2L * length)));
        }
        System.arraycopy(source, from, bytes, length, count);
        length += count;
    }

    Bytes toBytes() {
        return Bytes.of(bytes, 0, length);
    }
}
