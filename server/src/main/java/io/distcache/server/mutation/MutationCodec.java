package io.distcache.server.mutation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.server.store.EntryRecord;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Mutations as bytes: the payload of a record of the log is what one command changed on one shard, one mutation after the other.
 *
 * <pre>
 *  mutation   kind (1), cache id (varint), and
 *    1 store    length (varint), the record (EntryRecord)
 *    2 delete   version (8), length (varint), key
 *    3 touch    version (8), deadline (8, milliseconds since the epoch), length (varint), key
 *    4 clear    version (8): entries of the cache in this shard with versions up to it are gone
 *    5 create   length (varint), definition
 *    6 destroy
 *    7 clear    version (8), shard (2), shards (2): entries of the cache that were in that one of so many shards of a node on its
 *               own, with versions up to it, are gone; in entries of groups only
 *
 *  definition namespace, name (text); creation, update, access ttl (8 each); by client (1); most entries, most bytes (8 each);
 *             when full (1); durability (1); attributes: count (varint), then name, value (text)
 * </pre>
 *
 * <p>Fixed numbers are big-endian, a varint is unsigned LEB128 of at most 10 bytes, text is a varint length and UTF-8. Thread-safe.
 */
public final class MutationCodec {
    private static final int STORE = 1;
    private static final int DELETE = 2;
    private static final int TOUCH = 3;
    private static final int CLEAR = 4;
    private static final int CREATE = 5;
    private static final int DESTROY = 6;
    private static final int CLEAR_PART = 7;

    private MutationCodec() {}

    /** Bytes that {@link #encode} will write. */
    public static int bytes(List<Mutation> mutations) {
        int bytes = 0;
        for (int i = 0; i < mutations.size(); i++) {
            bytes = Math.addExact(bytes, bytes(mutations.get(i)));
        }
        return bytes;
    }

    private static int bytes(Mutation mutation) {
        int head = 1 + varintBytes(mutation.cacheId());
        if (mutation instanceof Mutation.Store store) {
            return head + sized(store.record().length());
        }
        if (mutation instanceof Mutation.Delete delete) {
            return head + Long.BYTES + sized(delete.key().length());
        }
        if (mutation instanceof Mutation.Touch touch) {
            return head + 2 * Long.BYTES + sized(touch.key().length());
        }
        if (mutation instanceof Mutation.Clear) {
            return head + Long.BYTES;
        }
        if (mutation instanceof Mutation.ClearPart) {
            return head + Long.BYTES + 2 * Short.BYTES;
        }
        if (mutation instanceof Mutation.Create create) {
            return head + sized(definition(create.definition()).length);
        }
        return head;
    }

    /** Writes mutations. A record is copied as it stands, so this wants its shard's lock. */
    public static void encode(List<Mutation> mutations, byte[] array, int offset) {
        ByteBuffer out = ByteBuffer.wrap(array);
        out.position(offset);
        for (int i = 0; i < mutations.size(); i++) {
            encode(mutations.get(i), array, out);
        }
    }

    private static void encode(Mutation mutation, byte[] array, ByteBuffer out) {
        if (mutation instanceof Mutation.Store store) {
            head(STORE, store, out);
            putVarint(out, store.record().length());
            EntryRecord.copyTo(store.record().array(), array, out.position());
            out.position(out.position() + store.record().length());
        } else if (mutation instanceof Mutation.Delete delete) {
            head(DELETE, delete, out);
            out.putLong(delete.version());
            putBytes(out, delete.key());
        } else if (mutation instanceof Mutation.Touch touch) {
            head(TOUCH, touch, out);
            out.putLong(touch.version()).putLong(touch.deadlineMillis());
            putBytes(out, touch.key());
        } else if (mutation instanceof Mutation.Clear clear) {
            head(CLEAR, clear, out);
            out.putLong(clear.version());
        } else if (mutation instanceof Mutation.ClearPart clear) {
            head(CLEAR_PART, clear, out);
            out.putLong(clear.version()).putShort((short) clear.shard()).putShort((short) clear.shards());
        } else if (mutation instanceof Mutation.Create create) {
            head(CREATE, create, out);
            byte[] definition = definition(create.definition());
            putVarint(out, definition.length);
            out.put(definition);
        } else {
            head(DESTROY, mutation, out);
        }
    }

    private static void head(int kind, Mutation mutation, ByteBuffer out) {
        out.put((byte) kind);
        putVarint(out, mutation.cacheId());
    }

    /**
     * Reads the payload of a record.
     *
     * @throws IllegalArgumentException if the bytes are no mutations
     */
    public static List<Mutation> decode(byte[] array, int offset, int length) {
        ByteBuffer in = ByteBuffer.wrap(array, offset, length);
        List<Mutation> mutations = new ArrayList<>(2);
        try {
            while (in.hasRemaining()) {
                mutations.add(decode(in));
            }
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("a mutation is cut off after " + in.position() + " bytes", e);
        }
        return mutations;
    }

    private static Mutation decode(ByteBuffer in) {
        int kind = in.get();
        long cache = varint(in);
        return switch (kind) {
            case STORE -> {
                byte[] record = sized(in);
                if (!EntryRecord.isWellFormed(record)) {
                    throw new IllegalArgumentException("what is stored is no record");
                }
                yield new Mutation.Store(cache, Bytes.of(record));
            }
            case DELETE -> {
                long version = in.getLong();
                yield new Mutation.Delete(cache, Bytes.of(sized(in)), version);
            }
            case TOUCH -> {
                long version = in.getLong();
                long deadline = in.getLong();
                yield new Mutation.Touch(cache, Bytes.of(sized(in)), version, deadline);
            }
            case CLEAR -> new Mutation.Clear(cache, in.getLong());
            case CREATE -> new Mutation.Create(cache, definition(sized(in)));
            case DESTROY -> new Mutation.Destroy(cache);
            case CLEAR_PART ->
                new Mutation.ClearPart(cache, in.getLong(), in.getShort() & 0xffff, in.getShort() & 0xffff);
            default -> throw new IllegalArgumentException("a mutation has kind " + kind);
        };
    }

    /** Whether a payload is about entries, and not about a cache as such; those two kinds are never in one payload. */
    public static boolean isOfEntries(byte[] array, int offset) {
        return array[offset] < CREATE;
    }

    /** A definition as bytes. */
    public static byte[] definition(CacheDefinition definition) {
        Map<String, String> attributes = new TreeMap<>(definition.attributes());
        int bytes = textBytes(definition.namespace()) + textBytes(definition.name()) + 5 * Long.BYTES + 3;
        bytes += varintBytes(attributes.size());
        for (Map.Entry<String, String> attribute : attributes.entrySet()) {
            bytes += textBytes(attribute.getKey()) + textBytes(attribute.getValue());
        }
        ByteBuffer out = ByteBuffer.allocate(bytes);
        putText(out, definition.namespace());
        putText(out, definition.name());
        CacheDefinition.Expiry expiry = definition.expiry();
        out.putLong(expiry.creationMillis())
                .putLong(expiry.updateMillis())
                .putLong(expiry.accessMillis())
                .put((byte) (expiry.byClient() ? 1 : 0))
                .putLong(definition.maxEntries())
                .putLong(definition.maxBytes())
                .put((byte) definition.whenFull().ordinal())
                .put((byte) definition.durability().ordinal());
        putVarint(out, attributes.size());
        attributes.forEach((name, value) -> {
            putText(out, name);
            putText(out, value);
        });
        return out.array();
    }

    /**
     * Reads a definition.
     *
     * @throws IllegalArgumentException if the bytes are none
     */
    public static CacheDefinition definition(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        try {
            String namespace = text(in);
            String name = text(in);
            CacheDefinition.Expiry expiry =
                    new CacheDefinition.Expiry(in.getLong(), in.getLong(), in.getLong(), in.get() != 0);
            long maxEntries = in.getLong();
            long maxBytes = in.getLong();
            CacheDefinition.WhenFull whenFull = one(CacheDefinition.WhenFull.values(), in.get());
            CacheDefinition.Durability durability = one(CacheDefinition.Durability.values(), in.get());
            Map<String, String> attributes = new HashMap<>();
            for (long count = varint(in); count > 0; count--) {
                attributes.put(text(in), text(in));
            }
            if (in.hasRemaining()) {
                throw new IllegalArgumentException(in.remaining() + " bytes follow the definition of cache " + name);
            }
            return new CacheDefinition(namespace, name, expiry, maxEntries, maxBytes, whenFull, durability, attributes);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("the definition of a cache is cut off", e);
        }
    }

    private static <E> E one(E[] values, int ordinal) {
        if (ordinal < 0 || ordinal >= values.length) {
            throw new IllegalArgumentException(ordinal + " is none of " + List.of(values));
        }
        return values[ordinal];
    }

    private static int sized(int bytes) {
        return Math.addExact(varintBytes(bytes), bytes);
    }

    private static byte[] sized(ByteBuffer in) {
        long length = varint(in);
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException(length + " bytes announced where " + in.remaining() + " are left");
        }
        byte[] bytes = new byte[(int) length];
        in.get(bytes);
        return bytes;
    }

    private static void putBytes(ByteBuffer out, Bytes bytes) {
        putVarint(out, bytes.length());
        out.put(bytes.array(), bytes.offset(), bytes.length());
    }

    private static int textBytes(String text) {
        return sized(text.getBytes(StandardCharsets.UTF_8).length);
    }

    private static void putText(ByteBuffer out, String text) {
        putBytes(out, Bytes.of(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String text(ByteBuffer in) {
        return new String(sized(in), StandardCharsets.UTF_8);
    }

    private static int varintBytes(long value) {
        return (70 - Long.numberOfLeadingZeros(value | 1)) / 7;
    }

    private static void putVarint(ByteBuffer out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.put((byte) (rest | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < 70; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a varint is longer than 10 bytes");
    }
}
