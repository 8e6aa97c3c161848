package io.distcache.server.pool;

import io.distcache.protocol.CacheDefinition;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.Namespaces;
import io.distcache.server.shard.WriteGate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What was changed here on behalf of members that are away, for their return: which caches keep the hints. A hint is an entry with
 * the key of what was changed and no value, in a cache of the namespace {@link Namespaces#HINTS}, one for each member and cache; so it is
 * bounded, logged, copied by snapshots and replayed as entries are. That such a cache for "everything" exists says that the
 * whole cache counts as changed.
 *
 * <p>Thread-safe. Lock order: a shard's, then an {@link OfCache}'s, then those of {@link Caches} and the log.
 */
public final class Hints {
    /** Where the caches of hints are; clients have no access to it. */
    public static final String NAMESPACE = Namespaces.HINTS;
    /** The name that stands for all caches, in namespace "". */
    public static final String ALL_CACHES = "*";

    private static final String OWNER = "owner";
    private static final String TARGET_NAMESPACE = "namespace";
    private static final String TARGET = "cache";
    private static final String EVERYTHING = "/all";

    private final Caches caches;
    private final long maxHints;
    private final Map<String, Map<String, OfCache>> byMember = new ConcurrentHashMap<>();
    private final Set<String> handedOver = ConcurrentHashMap.newKeySet();

    /**
     * No hints yet.
     *
     * @param maxHints how many keys are remembered for one member and cache; then it is everything
     */
    public Hints(Caches caches, long maxHints) {
        this.caches = caches;
        this.maxHints = maxHints;
    }

    /** The hints for one member about one cache. */
    public final class OfCache implements WriteGate.CacheHints {
        private final String owner;
        private final String namespace;
        private final String cache;
        private final String name;
        private volatile @Nullable Cache keys;
        private volatile @Nullable Cache everything;
        private boolean renewed;

        private OfCache(String owner, String namespace, String cache, String name) {
            this.owner = owner;
            this.namespace = namespace;
            this.cache = cache;
            this.name = name;
        }

        /** The member. */
        public String owner() {
            return owner;
        }

        /** The namespace of the cache that was changed. */
        public String namespace() {
            return namespace;
        }

        /** The name of the cache that was changed; {@link #ALL_CACHES} for all. */
        public String cache() {
            return cache;
        }

        /** Whether they are about all caches there are. */
        public boolean isOfAllCaches() {
            return cache.equals(ALL_CACHES) && namespace.isEmpty() && name.endsWith("/" + ALL_CACHES);
        }

        /** The hints for single keys; null if there never were any. */
        public @Nullable Cache keys() {
            return keys;
        }

        @Override
        public boolean areHandedOver() {
            return isHandedOver(owner);
        }

        @Override
        public boolean isEverything() {
            return everything != null;
        }

        @Override
        public boolean isFull() {
            Cache made = keys;
            return made != null && made.entries() >= maxHints;
        }

        @Override
        public Cache keysOrNew() {
            Cache made = keys;
            if (made == null) {
                synchronized (this) {
                    made = keys;
                    if (made == null) {
                        made = make(name);
                        keys = made;
                    }
                }
            }
            return made;
        }

        /** {@inheritDoc} Also if that is just being handed over. */
        @Override
        public synchronized void everythingChanged() {
            renewed = true;
            if (everything == null) {
                everything = make(name + EVERYTHING);
            }
        }

        /**
         * Whether all of the owner's entries count as changed. If so, what of it comes from now on is not part of what is handed
         * over.
         */
        public synchronized boolean handOverEverything() {
            renewed = false;
            return everything != null;
        }

        /** The owner knows that all of its entries were changed, unless that has come again since. */
        public synchronized void everythingHandedOver() {
            if (!renewed && everything != null) {
                everything = null;
                caches.remove(NAMESPACE, name + EVERYTHING);
            }
        }

        private Cache make(String cacheName) {
            CacheDefinition definition = new CacheDefinition(
                    NAMESPACE,
                    cacheName,
                    CacheDefinition.Expiry.ETERNAL,
                    0,
                    0,
                    // So that nothing evicts them.
                    CacheDefinition.WhenFull.REFUSE,
                    CacheDefinition.Durability.LOGGED,
                    Map.of(OWNER, owner, TARGET_NAMESPACE, namespace, TARGET, cache));
            return caches.openOrCreate(definition).cache();
        }

        private long count() {
            Cache made = keys;
            return (made == null ? 0 : made.entries()) + (isEverything() ? 1 : 0);
        }

        /** Takes the caches out; their entries are still to be cleared. */
        private synchronized void drop(List<Cache> dropped) {
            everything = null;
            caches.remove(NAMESPACE, name + EVERYTHING);
            Cache made = keys;
            if (made != null && caches.remove(NAMESPACE, name) != null) {
                dropped.add(made);
            }
            keys = null;
        }
    }

    /** Finds what a restart brought back; before anybody adds to it. */
    public void restore() {
        for (Cache cache : caches.all()) {
            CacheDefinition definition = cache.definition();
            String owner = definition.attributes().get(OWNER);
            String namespace = definition.attributes().get(TARGET_NAMESPACE);
            String target = definition.attributes().get(TARGET);
            if (definition.namespace().equals(NAMESPACE) && owner != null && namespace != null && target != null) {
                boolean everything = definition.name().endsWith(EVERYTHING);
                String name = everything
                        ? definition.name().substring(0, definition.name().length() - EVERYTHING.length())
                        : definition.name();
                OfCache of = of(owner, namespace, target, name);
                if (everything) {
                    of.everything = cache;
                } else {
                    of.keys = cache;
                }
            }
        }
    }

    /** The hints for a member about a cache. */
    public OfCache of(String member, Cache cache) {
        return of(
                member,
                cache.definition().namespace(),
                cache.definition().name(),
                // By the id, so that a cache made anew under the same name has hints of its own.
                member + "/" + cache.id());
    }

    /** The hints for a member about all caches there are. */
    public OfCache ofAllCaches(String member) {
        return of(member, "", ALL_CACHES, member + "/" + ALL_CACHES);
    }

    private OfCache of(String member, String namespace, String cache, String name) {
        Map<String, OfCache> all = byMember.computeIfAbsent(member, m -> new ConcurrentHashMap<>());
        OfCache present = all.get(name);
        return present != null ? present : all.computeIfAbsent(name, n -> new OfCache(member, namespace, cache, n));
    }

    /** The hints for a member, about each cache; there may be none left in them. */
    public Collection<OfCache> of(String member) {
        Map<String, OfCache> all = byMember.get(member);
        return all == null ? List.of() : all.values();
    }

    /** Whether there are hints for a member. */
    public boolean has(String member) {
        return of(member).stream().anyMatch(of -> of.count() > 0);
    }

    /** Keys remembered for all members, and a one for each cache that counts as changed as a whole. */
    public long count() {
        return byMember.values().stream()
                .flatMap(all -> all.values().stream())
                .mapToLong(OfCache::count)
                .sum();
    }

    /**
     * A client begins to tell a member of its hints, or has ended. In between every change leaves a hint anew, whatever is there
     * already: what is there may be on its way to the member, and go when it has arrived.
     */
    public void handOver(String member, boolean begins) {
        if (begins) {
            handedOver.add(member);
        } else {
            handedOver.remove(member);
        }
    }

    private boolean isHandedOver(String member) {
        return !handedOver.isEmpty() && handedOver.contains(member);
    }

    /** Forgets what is kept for a member that will not come back; returns the caches whose entries are to be cleared. */
    public List<Cache> drop(String member) {
        List<Cache> dropped = new ArrayList<>();
        Map<String, OfCache> all = byMember.remove(member);
        if (all != null) {
            all.values().forEach(of -> of.drop(dropped));
        }
        return dropped;
    }

    /** Gives back what no longer serves: caches of hints without any, about caches that are gone, so that no more can come. */
    public void trim(String member) {
        for (OfCache of : of(member)) {
            Cache made = of.keys;
            boolean isGone = caches.all().stream().noneMatch(cache -> of.name.equals(member + "/" + cache.id()));
            if (isGone && made != null && made.entries() == 0 && !of.isEverything()) {
                caches.remove(NAMESPACE, of.name);
                of.keys = null;
            }
        }
    }

    /** Who has hints here, or had. */
    public Set<String> members() {
        return Set.copyOf(byMember.keySet());
    }
}
