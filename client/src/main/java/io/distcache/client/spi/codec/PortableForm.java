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
import io.distcache.client.UndecodableValueException;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** One CBOR item, drawn in {@link PortableTag}. Thread-safe. */
final class PortableForm {
    /**
     * The length of the value bounds strings, and {@link Cost} the nesting before Jackson does. Jackson's bound of numbers stands, as it
     * writes an overlong one into its message; ours are byte strings.
     */
    private static final CBORFactory FACTORY = CBORFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(2 * Cost.MAX_PORTABLE_DEPTH)
                    .maxStringLength(Integer.MAX_VALUE)
                    .build())
            .streamWriteConstraints(StreamWriteConstraints.builder()
                    .maxNestingDepth(2 * Cost.MAX_PORTABLE_DEPTH)
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
     * @throws TooDeep if it is nested deeper than {@link Cost#MAX_PORTABLE_DEPTH}
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
            new PortableWriter(Forms.ALL, generator, sink, canonical, cost, classes).write(value, Object.class);
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

    static Object read(byte[] array, int offset, int length, StoredTypes resolver, Cost cost) throws IOException {
        try (CBORParser parser = FACTORY.createParser(array, offset, length)) {
            PortableReader reader = new PortableReader(Forms.ALL, parser, resolver, cost);
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
                        "the stored bytes give no object: " + Shortened.text(e), reader.lastClass(), e);
            }
            if (value == null || parser.nextToken() != null) {
                throw new UndecodableValueException(
                        "portable bytes hold " + (value == null ? "null" : "more than one item"));
            }
            reader.complete();
            return value;
        }
    }
}
