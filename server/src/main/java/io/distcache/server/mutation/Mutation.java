package io.distcache.server.mutation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.server.store.EntryRecord;

/**
 * What a shard decided, with clock and version already resolved: the only thing that is logged and replayed. Applying one reads
 * no clock and no random number, so replay is deterministic; applying one twice, or over later ones, changes nothing more. Immutable.
 */
public sealed interface Mutation {

    /** The cache it is about. */
    long cacheId();

    /** The version of what is there then, or before which all has gone; 0 if it is about none. */
    default long version() {
        return 0;
    }

    /** It is about one entry. */
    sealed interface OnEntry extends Mutation {
        /** The entry's key. */
        Bytes key();
    }

    /**
     * An entry is there from now on: the whole record as it stands in memory ({@link EntryRecord}). The
     * array is the map's own, whose header changes later.
     */
    record Store(long cacheId, Bytes record) implements OnEntry {
        @Override
        public Bytes key() {
            return EntryRecord.key(record.array());
        }

        @Override
        public long version() {
            return EntryRecord.version(record.array());
        }
    }

    /** An entry is gone, whether removed, expired or evicted. */
    record Delete(long cacheId, Bytes key, long version) implements OnEntry {}

    /** An entry has another deadline; its version stays. */
    record Touch(long cacheId, Bytes key, long version, long deadlineMillis) implements OnEntry {}

    /** This shard's entries of a cache with versions up to this one are gone. */
    record Clear(long cacheId, long version) implements Mutation {}

    /**
     * The entries of a cache are gone that were in one of so many shards by {@link io.distcache.protocol.KeySlot}, with versions up to this
     * one: what {@link Clear} was where there were those shards.
     */
    record ClearPart(long cacheId, long version, int shard, int shards) implements Mutation {}

    /** A cache exists from now on. */
    record Create(long cacheId, CacheDefinition definition) implements Mutation {}

    /** A cache and its entries are gone for good; ids are never reused. */
    record Destroy(long cacheId) implements Mutation {}
}
