package io.distcache.client.spi.codec;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import io.distcache.client.DistCacheException;
import io.distcache.client.NotEncodableException;
import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationLimits;
import io.distcache.client.UndecodableValueException;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One CBOR item, drawn in {@link PortableTag}. Thread-safe. */
final class PortableForm {
    /** Portable values nest at most this deep; anything deeper, and every cycle, is left to Java serialization. */
    static final int MAX_DEPTH = 500;

    /**
     * The length of the value bounds strings, and {@link Cost} the nesting before Jackson does. Jackson's bound of numbers stands, as it
     * writes an overlong one into its message; ours are byte strings.
     */
    private static final CBORFactory FACTORY = CBORFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(2 * MAX_DEPTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .streamWriteConstraints(StreamWriteConstraints.builder()
                    .maxNestingDepth(2 * MAX_DEPTH)
                    .build())
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            // Not Jackson's default, which leaves its buffers, and with them our class loader, with each thread that
            // ever
            // came here.
            .recyclerPool(JsonRecyclerPools.newConcurrentDequePool())
            .build();

    private PortableForm() {}

    /**
     * The bytes of {@code value}, tag first.
     *
     * @throws Unportable if a part of it cannot be stored
     * @throws SerializationLimitException if it passes another limit than that of depth
     * @throws TooDeep if it is nested deeper than {@link #MAX_DEPTH}
     */
    static Bytes write(Object value, boolean canonical, Cost cost, StoredClasses classes) {
        try {
            Sink sink = new Sink(ValueTag.PORTABLE, cost.limits());
            write(value, sink, canonical, cost, classes);
            return sink.toBytes();
        } catch (IOException e) {
            throw new NotEncodableException(
                    "an object of " + value.getClass().getName() + " cannot be stored: " + e, e);
        }
    }

    /** The bytes of a part of a key, which do not depend on what stands around it. */
    static Bytes writePart(@Nullable Object part, Cost cost, StoredClasses classes) throws IOException {
        Sink sink = new Sink(cost.limits());
        write(part, sink, true, cost, classes);
        return sink.toBytes();
    }

    private static void write(@Nullable Object value, Sink sink, boolean canonical, Cost cost, StoredClasses classes)
            throws IOException {
        CBORGenerator generator = FACTORY.createGenerator(sink);
        try {
            new PortableWriter(generator, sink, canonical, cost, classes).write(value, Object.class);
            generator.close();
        } catch (Throwable e) {
            abandon(generator);
            throw e;
        }
    }

    /** Closing gives the buffers back; it writes what is complete, to a sink that nobody reads any more. */
    private static void abandon(CBORGenerator generator) {
        try {
            generator.close();
        } catch (IOException | RuntimeException e) {
            // The first failure is the one to report.
        }
    }

    /** The bytes of a part of a Java stream. */
    static byte[] writeEmbedded(Object part, boolean canonical, Cost cost, StoredClasses classes) throws IOException {
        Sink sink = new Sink(cost.limits());
        write(part, sink, canonical, cost, classes);
        return sink.toBytes().toByteArray();
    }

    static Object read(byte[] array, int offset, int length, TypeResolver resolver, Cost cost) throws IOException {
        try (CBORParser parser = FACTORY.createParser(array, offset, length)) {
            PortableReader reader = new PortableReader(parser, resolver, cost);
            Object value;
            try {
                value = reader.read();
            } catch (UndecodableValueException e) {
                throw e.className().isEmpty() && !reader.lastClass().isEmpty()
                        ? new UndecodableValueException(
                                String.valueOf(e.getMessage()), reader.lastClass(), e.getCause())
                        : e;
            } catch (IOException | RuntimeException e) {
                if (e instanceof DistCacheException) {
                    throw e;
                }
                throw new UndecodableValueException(
                        "the stored bytes give no object: " + Codec.shortened(e), reader.lastClass(), e);
            }
            if (value == null || parser.nextToken() != null) {
                throw new UndecodableValueException(
                        "portable bytes hold " + (value == null ? "null" : "more than one item"));
            }
            reader.complete();
            return value;
        }
    }

    /** Collects what a generator flushes: for small values one copy of exactly their length. */
    static final class Sink extends OutputStream {
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

    /** A part has no form at all. Carries the path to it, built from the inside out. */
    static final class Unportable extends RuntimeException {
        private static final long serialVersionUID = 1L;

        private final String reason;
        private String path = "";

        Unportable(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }

        Unportable inside(String step) {
            path = step + path;
            return this;
        }

        String path() {
            return path;
        }

        String reason() {
            return reason;
        }
    }

    /** Nested too deep, or a cycle. */
    static final class TooDeep extends RuntimeException {
        private static final long serialVersionUID = 1L;

        TooDeep() {
            super("nested deeper than " + MAX_DEPTH, null, false, false);
        }
    }
}
