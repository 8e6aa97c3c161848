package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps caches and node within their bounds: after each write, entries are dropped until they fit again. The hand goes round over
 * the shards, and within a shard the cache's own hand chooses (scan-resistant, amortised O(1)). Thread-safe; holds no lock while
 * it takes a shard's.
 */
public final class Evictor {
    private static final int BURST = 64;

    private final Caches caches;
    private final Shards shards;
    private final Budget budget;
    private final AtomicInteger hand = new AtomicInteger();

    public Evictor(Caches caches, Shards shards, Budget budget) {
        this.caches = caches;
        this.shards = shards;
        this.budget = budget;
    }

    /** What it keeps the node within. */
    public Budget budget() {
        return budget;
    }

    /**
     * Drops entries until a cache and the node are within their bounds.
     *
     * @param written the key just written, which stays; null if none
     */
    public void makeRoom(Cache cache, @Nullable Bytes written) {
        while (cache.isOverBound() && cache.definition().whenFull() == CacheDefinition.WhenFull.EVICT) {
            if (!evictFrom(cache, written)) {
                break;
            }
        }
        while (budget.isOver(0, 0)) {
            Cache largest = largestEvictable();
            if (largest == null || !evictSome(largest, largest == cache ? written : null)) {
                break;
            }
        }
    }

    /** Several at once: to find the largest of many caches costs more than to drop an entry. */
    private boolean evictSome(Cache cache, @Nullable Bytes except) {
        int dropped = 0;
        while (dropped < BURST && budget.isOver(0, 0) && evictFrom(cache, except)) {
            dropped++;
        }
        return dropped > 0;
    }

    /**
     * Drops entries until so many bytes more are within the node's bound, for a write that is large enough for the heap to feel it
     * before {@link #makeRoom}.
     */
    public void makeRoomFor(Cache cache, Bytes key, long bytes) {
        while (bytes <= budget.maxBytes() / 2 && budget.isOver(0, bytes)) {
            Cache largest = largestEvictable();
            if (largest == null || !evictFrom(largest, largest == cache ? key : null)) {
                break;
            }
        }
    }

    private boolean evictFrom(Cache cache, @Nullable Bytes except) {
        // A round of its own from where the hand stands: were the hand moved by each look, threads evicting at once
        // would see
        // some of the shards each, and could all find nothing while the cache is over its bound.
        int start = hand.get();
        for (int i = 0; i < shards.size(); i++) {
            if (shards.get(Math.floorMod(start + i, shards.size())).upkeep().evictOne(cache, except)) {
                hand.set(start + i + 1);
                return true;
            }
        }
        return false;
    }

    private @Nullable Cache largestEvictable() {
        Cache largest = null;
        for (Cache cache : caches.all()) {
            if (cache.definition().whenFull() == CacheDefinition.WhenFull.EVICT
                    && cache.entries() > 0
                    && (largest == null || cache.bytes() > largest.bytes())) {
                largest = cache;
            }
        }
        return largest;
    }
}
