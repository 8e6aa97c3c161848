package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.ExpiryWheel;
import io.distcache.server.store.KeyHasher;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One cache's part of one shard. Guarded by the shard's lock. */
final class CacheShard {
    final EntryMap entries = new EntryMap();
    final ExpiryWheel timers;
    final Map<Bytes, LeasedEntry> leases = new HashMap<>();
    /** What the counters of cache and node have been told of {@link #entries} and {@link #timers}. */
    long countedEntries;

    long countedBytes;

    private long highestVersion = Long.MIN_VALUE;

    CacheShard(long nowMillis) {
        this.timers = new ExpiryWheel(entries, nowMillis);
    }

    /** Null while nothing is watched, which is nearly always. */
    @Nullable
    Map<Bytes, Set<Watch>> watches;

    /** An entry with this version is here now. */
    void stored(long version) {
        highestVersion = Math.max(highestVersion, version);
    }

    /** No entry here has a higher version. */
    long highestVersion() {
        return highestVersion;
    }

    /** An entry was changed, or has gone. Who watches it is told once: so many of them cost the first change, and no later one. */
    void touched(Bytes key) {
        Map<Bytes, Set<Watch>> watched = watches;
        Set<Watch> told = watched == null ? null : watched.remove(key);
        if (told != null) {
            told.forEach(Watch::touch);
            forgetIfNone();
        }
    }

    /** All entries are about to go. */
    void touchedAll() {
        Map<Bytes, Set<Watch>> watched = watches;
        if (watched != null) {
            watched.entrySet().removeIf(watch -> {
                boolean isThere = entries.get(watch.getKey(), KeyHasher.hash(watch.getKey())) != null;
                if (isThere) {
                    watch.getValue().forEach(Watch::touch);
                }
                return isThere;
            });
            forgetIfNone();
        }
    }

    void watch(Bytes key, Watch watch) {
        Map<Bytes, Set<Watch>> watched = watches;
        if (watched == null) {
            watched = new HashMap<>();
            watches = watched;
        }
        watched.computeIfAbsent(key, k -> new HashSet<>(2)).add(watch);
    }

    void unwatch(Bytes key, Watch watch) {
        Map<Bytes, Set<Watch>> watched = watches;
        if (watched != null) {
            watched.computeIfPresent(key, (k, all) -> all.remove(watch) && all.isEmpty() ? null : all);
            forgetIfNone();
        }
    }

    private void forgetIfNone() {
        if (watches != null && watches.isEmpty()) {
            watches = null;
        }
    }

    long bytes() {
        return entries.bytes() + timers.bytes();
    }
}
