package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.ExpiryWheel;
import io.distcache.server.store.KeyHasher;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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

    /** Null while nothing is watched, which is nearly always. */
    @Nullable
    Map<Bytes, List<Watch>> watches;

    /** An entry was changed, or has gone. */
    void touched(Bytes key) {
        Map<Bytes, List<Watch>> watched = watches;
        if (watched != null) {
            watched.getOrDefault(key, List.of()).forEach(Watch::touch);
        }
    }

    /** All entries are about to go. */
    void touchedAll() {
        Map<Bytes, List<Watch>> watched = watches;
        if (watched != null) {
            watched.forEach((key, all) -> {
                if (entries.get(key, KeyHasher.hash(key)) != null) {
                    all.forEach(Watch::touch);
                }
            });
        }
    }

    long bytes() {
        return entries.bytes() + timers.bytes();
    }
}
