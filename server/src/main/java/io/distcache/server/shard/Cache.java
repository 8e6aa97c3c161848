package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.server.store.KeyHasher;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** One cache on this node: its definition, its part of every shard, and its counters. Thread-safe. */
public final class Cache {

    /** A session that has this cache open, and its handle for it. */
    public record OpenHandle(Session session, int handle) {}

    private final long id;
    private final CacheDefinition definition;
    private final boolean internal;
    private final boolean ofReplies;
    private final boolean ofHints;
    private final @Nullable CacheShard[] parts;
    private final KeyHasher hasher;
    private final Subscriptions subscriptions;
    private final Set<OpenHandle> openHandles = ConcurrentHashMap.newKeySet();
    private final AtomicLong entries = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final LongAdder evictions = new LongAdder();
    private final LongAdder expirations = new LongAdder();
    private volatile boolean destroyed;

    Cache(long id, CacheDefinition definition, int shards, AcknowledgementBook book, KeyHasher hasher) {
        this.id = id;
        this.definition = definition;
        this.internal = Namespaces.isInternal(definition.namespace());
        this.ofReplies = definition.namespace().equals(Namespaces.ONCE);
        this.ofHints = definition.namespace().equals(Namespaces.HINTS);
        this.hasher = hasher;
        this.parts = new CacheShard[shards];
        this.subscriptions = new Subscriptions(book);
    }

    /** Never reused, not even after a restart. */
    public long id() {
        return id;
    }

    public CacheDefinition definition() {
        return definition;
    }

    /** The hash of a key by which all parts of this cache find its entry. */
    int hash(Bytes key) {
        return hasher.hash(key);
    }

    /** Whether its changes are logged, if its node logs at all. */
    public boolean isLogged() {
        return definition.durability() == CacheDefinition.Durability.LOGGED;
    }

    /** Whether it is the node's own: clients have no access to it, and its entries do not count as theirs. */
    public boolean isInternal() {
        return internal;
    }

    /** Whether its entries are hints ({@link WriteGate.CacheHints}). */
    boolean isOfHints() {
        return ofHints;
    }

    /** Whether its entries are what {@link KeptReplies} keeps. */
    boolean isOfReplies() {
        return ofReplies;
    }

    /** Who listens to this cache's events. */
    public Subscriptions subscriptions() {
        return subscriptions;
    }

    /** Who has this cache open; a live view. */
    public Set<OpenHandle> openHandles() {
        return openHandles;
    }

    /** Entries now, expired ones not yet reclaimed included. */
    public long entries() {
        return entries.get();
    }

    /** Bytes taken by records and tables. */
    public long bytes() {
        return bytes.get();
    }

    /** Entries dropped for want of space. */
    public long evictions() {
        return evictions.sum();
    }

    /** Entries reclaimed after their deadline. */
    public long expirations() {
        return expirations.sum();
    }

    /** Whether the cache is gone for good. */
    public boolean isDestroyed() {
        return destroyed;
    }

    void destroy() {
        destroyed = true;
    }

    /** This cache's part of a shard, or null if it has none yet. Under that shard's lock. */
    @Nullable
    CacheShard part(int shard) {
        return parts[shard];
    }

    /** The same, made if there is none. */
    CacheShard partOrNew(EntryRules rules, long nowMillis) {
        CacheShard part = parts[rules.index()];
        if (part == null) {
            part = new CacheShard(this, rules, nowMillis);
            parts[rules.index()] = part;
        }
        return part;
    }

    void dropPart(int shard) {
        parts[shard] = null;
    }

    void grew(long moreEntries, long moreBytes) {
        if (moreEntries != 0) {
            entries.addAndGet(moreEntries);
        }
        if (moreBytes != 0) {
            bytes.addAndGet(moreBytes);
        }
    }

    void evicted() {
        evictions.increment();
    }

    void expired() {
        expirations.increment();
    }

    boolean isOverBound() {
        return isOver(0, 0);
    }

    boolean isOver(long moreEntries, long moreBytes) {
        long maxEntries = definition.maxEntries();
        long maxBytes = definition.maxBytes();
        return (maxEntries > 0 && entries.get() + moreEntries > maxEntries)
                || (maxBytes > 0 && bytes.get() + moreBytes > maxBytes);
    }
}
