package io.distcache.server.replication;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Replica;
import io.distcache.server.shard.Shards;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * What a group of keys holds, in pieces, each of which can be read by itself.
 *
 * <pre>
 *  piece   1  version   1
 *          1  kind      1 beginning, 2 entries
 *  beginning:
 *          8  millis    the newest time of a leader that was applied
 *          for each partition of the group:
 *              8  version   versions given from now on are higher
 *          for each cache that has entries:
 *              8  id
 *              4  length of the definition
 *              n  definition
 *  entries:
 *          2  partition
 *          8  cache
 *          for each:
 *              4  length
 *              n  record, as in a node's log
 * </pre>
 *
 * Stateless.
 */
final class GroupSnapshot {
    private static final byte VERSION = 1;
    private static final byte BEGINNING = 1;
    private static final byte ENTRIES = 2;
    static final int ENTRIES_HEADER = 12;
    private static final int MILLIS_AT = 2;

    private GroupSnapshot() {}

    /** What is to be written of one cache in one partition. */
    private record Part(int partition, Cache cache, Replica.Committed entries) {}

    /**
     * The newest time of a leader that is in a snapshot.
     *
     * @param beginning its first piece
     */
    static long millis(byte[] beginning) {
        return ByteBuffer.wrap(beginning).getLong(MILLIS_AT);
    }

    /** Looks at all of a group, under the locks of its partitions one after another; each piece is copied when it is asked for. */
    static void write(
            Layout layout,
            int group,
            long millis,
            Shards shards,
            List<Cache> caches,
            int pieceBytes,
            Consumer<Supplier<byte[]>> pieces) {
        List<Part> parts = new ArrayList<>();
        List<Cache> found = new ArrayList<>();
        for (Cache cache : caches.stream()
                .filter(Cache::isLogged)
                .sorted(Comparator.comparingLong(Cache::id))
                .toList()) {
            int before = parts.size();
            for (int partition = layout.first(group); partition < layout.end(group); partition++) {
                Replica.Committed entries = shards.get(partition).replica().committed(cache);
                if (entries.size() > 0) {
                    parts.add(new Part(partition, cache, entries));
                }
            }
            if (parts.size() > before) {
                found.add(cache);
            }
        }
        byte[] beginning = beginning(layout, group, millis, shards, found);
        pieces.accept(() -> beginning);
        for (Part part : parts) {
            write(part, pieceBytes, pieces);
        }
    }

    private static byte[] beginning(Layout layout, int group, long millis, Shards shards, List<Cache> caches) {
        long[] versions = new long[layout.end(group) - layout.first(group)];
        for (int i = 0; i < versions.length; i++) {
            versions[i] = shards.get(layout.first(group) + i).contents().lastVersion();
        }
        return beginning(millis, versions, caches);
    }

    /**
     * The first piece.
     *
     * @param versions by partition of the group: those given from now on are higher
     * @param caches that the pieces after it are about
     */
    static byte[] beginning(long millis, long[] versions, List<Cache> caches) {
        List<byte[]> definitions = caches.stream()
                .map(cache -> MutationCodec.definition(cache.definition()))
                .toList();
        int bytes = 2 + Long.BYTES + versions.length * Long.BYTES;
        for (byte[] definition : definitions) {
            bytes += Long.BYTES + Integer.BYTES + definition.length;
        }
        ByteBuffer out = ByteBuffer.allocate(bytes).put(VERSION).put(BEGINNING).putLong(millis);
        for (long version : versions) {
            out.putLong(version);
        }
        for (int i = 0; i < definitions.size(); i++) {
            out.putLong(caches.get(i).id()).putInt(definitions.get(i).length).put(definitions.get(i));
        }
        return out.array();
    }

    /**
     * A piece with entries.
     *
     * @param bytes that the piece will have
     */
    static byte[] entries(int partition, long cache, List<byte[]> records, int bytes) {
        ByteBuffer out = ByteBuffer.allocate(bytes)
                .put(VERSION)
                .put(ENTRIES)
                .putShort((short) partition)
                .putLong(cache);
        for (byte[] record : records) {
            out.putInt(record.length).put(record);
        }
        return out.array();
    }

    private static void write(Part part, int pieceBytes, Consumer<Supplier<byte[]>> pieces) {
        int from = 0;
        while (from < part.entries.size()) {
            int to = from;
            long bytes = ENTRIES_HEADER;
            do {
                bytes += Integer.BYTES + part.entries.length(to++);
            } while (to < part.entries.size() && bytes + Integer.BYTES + part.entries.length(to) <= pieceBytes);
            int first = from;
            int end = to;
            int length = Math.toIntExact(bytes);
            pieces.accept(() -> piece(part, first, end, length));
            from = to;
        }
    }

    private static byte[] piece(Part part, int from, int to, int bytes) {
        ByteBuffer out = ByteBuffer.allocate(bytes)
                .put(VERSION)
                .put(ENTRIES)
                .putShort((short) part.partition)
                .putLong(part.cache.id());
        for (int i = from; i < to; i++) {
            out.putInt(part.entries.length(i));
            part.entries.copyTo(i, out.array(), out.position());
            out.position(out.position() + part.entries.length(i));
        }
        return out.array();
    }

    /**
     * Brings a group back, in place of what there is. Until all of it is here none of it is shown.
     *
     * @return the newest time of a leader that is in it
     * @throws IllegalArgumentException if the pieces are none of this version
     */
    static long install(Layout layout, int group, Iterable<byte[]> pieces, Shards shards, CacheTable caches) {
        for (int partition = layout.first(group); partition < layout.end(group); partition++) {
            shards.get(partition).replica().empty(caches.all());
        }
        long millis = read(layout, group, pieces, shards, caches);
        for (int partition = layout.first(group); partition < layout.end(group); partition++) {
            shards.get(partition).replica().complete();
        }
        return millis;
    }

    private static long read(Layout layout, int group, Iterable<byte[]> pieces, Shards shards, CacheTable caches) {
        long[] millis = new long[1];
        for (byte[] piece : pieces) {
            read(layout, group, piece, new Visitor() {
                @Override
                public void millis(long newest) {
                    millis[0] = newest;
                }

                @Override
                public void version(int partition, long last) {
                    shards.get(partition).replica().raiseVersion(last);
                }

                @Override
                public void cache(long id, CacheDefinition definition) {
                    caches.announce(id, definition);
                }

                @Override
                public void entries(int partition, long cache, List<Bytes> records) {
                    List<Mutation> stored = new ArrayList<>(records.size());
                    records.forEach(record -> stored.add(new Mutation.Store(cache, record)));
                    shards.get(partition).replica().follow(stored, caches);
                }
            });
        }
        return millis[0];
    }

    /** Takes what is in a piece, in order. */
    interface Visitor {
        void millis(long newest);

        void version(int partition, long last);

        void cache(long id, CacheDefinition definition);

        void entries(int partition, long cache, List<Bytes> records);
    }

    /**
     * Reads a piece.
     *
     * @throws IllegalArgumentException if it is none of this version
     */
    static void read(Layout layout, int group, byte[] piece, Visitor to) {
        ByteBuffer in = ByteBuffer.wrap(piece);
        try {
            int version = in.get();
            if (version != VERSION) {
                throw new IllegalArgumentException(
                        "a snapshot of a group has format version " + version + "; this node knows version " + VERSION);
            }
            if (in.get() == BEGINNING) {
                to.millis(in.getLong());
                for (int partition = layout.first(group); partition < layout.end(group); partition++) {
                    to.version(partition, in.getLong());
                }
                while (in.hasRemaining()) {
                    long id = in.getLong();
                    to.cache(id, MutationCodec.definition(bytes(in)));
                }
            } else {
                int partition = in.getShort();
                long cache = in.getLong();
                List<Bytes> records = new ArrayList<>();
                while (in.hasRemaining()) {
                    records.add(Bytes.of(bytes(in)));
                }
                to.entries(partition, cache, records);
            }
        } catch (BufferUnderflowException | NegativeArraySizeException e) {
            throw new IllegalArgumentException(
                    "a piece of a group's snapshot is cut off after " + in.position() + " bytes", e);
        }
    }

    private static byte[] bytes(ByteBuffer in) {
        byte[] bytes = new byte[in.getInt()];
        in.get(bytes);
        return bytes;
    }
}
