package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.KeySlot;

/** Which shard has a key. Stateless. */
public final class Partitioning {

    private Partitioning() {}

    /**
     * The index of the shard that has a key.
     *
     * @param shards how many shards there are, a power of two
     */
    public static int of(Bytes key, int shards) {
        return KeySlot.of(key) & (shards - 1);
    }
}
