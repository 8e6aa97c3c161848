package io.distcache.client.spi.codec;

import io.distcache.client.SerializationLimits;
import java.io.ByteArrayOutputStream;

/** Refuses to become longer than a value may be. Confined to one call. */
final class BoundedBytes extends ByteArrayOutputStream {
    private final SerializationLimits limits;

    BoundedBytes(SerializationLimits limits) {
        super(512);
        this.limits = limits;
    }

    @Override
    public synchronized void write(int b) {
        Cost.bytes(count, limits);
        super.write(b);
    }

    @Override
    public synchronized void write(byte[] source, int from, int length) {
        Cost.bytes((long) count + length - 1, limits);
        super.write(source, from, length);
    }
}
