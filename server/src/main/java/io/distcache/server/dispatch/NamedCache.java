package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Origin;
import io.distcache.server.shard.Session;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.shard.Watch;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * One cache as front doors without handles see it: there whenever it is asked for, made if it is not. Thread-safe; executes on the
 * caller's thread.
 */
public final class NamedCache {
    private static final int SCAN_STEP = 64;
    private static final long SCAN_COST = 1 << 20;
    private static final int MOST_RANDOM_LOOKS = 20_000;

    private final NamedCacheParts parts;
    private final CacheDefinition definition;
    private final AtomicBoolean opening = new AtomicBoolean();
    private volatile @Nullable Cache cache;

    NamedCache(NamedCacheParts parts, CacheDefinition definition) {
        this.parts = parts;
        this.definition = definition;
    }

    /** What the cache is made from. */
    public CacheDefinition definition() {
        return definition;
    }

    /**
     * Does what a verb says.
     *
     * @param responder gets the reply if it comes later; on any thread, must not block
     * @return the reply, {@link Reply.Ok} or a failure; null if it comes later
     */
    public @Nullable Reply execute(EntryOperation verb, Session session, Consumer<Reply> responder) {
        Origin origin = new Origin(session, 0, responder);
        Shard shard = parts.shards().of(verb.key());
        while (true) {
            Cache to = cache;
            if (to == null || to.isDestroyed()) {
                Reply.Failure refusal = open();
                if (refusal != null) {
                    return refusal;
                }
                continue;
            }
            long bytes = verb.bytes();
            Reply reply = Room.isLarge(bytes)
                    ? parts.room().makeBefore(to, verb.key(), bytes, session, () -> shard.execute(to, verb, origin))
                    : shard.execute(to, verb, origin);
            if (reply instanceof Reply.Failure && to.isDestroyed()) {
                continue;
            }
            if (!verb.isRead()) {
                parts.room().makeAfter(to, verb.key());
            }
            return reply;
        }
    }

    /**
     * Reads an entry: a {@link Reply.Value}, a {@link Reply.Miss}, or a failure. Null if it was changed and that is not committed: then it
     * is to be read by {@link #execute}.
     */
    public @Nullable Reply get(Bytes key, Session session) {
        Reply.Failure notHere = parts.gate().notHere(session, key);
        if (notHere != null) {
            return notHere;
        }
        Cache from = present();
        if (from == null) {
            return parts.replicas().isReplicated() ? openAgreed() : Reply.Miss.INSTANCE;
        }
        Reply reply = parts.shards().of(key).get(from, key);
        return reply == null ? null : parts.reads().counted(reply);
    }

    /** Counts a read that a verb made. */
    public void countRead(boolean found) {
        parts.reads().count(found);
    }

    /** Makes the cache if it is not there; why that is refused, or null. */
    public Reply.@Nullable Failure open() {
        Cache there = present();
        if (there != null) {
            return null;
        }
        if (parts.replicas().isReplicated()) {
            return openAgreed();
        }
        Reply.Failure refusal = parts.log().refusal();
        if (refusal != null) {
            return refusal;
        }
        Caches.Opened opened = parts.caches().openOrCreate(definition);
        Cache made = opened.cache();
        cache = made;
        if (opened.created()) {
            // What is written into it comes later in the log, so whoever waits for that waits for this.
            opened.committed().whenComplete((done, failure) -> {
                if (failure != null) {
                    parts.caches().forget(made);
                    CompletionStage<Void> unused = parts.shards().clear(made);
                }
            });
        }
        return null;
    }

    /** All members have to agree that the cache is there; until then nothing is known of it, not even that it has no entries. */
    private Reply.Failure openAgreed() {
        if (opening.compareAndSet(false, true)) {
            parts.replicas().open(definition).whenComplete((opened, failure) -> opening.set(false));
        }
        return new Reply.Failure(
                Status.STARTING,
                "the members of the replicated pool have not agreed on cache " + definition.name() + " in namespace "
                        + definition.namespace() + " yet; try again in a moment");
    }

    /** The cache if it is there; whoever only reads does not make it. */
    @Nullable
    Cache present() {
        Cache there = cache;
        if (there == null || there.isDestroyed()) {
            there = parts.caches().find(definition.namespace(), definition.name());
            cache = there;
        }
        return there;
    }

    /**
     * From now on the watch is told of any change of the entry.
     *
     * @return ends that
     */
    public Runnable watch(Bytes key, Watch watch) {
        Cache there = present();
        if (there == null) {
            return () -> {};
        }
        Shard shard = parts.shards().of(key);
        shard.contents().watch(there, key, watch);
        return () -> shard.contents().unwatch(there, key, watch);
    }

    /** Entries now, expired ones not yet reclaimed included. */
    public long size() {
        Cache there = present();
        return there == null ? 0 : there.entries();
    }

    /** Of these, how many have a deadline. */
    public long expirable() {
        Cache there = present();
        return there == null ? 0 : parts.shards().expirable(there);
    }

    /** Bytes taken by entries and tables. */
    public long bytes() {
        Cache there = present();
        return there == null ? 0 : there.bytes();
    }

    /** Entries reclaimed after their deadline since the node started. */
    public long expirations() {
        Cache there = present();
        return there == null ? 0 : there.expirations();
    }

    /** Entries dropped for want of space since the node started. */
    public long evictions() {
        Cache there = present();
        return there == null ? 0 : there.evictions();
    }

    /** Drops all entries, without events. Null when that is done and logged; else the failure, or it goes to the responder. */
    public @Nullable Reply clear(Consumer<Reply> responder) {
        Cache there = present();
        if (there == null) {
            return Reply.Ok.INSTANCE;
        }
        Reply.Failure refusal = there.isLogged() ? parts.log().refusal() : null;
        if (refusal != null) {
            return refusal;
        }
        CompletionStage<Void> committed = parts.shards().clear(there);
        if (committed == CommitLog.COMMITTED) {
            return Reply.Ok.INSTANCE;
        }
        committed.whenComplete(
                (done, failure) -> responder.accept(failure == null ? Reply.Ok.INSTANCE : Shard.notLogged(failure)));
        return null;
    }

    /**
     * Visits keys from {@code cursor} on (0 to start), at most about {@code most} of them, and fewer if they cost much.
     *
     * @param keys gets each key, and says what it cost: its bytes, or the steps of matching it
     * @return where to go on; 0 if there are no more
     */
    public long scan(long cursor, long most, ToLongFunction<Bytes> keys) {
        Cache there = present();
        if (there == null) {
            return 0;
        }
        Shards.Taker taker = new Shards.Taker() {
            private long left = most;
            private long costLeft = SCAN_COST;

            @Override
            public long room() {
                return costLeft > 0 ? left : 0;
            }

            @Override
            public void take(byte[] record) {
                left--;
                costLeft -= keys.applyAsLong(EntryRecord.key(record));
            }
        };
        long next = parts.shards().scan(there, cursor, ScanHandler.stepOf(there), taker);
        return next == Shards.SCAN_END ? 0 : next;
    }

    /** When all that scans have shown so far is committed; {@link CommitLog#COMMITTED} itself if it is. */
    public CompletionStage<Void> committed() {
        Cache there = present();
        return there == null ? CommitLog.COMMITTED : parts.shards().committed(there);
    }

    /** The key of some entry; null if there is none that fits among all, or among some thousands of neighbours. */
    public @Nullable Bytes randomKey(Predicate<Bytes> fits) {
        Cache there = present();
        if (there == null) {
            return null;
        }
        int count = parts.shards().size();
        int first = ThreadLocalRandom.current().nextInt(count);
        long within = ThreadLocalRandom.current().nextLong(1L << Integer.SIZE);
        int looked = 0;
        // From a random place to the end, and then once around.
        for (int i = 0; i <= count && looked < MOST_RANDOM_LOOKS; i++) {
            List<byte[]> step = new ArrayList<>();
            Shard shard = parts.shards().get((first + i) % count);
            for (long inner = i == 0 ? within : 0; inner >= 0 && looked < MOST_RANDOM_LOOKS; ) {
                step.clear();
                inner = shard.contents().scan(there, inner, SCAN_STEP, step);
                looked += step.size();
                for (byte[] record : step) {
                    Bytes key = EntryRecord.key(record);
                    if (fits.test(key)) {
                        return key;
                    }
                }
            }
        }
        return null;
    }
}
