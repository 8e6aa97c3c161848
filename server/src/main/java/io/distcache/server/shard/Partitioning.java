package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.KeySlot;

/** Which of a node's shards, a power of two, has a key. Stateless. */
public enum Partitioning {
    /** Neighbouring slots are in different shards: any number of shards has its share of every range of slots. */
    INTERLEAVED {
        @Override
        int ofSlot(int slot, int shards) {
            return slot & (shards - 1);
        }
    },
    /** Each shard has a range of slots, so that what a group of shards has can be said in a few words. */
    RANGES {
        @Override
        int ofSlot(int slot, int shards) {
            return slot / (KeySlot.SLOTS / shards);
        }
    };

    abstract int ofSlot(int slot, int shards);

    /**
     * The index of the shard that has a key.
     *
     * @param shards how many shards there are, a power of two
     */
    public int of(Bytes key, int shards) {
        return ofSlot(KeySlot.of(key), shards);
    }
}
