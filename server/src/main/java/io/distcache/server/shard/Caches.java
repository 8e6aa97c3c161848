package io.distcache.server.shard;

import io.distcache.protocol.CacheDefinition;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The caches of a node by namespace and name. Thread-safe. */
public final class Caches {
    private record Name(String namespace, String name) {}

    /** A cache, and whether asking for it made it. */
    public record Opened(Cache cache, boolean created) {}

    /** Cache definitions are kept on shard 0's log. */
    private static final int DEFINITIONS_SHARD = 0;

    private final int shards;
    private final AcknowledgementBook book;
    private final CommitLog log;
    private final Map<Name, Cache> byName = new HashMap<>();
    private volatile List<Cache> all = List.of();
    private long lastId;

    /** No caches yet; ids start above {@code firstId}. */
    public Caches(int shards, long firstId, AcknowledgementBook book, CommitLog log) {
        this.shards = shards;
        this.lastId = firstId;
        this.book = book;
        this.log = log;
    }

    /** Every cache there is. */
    public Collection<Cache> all() {
        return all;
    }

    /** The cache of that name, made from the definition if it was not there. */
    public synchronized Opened openOrCreate(CacheDefinition definition) {
        Name name = new Name(definition.namespace(), definition.name());
        Cache present = byName.get(name);
        if (present != null) {
            return new Opened(present, false);
        }
        Cache made = new Cache(++lastId, definition, shards, book);
        log.append(DEFINITIONS_SHARD, List.of(new Mutation.Create(made.id(), definition)));
        byName.put(name, made);
        all = List.copyOf(byName.values());
        return new Opened(made, true);
    }

    /** The cache of that name, or null. */
    public synchronized @Nullable Cache find(String namespace, String name) {
        return byName.get(new Name(namespace, name));
    }

    /** Takes a cache out for good; its entries are still to be cleared. Null if there is none. */
    public synchronized @Nullable Cache remove(String namespace, String name) {
        Cache gone = byName.remove(new Name(namespace, name));
        if (gone != null) {
            gone.destroy();
            log.append(DEFINITIONS_SHARD, List.of(new Mutation.Destroy(gone.id())));
            all = List.copyOf(byName.values());
        }
        return gone;
    }

    /** The definitions of a namespace, by name. */
    public List<CacheDefinition> definitions(String namespace) {
        return all.stream()
                .map(Cache::definition)
                .filter(d -> d.namespace().equals(namespace))
                .sorted(Comparator.comparing(CacheDefinition::name))
                .toList();
    }
}
