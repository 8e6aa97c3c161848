package io.distcache.server.shard;

import io.distcache.protocol.CacheDefinition;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.store.KeyHasher;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** The caches of a node by namespace and name. Thread-safe. */
public final class Caches {
    private record Name(String namespace, String name) {}

    /**
     * A cache, whether asking for it made it, and when that is logged.
     *
     * @param committed fails if the definition may be lost
     */
    public record Opened(Cache cache, boolean created, CompletionStage<Void> committed) {}

    /** A cache that is taken out, and when that is logged. */
    public record Removed(Cache cache, CompletionStage<Void> committed) {}

    /** Cache definitions are kept on shard 0's log. */
    private static final int DEFINITIONS_SHARD = 0;

    private final int shards;
    private final AcknowledgementBook book;
    private final CommitLog log;
    private final KeyHasher hasher;
    private final Map<Name, Cache> byName = new HashMap<>();
    private volatile List<Cache> all = List.of();
    private long lastId;

    /** No caches yet, and entries in an order that no other process has: for who is not scanned, or has nothing after a restart. */
    public Caches(int shards, AcknowledgementBook book, CommitLog log) {
        this(shards, book, log, KeyHasher.ofProcess());
    }

    /** No caches yet; {@code hasher} says in which order scans give the entries of each. */
    public Caches(int shards, AcknowledgementBook book, CommitLog log, KeyHasher hasher) {
        this.shards = shards;
        this.book = book;
        this.log = log;
        this.hasher = hasher;
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
            return new Opened(present, false, CommitLog.COMMITTED);
        }
        Cache made = new Cache(++lastId, definition, shards, book, hasher);
        // Before anybody can have the cache: its entries come later in the log.
        CompletionStage<Void> committed =
                log.append(DEFINITIONS_SHARD, List.of(new Mutation.Create(made.id(), definition)));
        add(made);
        return new Opened(made, true, committed);
    }

    /** The cache of that name, or null. */
    public synchronized @Nullable Cache find(String namespace, String name) {
        return byName.get(new Name(namespace, name));
    }

    /** Takes a cache out for good; its entries are still to be cleared. Null if there is none. */
    public synchronized @Nullable Removed remove(String namespace, String name) {
        Cache gone = byName.remove(new Name(namespace, name));
        if (gone == null) {
            return null;
        }
        gone.destroy();
        all = List.copyOf(byName.values());
        return new Removed(gone, log.append(DEFINITIONS_SHARD, List.of(new Mutation.Destroy(gone.id()))));
    }

    private void add(Cache cache) {
        byName.put(new Name(cache.definition().namespace(), cache.definition().name()), cache);
        all = List.copyOf(byName.values());
    }

    /**
     * What a snapshot begins with: every cache, and where the log ends with exactly these in it.
     *
     * @param position reads where the log ends
     */
    public synchronized Moment moment(LongSupplier position) {
        return new Moment(all, lastId, position.getAsLong());
    }

    /** The caches at a position of the log. */
    public record Moment(List<Cache> caches, long lastId, long position) {}

    // --- replay ---

    synchronized Cache restore(long id, CacheDefinition definition) {
        Cache cache = unnamed(id, definition);
        lastId = Math.max(lastId, id);
        add(cache);
        return cache;
    }

    /** A cache that nobody finds by its name until it is {@linkplain #name named}; its id was given elsewhere. */
    public Cache unnamed(long id, CacheDefinition definition) {
        return new Cache(id, definition, shards, book, hasher);
    }

    /** From now on a cache is found by its name. */
    public synchronized void name(Cache cache) {
        add(cache);
    }

    /** Takes a cache out without a word to the log, which does not have it, or has it as destroyed; its entries are still to go. */
    public synchronized void forget(Cache cache) {
        Name name = new Name(cache.definition().namespace(), cache.definition().name());
        if (byName.get(name) == cache) {
            byName.remove(name);
            all = List.copyOf(byName.values());
        }
        cache.destroy();
    }

    synchronized void raiseIds(long least) {
        lastId = Math.max(lastId, least);
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
