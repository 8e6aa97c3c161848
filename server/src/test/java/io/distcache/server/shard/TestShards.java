package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.access.AccessControl;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.dispatch.Replicas;
import io.distcache.server.pool.Hints;
import io.distcache.server.pool.Ownership;
import io.distcache.server.pool.Pool;
import io.distcache.server.pool.PoolConfig;
import io.distcache.server.store.KeyHasher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** The shards of a node with all that belongs to them, but without threads, sockets and real time. */
public final class TestShards {
    public static final int HANDLE = 3;
    public static final int MAX_HINTS = 100;

    public final ManualClock clock = new ManualClock();
    public final InMemoryCommitLog log;
    public final Shards shards;
    public final AcknowledgementBook book;
    public final Budget budget;
    public final Caches caches;
    public final Evictor evictor;
    public final Hints hints;
    public final Ownership ownership;
    public final Pool pool;
    /** What the node keeps of its pool, newest last. */
    public final List<byte[]> kept = new ArrayList<>();
    /** What clients were told of the pool. */
    public final List<Membership> announced = new ArrayList<>();

    public final Dispatcher dispatcher;

    public TestShards() {
        this(new StoreConfig(64, 1 << 30, 0), Duration.ofSeconds(60));
    }

    public TestShards(StoreConfig store, Duration limit) {
        this(store, limit, limit);
    }

    /** One of so many bytes, which remembers as many changed keys as have room. */
    public static TestShards ofBytes(long bytes) {
        Duration limit = Duration.ofSeconds(60);
        return new TestShards(new StoreConfig(8, bytes, 0), limit, limit, 100_000, Runnable::run);
    }

    /** One that remembers so many changed keys for each member and cache. */
    public TestShards(long maxHints) {
        this(maxHints, Runnable::run);
    }

    /** The same, with a thread for what is long. */
    public TestShards(long maxHints, Executor background) {
        this(new StoreConfig(64, 1 << 30, 0), Duration.ofSeconds(60), Duration.ofSeconds(60), maxHints, background);
    }

    public TestShards(StoreConfig store, Duration longestLease, Duration longestWait) {
        this(store, longestLease, longestWait, MAX_HINTS, Runnable::run);
    }

    private TestShards(
            StoreConfig store, Duration longestLease, Duration longestWait, long maxHints, Executor background) {
        this(store, longestLease, longestWait, maxHints, background, new InMemoryCommitLog(), KeyHasher.ofProcess());
    }

    /** One that hashes keys like this. */
    static TestShards hashing(KeyHasher hasher) {
        Duration limit = Duration.ofSeconds(60);
        return new TestShards(
                new StoreConfig(8, 1 << 30, 0),
                limit,
                limit,
                MAX_HINTS,
                Runnable::run,
                new InMemoryCommitLog(),
                hasher);
    }

    /** One that starts with what another has logged, of as many shards. */
    public static TestShards startedWith(InMemoryCommitLog log, int shards, long maxHints) {
        Duration limit = Duration.ofSeconds(60);
        TestShards started = new TestShards(
                new StoreConfig(shards, 1 << 30, 0), limit, limit, maxHints, Runnable::run, log, KeyHasher.ofProcess());
        log.replayInto(started.caches, started.shards);
        return started;
    }

    /** A member of a replicated pool that leads all, with so many shards. */
    static TestShards ofMember(int shards) {
        Duration limit = Duration.ofSeconds(60);
        return new TestShards(
                new StoreConfig(shards, 1 << 30, 0),
                limit,
                limit,
                MAX_HINTS,
                Runnable::run,
                new InMemoryCommitLog(true),
                KeyHasher.ofProcess());
    }

    private TestShards(
            StoreConfig store,
            Duration longestLease,
            Duration longestWait,
            long maxHints,
            Executor background,
            InMemoryCommitLog log,
            KeyHasher hasher) {
        this.log = log;
        book = new AcknowledgementBook(longestWait);
        budget = new Budget(store, Integer.MAX_VALUE, store.maxBytes() / 20);
        caches = new Caches(store.shards(), book, log, hasher);
        hints = new Hints(caches, maxHints);
        ownership = new Ownership(hints);
        LeaseConfig leases = new LeaseConfig(longestLease, longestWait, longestWait);
        AtomicLong tokens = new AtomicLong();
        OnceCache once = new OnceCache(caches);
        shards = new Shards(
                store.shards(),
                i -> new Shard(i, store.shards(), 1L << 40, clock, log, leases, book, budget, tokens, ownership, once));
        evictor = new Evictor(caches, shards, budget);
        pool = new Pool(
                ownership,
                caches,
                shards,
                log,
                kept::add,
                new PoolConfig(maxHints, 5, Duration.ofSeconds(5), PoolConfig.Reads.LEASE),
                background,
                announced::add);
        dispatcher = new Dispatcher(
                caches,
                shards,
                evictor,
                book,
                log,
                new NoOperations(),
                pool,
                background,
                1 << 20,
                AccessControl.OPEN,
                Replicas.NONE);
    }

    /** A client that has the cache open under {@link #HANDLE}. */
    public RecordingSession client(String name, CacheDefinition definition) {
        RecordingSession session = new RecordingSession(name, dispatcher);
        Reply opened = session.ask(new Command.OpenCache(HANDLE, definition, true));
        if (!(opened instanceof Reply.Opened)) {
            throw new AssertionError(opened);
        }
        return session;
    }

    public RecordingSession client(String name) {
        return client(name, CacheDefinition.of("", "cache"));
    }

    /** A client that knows the pool, and has the cache open under {@link #HANDLE}. */
    public RecordingSession poolClient(String name, String self, Membership membership) {
        RecordingSession session = opened(name);
        Reply members = session.ask(new Command.Pool(self, membership));
        if (!members.equals(new Reply.Members(membership))) {
            throw new AssertionError(members);
        }
        return session;
    }

    /** A client that can say who is in the pool, and has not yet. */
    public RecordingSession opened(String name) {
        RecordingSession session = new RecordingSession(name, dispatcher, true);
        session.ask(new Command.OpenCache(HANDLE, CacheDefinition.of("", "cache"), true));
        return session;
    }

    /** A pool of members of these names. */
    public static Membership pool(long epoch, String... names) {
        return new Membership(
                epoch,
                Stream.of(names)
                        .map(name -> new PoolMember(name, name + ":1", 1))
                        .toList());
    }

    /** A cache of a user. */
    public Cache cache() {
        return caches.all().stream()
                .filter(cache -> !cache.isInternal())
                .findFirst()
                .orElseThrow();
    }

    /** What the node's housekeeping does. */
    public void tick() {
        book.sweep();
        caches.all().forEach(cache -> shards.forEach(shard -> shard.upkeep().tick(cache)));
    }

    public static CacheDefinition expiring(long creation, long update, long access) {
        return new CacheDefinition(
                "",
                "cache",
                new CacheDefinition.Expiry(creation, update, access, false),
                0,
                0,
                CacheDefinition.WhenFull.EVICT,
                CacheDefinition.Durability.LOGGED,
                Map.of());
    }

    public static CacheDefinition bounded(long maxEntries, long maxBytes, CacheDefinition.WhenFull whenFull) {
        return new CacheDefinition(
                "",
                "cache",
                CacheDefinition.Expiry.ETERNAL,
                maxEntries,
                maxBytes,
                whenFull,
                CacheDefinition.Durability.LOGGED,
                Map.of());
    }

    public static Bytes text(String text) {
        return Bytes.ofUtf8("\u0002" + text);
    }

    public static Command.Get get(String key) {
        return new Command.Get(HANDLE, text(key));
    }

    public static Command.Put put(String key, String value) {
        return put(key, value, Ttl.DEFINED);
    }

    public static Command.Put put(String key, String value, long ttl) {
        return putIf(key, value, Condition.ALWAYS, ttl);
    }

    public static Command.Put putIf(String key, String value, Condition condition, long ttl) {
        return new Command.Put(HANDLE, text(key), text(value), condition, ttl, false);
    }

    public static Command.Remove remove(String key) {
        return new Command.Remove(HANDLE, text(key), Condition.ALWAYS, false);
    }

    public static Command.Lease lease(String key) {
        return new Command.Lease(HANDLE, text(key), false, 60_000);
    }

    public static Command.Lease leaseOnMiss(String key) {
        return new Command.Lease(HANDLE, text(key), true, 60_000);
    }
}
