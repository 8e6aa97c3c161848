package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a shard holds: of each cache the entries, their timers and watches, and the counters that tell of them. Applying a {@link Mutation} is the
 * only way to change it, whether the mutation was decided just now or comes from a snapshot or a log; it reads no clock. An older mutation
 * changes nothing where a newer one was applied already. Guarded by the shard's lock.
 */
final class ShardState {
    private final int shards;
    private final Budget budget;
    private final ReplyIndex replies = new ReplyIndex();
    private boolean counts = true;

    /** Nothing yet, in one of so many shards. */
    ShardState(int shards, Budget budget) {
        this.shards = shards;
        this.budget = budget;
    }

    /** Which replies are kept, of the replies that are entries here. */
    ReplyIndex replies() {
        return replies;
    }

    /**
     * Applies a mutation of one entry.
     *
     * @param part the shard's part of the mutation's cache
     * @param hash of the entry's key
     * @return the record that was replaced or removed, or null
     */
    byte @Nullable [] apply(Cache cache, CacheShard part, Mutation.OnEntry mutation, int hash) {
        byte[] before;
        boolean isMoved = !part.moved.isEmpty();
        if (mutation instanceof Mutation.Store store) {
            before = store(cache, part, store.record().array(), hash);
        } else if (mutation instanceof Mutation.Delete delete) {
            before = delete(cache, part, delete, hash);
        } else {
            before = touch(part, (Mutation.Touch) mutation, hash);
        }
        if (isMoved && before != null) {
            logged(part, mutation, before);
        }
        recount(cache, part);
        return before;
    }

    /** The log gets what is here of an entry; the record that goes is as the log has it, for when it is brought back. */
    private static void logged(CacheShard part, Mutation.OnEntry mutation, byte[] before) {
        if (!(mutation instanceof Mutation.Touch) && EntryRecord.hasDeadline(before)) {
            byte[] same = EntryRecord.withDeadline(before, loggedDeadline(part, mutation.key(), before));
            assert same == before;
        }
        part.moved.remove(mutation.key());
    }

    /** The deadline of an entry as the log has it. */
    private static long loggedDeadline(CacheShard part, Bytes key, byte[] record) {
        return part.moved.logged(key, EntryRecord.version(record), EntryRecord.deadlineMillis(record));
    }

    /**
     * Moves a deadline in the table only, if it is not much later then than the one that the log has.
     *
     * @param mostMillis how much later it may not be
     * @return false if the log is to be told
     */
    boolean move(Cache cache, CacheShard part, Mutation.Touch touch, int hash, long mostMillis, long nowMillis) {
        byte[] present = part.entries.get(touch.key(), hash);
        if (present == null
                || EntryRecord.version(present) != touch.version()
                || !EntryRecord.hasDeadline(present)
                || touch.deadlineMillis() == EntryRecord.NO_DEADLINE) {
            return false;
        }
        if (touch.deadlineMillis() == EntryRecord.deadlineMillis(present)) {
            return true;
        }
        long logged = loggedDeadline(part, touch.key(), present);
        long later = touch.deadlineMillis() - logged;
        if (later < 0
                || later >= mostMillis
                || !part.moved.add(EntryRecord.key(present), touch.version(), logged, nowMillis)) {
            return false;
        }
        byte[] unused = touch(part, touch, hash);
        recount(cache, part);
        return true;
    }

    /** Deadlines are again as the log has them. */
    void moveBack(Cache cache, CacheShard part) {
        for (Bytes key : part.moved.keys()) {
            int hash = cache.hash(key);
            byte[] present = part.entries.get(key, hash);
            if (present != null && EntryRecord.hasDeadline(present)) {
                long here = EntryRecord.deadlineMillis(present);
                long logged = loggedDeadline(part, key, present);
                byte[] same = EntryRecord.withDeadline(present, logged);
                assert same == present;
                part.timers.deadlineMoved(hash, here, logged);
            }
        }
        part.moved.clear();
        recount(cache, part);
    }

    /** Applies a mutation so that it can be taken back by {@link #revoke}. */
    void apply(Applied change) {
        if (change.mutation instanceof Mutation.OnEntry mutation) {
            if (mutation instanceof Mutation.Touch) {
                byte[] present = change.part.entries.get(mutation.key(), change.hash);
                change.deadlineBefore = present == null
                        ? EntryRecord.NO_DEADLINE
                        : loggedDeadline(change.part, mutation.key(), present);
            }
            change.before = apply(change.cache, change.part, mutation, change.hash);
        } else {
            moveBack(change.cache, change.part);
            // Of a shard's own cache, and newer than all that is there.
            change.part.touchedAll();
            change.entriesBefore = change.part.entries;
            change.timersBefore = change.part.timers;
            change.part.replace();
            recount(change.cache, change.part);
        }
    }

    /** Takes back what was applied last of all that is not taken back already. */
    void revoke(Applied change) {
        CacheShard part = change.part;
        if (change.mutation instanceof Mutation.OnEntry mutation) {
            byte[] present = part.entries.get(mutation.key(), change.hash);
            byte[] before = change.before;
            part.moved.remove(mutation.key());
            if (mutation instanceof Mutation.Touch touch) {
                if (before != null && present != null && EntryRecord.version(present) == touch.version()) {
                    put(
                            part,
                            EntryRecord.withDeadline(present, change.deadlineBefore),
                            change.hash,
                            touch.deadlineMillis());
                }
            } else if (before != null) {
                put(
                        part,
                        before,
                        change.hash,
                        present == null ? EntryRecord.NO_DEADLINE : EntryRecord.deadlineMillis(present));
            } else if (present != null) {
                part.entries.remove(mutation.key(), change.hash);
            }
            if (change.cache.isOfReplies() && present != null) {
                replies.went(present);
            }
            if (part.watches != null) {
                part.touched(mutation.key());
            }
        } else if (change.entriesBefore != null && change.timersBefore != null) {
            part.moved.clear();
            part.entries = change.entriesBefore;
            part.timers = change.timersBefore;
        }
        recount(change.cache, part);
    }

    private static void put(CacheShard part, byte[] record, int hash, long deadline) {
        part.entries.put(record, hash);
        part.timers.deadlineMoved(hash, deadline, EntryRecord.deadlineMillis(record));
    }

    private byte @Nullable [] store(Cache cache, CacheShard part, byte[] record, int hash) {
        byte[] before = part.entries.put(record, hash);
        if (before != null && EntryRecord.version(before) > EntryRecord.version(record)) {
            part.entries.put(before, hash);
            return null;
        }
        part.stored(EntryRecord.version(record));
        part.timers.deadlineMoved(
                hash,
                before == null ? EntryRecord.NO_DEADLINE : EntryRecord.deadlineMillis(before),
                EntryRecord.deadlineMillis(record));
        if (part.watches != null) {
            part.touched(EntryRecord.key(record));
        }
        if (cache.isOfReplies()) {
            replies.came(record, key -> part.entries.remove(key, part.hash(key)));
        }
        return before;
    }

    private byte @Nullable [] delete(Cache cache, CacheShard part, Mutation.Delete delete, int hash) {
        byte[] gone = part.entries.remove(delete.key(), hash);
        if (gone == null) {
            return null;
        }
        if (EntryRecord.version(gone) >= delete.version()) {
            part.entries.put(gone, hash);
            return null;
        }
        if (part.watches != null) {
            part.touched(delete.key());
        }
        if (cache.isOfReplies()) {
            replies.went(gone);
        }
        return gone;
    }

    private static byte @Nullable [] touch(CacheShard part, Mutation.Touch touch, int hash) {
        byte[] present = part.entries.get(touch.key(), hash);
        if (present == null || EntryRecord.version(present) != touch.version()) {
            return null;
        }
        long before = EntryRecord.deadlineMillis(present);
        byte[] moved = EntryRecord.withDeadline(present, touch.deadlineMillis());
        if (moved != present) {
            part.entries.put(moved, hash);
        }
        part.timers.deadlineMoved(hash, before, touch.deadlineMillis());
        if (part.watches != null) {
            part.touched(touch.key());
        }
        return present;
    }

    /**
     * Applies a mutation of all entries of a cache.
     *
     * @param of the shard that decided it, one of {@code shardsThen}: it is about entries whose keys were there
     */
    void apply(Cache cache, CacheShard part, Mutation.Clear clear, int of, int shardsThen) {
        boolean ofAll = shardsThen <= shards;
        apply(cache, part, clear, ofAll, key -> Partitioning.INTERLEAVED.of(key, shardsThen) == of);
    }

    /** Applies a mutation of all entries of a cache in this shard, which another node's same shard has decided. */
    void apply(Cache cache, CacheShard part, Mutation.Clear clear) {
        apply(cache, part, clear, true, key -> true);
    }

    /** The same, which a shard of a node on its own has decided that had other keys. */
    void apply(Cache cache, CacheShard part, Mutation.ClearPart clear) {
        apply(
                cache,
                part,
                new Mutation.Clear(clear.cacheId(), clear.version()),
                false,
                key -> Partitioning.INTERLEAVED.of(key, clear.shards()) == clear.shard());
    }

    private void apply(Cache cache, CacheShard part, Mutation.Clear clear, boolean ofAll, Predicate<Bytes> isMeant) {
        if (clear.version() >= part.highestVersion() && ofAll) {
            drop(cache, part);
            return;
        }
        List<byte[]> gone = new ArrayList<>();
        long end = part.entries.scan(EntryMap.SCAN_START, Integer.MAX_VALUE, (record, hash) -> {
            if (EntryRecord.version(record) <= clear.version() && isMeant.test(EntryRecord.key(record))) {
                gone.add(record);
            }
        });
        assert end == EntryMap.SCAN_END;
        for (byte[] record : gone) {
            Bytes key = EntryRecord.key(record);
            delete(cache, part, new Mutation.Delete(cache.id(), key, Long.MAX_VALUE), cache.hash(key));
        }
        recount(cache, part);
    }

    /** Drops all entries of a cache here. That is no mutation: for what was never logged, and before all is brought back from elsewhere. */
    void drop(Cache cache, CacheShard part) {
        part.touchedAll();
        part.entries.clear();
        part.timers.clear();
        part.moved.clear();
        if (cache.isOfReplies()) {
            replies.allWent();
        }
        recount(cache, part);
    }

    /**
     * A client has got the replies to all its changes before this one, so they go. That is no mutation: what says so is in the next reply that
     * is kept, and does the same wherever that is applied.
     */
    void gotReplies(Cache cache, CacheShard part, long client, long firstOpen) {
        replies.raise(client, firstOpen, key -> part.entries.remove(key, part.hash(key)));
        recount(cache, part);
    }

    /** A cache that was destroyed has no entries here. */
    void forget(Cache cache) {
        if (cache.isOfReplies()) {
            replies.allWent();
        }
    }

    /** From now to {@link #endReplay} counters are not kept, as many threads would meet there. */
    void beginReplay() {
        counts = false;
    }

    /** Counts what a replay brought. */
    void endReplay(Collection<Cache> all, int index) {
        counts = true;
        for (Cache cache : all) {
            CacheShard part = cache.part(index);
            if (part != null) {
                recount(cache, part);
            }
        }
    }

    /** Tells the counters of cache and node what entries and timers have become. */
    void recount(Cache cache, CacheShard part) {
        if (!counts) {
            return;
        }
        long entries = part.entries.size();
        long bytes = part.bytes();
        long moreEntries = entries - part.countedEntries;
        long moreBytes = bytes - part.countedBytes;
        part.countedEntries = entries;
        part.countedBytes = bytes;
        cache.grew(moreEntries, moreBytes);
        if (cache.isOfHints()) {
            // They have a budget of their own, so that no entry is evicted for them.
            budget.hintsGrew(moreBytes);
        } else {
            // Bytes are bytes; but who bounds the entries of a node means those of its users.
            budget.grew(cache.isInternal() ? 0 : moreEntries, moreBytes);
        }
    }
}
