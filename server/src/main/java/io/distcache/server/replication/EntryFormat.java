package io.distcache.server.replication;

import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What stands in an entry of a group of keys: the changes that a leader has made and not proposed before, in order.
 *
 * <pre>
 *  offset  bytes  field
 *       0      1  version    1
 *       1      8  millis     the leader's time, since 1970
 *       9      8  number     rises by one with each entry of an epoch
 *      17         sections, each
 *                 2  partition  0xffff: caches that the sections after it are about
 *                 4  length     of the mutations
 *                 n  mutations  as in a node's log
 * </pre>
 *
 * Stateless.
 */
public final class EntryFormat {
    static final int HEADER_BYTES = 17;
    static final int SECTION_BYTES = 6;
    static final int CACHES = 0xffff;

    private static final byte VERSION = 1;
    private static final int MILLIS_AT = 1;
    private static final int NUMBER_AT = 9;

    private EntryFormat() {}

    static void header(byte[] entry, long millis, long number) {
        ByteBuffer.wrap(entry).put(VERSION).putLong(millis).putLong(number);
    }

    static int section(byte[] entry, int offset, int partition, List<Mutation> mutations, int bytes) {
        ByteBuffer.wrap(entry).putShort(offset, (short) partition).putInt(offset + Short.BYTES, bytes);
        MutationCodec.encode(mutations, entry, offset + SECTION_BYTES);
        return offset + SECTION_BYTES + bytes;
    }

    /** The leader's time. */
    static long millis(byte[] entry) {
        return ByteBuffer.wrap(entry).getLong(MILLIS_AT);
    }

    static long number(byte[] entry) {
        return ByteBuffer.wrap(entry).getLong(NUMBER_AT);
    }

    /** Takes the parts of an entry, in order. */
    public interface Visitor {
        void caches(List<Mutation> created);

        void changes(int partition, List<Mutation> mutations);
    }

    /**
     * Reads an entry.
     *
     * @return the leader's time
     * @throws IllegalArgumentException if it is none of this version
     */
    public static long read(byte[] entry, Visitor visitor) {
        ByteBuffer in = ByteBuffer.wrap(entry);
        try {
            int version = in.get();
            if (version != VERSION) {
                throw new IllegalArgumentException("an entry of a group has format version " + version
                        + "; this node knows version " + VERSION + ". All nodes of a pool have the same release");
            }
            long millis = in.getLong();
            in.getLong();
            while (in.hasRemaining()) {
                int partition = in.getShort() & 0xffff;
                int bytes = in.getInt();
                List<Mutation> mutations = MutationCodec.decode(entry, in.position(), bytes);
                in.position(in.position() + bytes);
                if (partition == CACHES) {
                    visitor.caches(mutations);
                } else {
                    visitor.changes(partition, mutations);
                }
            }
            return millis;
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("an entry of a group is cut off after " + in.position() + " bytes", e);
        }
    }
}
