package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.ExpiryWheel;
import java.util.HashMap;
import java.util.Map;

/** One cache's part of one shard. Guarded by the shard's lock. */
final class CacheShard {
    final EntryMap entries = new EntryMap();
    final ExpiryWheel timers;
    final Map<Bytes, LeasedEntry> leases = new HashMap<>();
    /** What the counters of cache and node have been told of {@link #entries} and {@link #timers}. */
    long countedEntries;

    long countedBytes;

    CacheShard(long nowMillis) {
        this.timers = new ExpiryWheel(entries, nowMillis);
    }

    long bytes() {
        return entries.bytes() + timers.bytes();
    }
}
