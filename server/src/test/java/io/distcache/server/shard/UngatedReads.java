package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.store.EntryRecord;

/** Reads that do not wait for the commit of what they have seen, to show that they have to. Stateless. */
public final class UngatedReads {
    private UngatedReads() {}

    /** What the shard has of an entry now, committed or not. */
    public static Reply get(Shard shard, Cache cache, int index, Bytes key) {
        shard.lock();
        try {
            CacheShard part = cache.part(index);
            byte[] record = part == null ? null : part.get(key);
            return record == null
                    ? Reply.Miss.INSTANCE
                    : new Reply.Value(EntryRecord.version(record), EntryRecord.value(record));
        } finally {
            shard.unlock();
        }
    }
}
