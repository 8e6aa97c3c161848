package io.distcache.server.replication;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Push;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.OnceCache;
import io.distcache.server.shard.Replica;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The caches of a replicated pool by their ids, which are the same on all nodes. One is made and goes by what the first group agrees on.
 * Groups of keys may be ahead of that: an entry of theirs that is the first to be about a cache says its definition, and until the first group
 * says its name here, too, it has none. Of an id that was given and is not here the cache is gone for good.
 *
 * <p>Thread-safe; changed on the consensus loop only.
 */
final class CacheTable implements Replica.ById {
    /** Of the cache that keeps replies, which every node has from the beginning. */
    static final long REPLIES = 1;

    private final Caches caches;
    private final Map<Long, Cache> byId = new ConcurrentHashMap<>();
    private volatile long lastId = REPLIES;

    CacheTable(Caches caches) {
        this.caches = caches;
        Cache replies = caches.unnamed(REPLIES, OnceCache.DEFINITION);
        caches.name(replies);
        byId.put(REPLIES, replies);
    }

    @Override
    public @Nullable Cache find(long id) {
        return byId.get(id);
    }

    /** What says that a cache exists; null if it does not any more. */
    Mutation.@Nullable Create creation(long id) {
        Cache cache = byId.get(id);
        return cache == null ? null : new Mutation.Create(id, cache.definition());
    }

    /** All there are, with and without a name. */
    List<Cache> all() {
        return new ArrayList<>(byId.values());
    }

    long lastId() {
        return lastId;
    }

    /** Those that have got names, by id. */
    List<Cache> named() {
        return all().stream()
                .filter(cache -> cache.id() <= lastId && cache.id() != REPLIES)
                .sorted(Comparator.comparingLong(Cache::id))
                .toList();
    }

    // --- on the loop ---

    /** A group of keys is about to speak of a cache. */
    void announce(long id, CacheDefinition definition) {
        if (id > lastId) {
            byId.computeIfAbsent(id, made -> caches.unnamed(made, definition));
        }
    }

    /** The cache of a name, or null. */
    @Nullable
    Cache named(String namespace, String name) {
        return caches.find(namespace, name);
    }

    /** The cache of a name; made if it is not there. */
    Cache open(CacheDefinition definition) {
        Cache present = caches.find(definition.namespace(), definition.name());
        return present == null ? restore(lastId + 1, definition) : present;
    }

    private Cache restore(long id, CacheDefinition definition) {
        Cache cache = byId.computeIfAbsent(id, made -> caches.unnamed(made, definition));
        lastId = Math.max(lastId, id);
        caches.name(cache);
        return cache;
    }

    /** A cache goes for good. */
    boolean destroy(String namespace, String name, Shards shards) {
        Cache gone = caches.find(namespace, name);
        if (gone == null) {
            return false;
        }
        destroy(gone, shards);
        return true;
    }

    private void destroy(Cache gone, Shards shards) {
        byId.remove(gone.id());
        caches.forget(gone);
        for (Shard shard : shards) {
            shard.replica().forget(gone);
        }
        for (Cache.OpenHandle open : gone.openHandles()) {
            open.session().push(new Push.Destroyed(open.handle()));
            // A client that never asks again, and so never closes it, would keep it for as long as it is connected.
            open.session().release(open.handle());
        }
    }

    /**
     * Gives a name to those that have none yet, as nobody is going to say it any more. Of two with the same name the later one is there: the
     * first group made it when the earlier one was destroyed.
     */
    void nameAll(Shards shards) {
        List<Cache> unnamed = all().stream()
                .filter(cache -> cache.id() > lastId)
                .sorted(Comparator.comparingLong(Cache::id))
                .toList();
        for (Cache cache : unnamed) {
            destroy(cache.definition().namespace(), cache.definition().name(), shards);
            restore(cache.id(), cache.definition());
        }
    }

    /** All is as another node had it. */
    void restore(long ofLastId, Map<Long, CacheDefinition> definitions, Shards shards) {
        for (Cache cache : all()) {
            boolean isGone = cache.id() <= ofLastId && cache.id() != REPLIES && !definitions.containsKey(cache.id());
            if (isGone) {
                destroy(cache, shards);
            }
        }
        definitions.forEach(this::restore);
        lastId = ofLastId;
    }
}
