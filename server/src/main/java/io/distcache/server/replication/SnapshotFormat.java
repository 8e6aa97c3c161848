package io.distcache.server.replication;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import java.util.List;

/** What is in the pieces of a group's snapshot, for who has no shards to install it in. Stateless. */
public final class SnapshotFormat {
    private SnapshotFormat() {}

    /** Takes what is in a piece, in order. */
    public interface Visitor {
        void cache(long id, CacheDefinition definition);

        void entry(int partition, long cache, byte[] record);
    }

    /**
     * Reads a piece.
     *
     * @param group of the consensus
     * @throws IllegalArgumentException if it is none of this version
     */
    public static void read(Layout layout, int group, byte[] piece, Visitor to) {
        if (group == Layout.META) {
            Meta.definitions(piece).forEach(to::cache);
            return;
        }
        GroupSnapshot.read(layout, group, piece, new GroupSnapshot.Visitor() {
            @Override
            public void millis(long newest) {}

            @Override
            public void version(int partition, long last) {}

            @Override
            public void cache(long id, CacheDefinition definition) {
                to.cache(id, definition);
            }

            @Override
            public void entries(int partition, long cache, List<Bytes> records) {
                records.forEach(record -> to.entry(partition, cache, record.array()));
            }
        });
    }
}
