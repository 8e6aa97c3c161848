package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Reply;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.shard.operation.EntryView;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.ExpiryWheel;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One cache's part of one shard. Guarded by the shard's lock. */
final class CacheShard implements EntryView.Place {
    private final Cache cache;
    private final EntryRules rules;
    EntryMap entries = new EntryMap();
    ExpiryWheel timers;
    final Map<Bytes, LeasedEntry> leases = new HashMap<>();
    final MovedDeadlines moved = new MovedDeadlines();
    /** What the counters of cache and node have been told of {@link #entries} and {@link #timers}. */
    long countedEntries;

    long countedBytes;

    private long highestVersion = Long.MIN_VALUE;

    CacheShard(Cache cache, EntryRules rules, long nowMillis) {
        this.cache = cache;
        this.rules = rules;
        this.timers = new ExpiryWheel(entries, nowMillis);
    }

    /** The hash of a key by which its entry is found. */
    int hash(Bytes key) {
        return cache.hash(key);
    }

    /** The record of a key; null if there is none. */
    byte @Nullable [] get(Bytes key) {
        return entries.get(key, hash(key));
    }

    /** Begins with nothing; entries and timers go on elsewhere, or nowhere. */
    void replace() {
        EntryMap none = new EntryMap();
        timers = timers.ofNone(none);
        entries = none;
    }

    @Override
    public long cacheId() {
        return cache.id();
    }

    @Override
    public CacheDefinition definition() {
        return cache.definition();
    }

    @Override
    public long nextVersion() {
        return rules.nextVersion();
    }

    @Override
    public NodeClock clock() {
        return rules.clock();
    }

    @Override
    public int maxValueBytes() {
        return rules.maxValueBytes();
    }

    @Override
    public Reply.@Nullable Failure refuseIfFull(byte @Nullable [] present, Bytes key, Bytes value) {
        return rules.refuseIfFull(cache, present, key, value);
    }

    @Override
    public void hit(byte[] record) {
        entries.recordHit(record);
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
                boolean isThere = get(watch.getKey()) != null;
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
