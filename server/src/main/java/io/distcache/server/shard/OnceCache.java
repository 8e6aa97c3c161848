package io.distcache.server.shard;

import io.distcache.protocol.CacheDefinition;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where a node keeps its replies to changes made once ({@link io.distcache.protocol.Command.Once}): a cache of its own, made with the first
 * of them, whose entries expire. So they are logged with the change, copied by snapshots and replayed as entries are. Thread-safe.
 * Its lock comes after a shard's, and before those of {@link Caches} and the log.
 */
public final class OnceCache {
    /** The namespace of that cache; clients have no access to it. */
    public static final String NAMESPACE = Namespaces.ONCE;

    private static final String NAME = "replies";

    /** Of that cache. */
    public static final CacheDefinition DEFINITION = new CacheDefinition(
            NAMESPACE,
            NAME,
            CacheDefinition.Expiry.ETERNAL,
            0,
            0,
            // So that nothing evicts them.
            CacheDefinition.WhenFull.REFUSE,
            CacheDefinition.Durability.LOGGED,
            Map.of());

    private final Caches caches;
    private volatile @Nullable Cache cache;

    /** Nothing is made yet. */
    public OnceCache(Caches caches) {
        this.caches = caches;
    }

    /** The cache; null if nothing was ever kept. */
    @Nullable
    Cache present() {
        Cache made = cache;
        if (made == null) {
            made = caches.find(NAMESPACE, NAME);
            cache = made;
        }
        return made;
    }

    Cache orNew() {
        Cache made = present();
        if (made == null) {
            made = caches.openOrCreate(DEFINITION).cache();
            cache = made;
        }
        return made;
    }
}
