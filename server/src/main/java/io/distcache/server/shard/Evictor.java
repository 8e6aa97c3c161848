package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Keeps caches and node within their bounds: after each write, entries are dropped until they fit again. The hand goes round over
 * the shards, and within a shard the cache's own hand chooses (scan-resistant, amortised O(1)). Thread-safe; holds no lock while
 * it takes a shard's.
 */
public final class Evictor {
    private final Caches caches;
    private final List<Shard> shards;
    private final Budget budget;
    private final AtomicInteger hand = new AtomicInteger();

    public Evictor(Caches caches, List<Shard> shards, Budget budget) {
        this.caches = caches;
        this.shards = List.copyOf(shards);
        this.budget = budget;
    }

    /** Drops entries until the cache just written to and the node are within their bounds; {@code written} stays. */
    public void makeRoom(Cache cache, Bytes written) {
        while (cache.isOverBound() && cache.definition().whenFull() == CacheDefinition.WhenFull.EVICT) {
            if (!evictFrom(cache, written)) {
                break;
            }
        }
        while (budget.isOver(0, 0)) {
            Cache largest = largestEvictable();
            if (largest == null || !evictFrom(largest, largest == cache ? written : null)) {
                break;
            }
        }
    }

    private boolean evictFrom(Cache cache, @Nullable Bytes except) {
        for (int tries = 0; tries < shards.size(); tries++) {
            Shard shard = shards.get(Math.floorMod(hand.getAndIncrement(), shards.size()));
            if (shard.evictOne(cache, except)) {
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
