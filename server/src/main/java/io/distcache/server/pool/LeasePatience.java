package io.distcache.server.pool;

import io.distcache.protocol.Bytes;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import java.util.Collection;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Lets those who hold leases on keys that go elsewhere finish, so that a pool that changes as planned costs no entry processor its
 * work. New ones are refused by then; who takes longer loses the lease. Stateless.
 */
final class LeasePatience {
    private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long LOOK_EVERY_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

    private LeasePatience() {}

    /** Waits until there is no lease on such keys, for a moment at most. */
    static void await(Shards shards, Collection<Cache> caches, Predicate<Bytes> keys) {
        long deadline = System.nanoTime() + LIMIT_NANOS;
        for (Cache cache : caches) {
            for (Shard shard : shards) {
                while (shard.upkeep().hasLeases(cache, keys) && System.nanoTime() - deadline < 0) {
                    LockSupport.parkNanos(LOOK_EVERY_NANOS);
                }
            }
        }
    }
}
