package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Condition;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.Ttl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.store.EntryRecord;
import io.distcache.server.store.KeyHasher;
import org.jspecify.annotations.Nullable;

/**
 * What commands do to the entries of one shard: conditions, expiry, bounds, versions, mutations, events. Leases are not known here.
 * Guarded by the shard's lock.
 */
final class EntryChanges {
    private final int shards;
    private final ShardState state;
    private final Budget budget;
    private final boolean isLogKept;
    private final NodeClock clock;
    private long lastVersion;

    /** Between the time that deadlines are made from and the system's. */
    NodeClock clock() {
        return clock;
    }

    /** Versions given here are higher than {@code firstVersion}, and differ from those of every other shard. */
    EntryChanges(
            int index, int shards, long firstVersion, ShardState state, Budget budget, CommitLog log, NodeClock clock) {
        this.clock = clock;
        this.shards = shards;
        this.state = state;
        this.budget = budget;
        this.isLogKept = log.isKept();
        this.lastVersion = firstVersion / shards * shards + index;
    }

    Reply put(Cache cache, CacheShard part, Command.Put put, Origin origin, Outcome outcome) {
        int hash = KeyHasher.hash(put.key());
        byte[] present = live(cache, part, part.entries.get(put.key(), hash), hash, outcome);
        Bytes old = put.returnOld() && present != null ? EntryRecord.value(present) : null;
        if (!holds(put.condition(), present)) {
            if (present != null) {
                accessByFailedCondition(cache, part, present, hash, put.condition(), put.returnOld(), outcome);
            }
            return new Reply.Changed(present != null, false, versionOf(present), old);
        }
        Reply.Failure full = refuseIfFull(cache, present, put.key(), put.value());
        if (full != null) {
            return full;
        }
        long version = store(cache, part, put.key(), hash, put.value(), put.ttlMillis(), present, origin, outcome);
        return new Reply.Changed(present != null, version != 0 || present != null, version, old);
    }

    Reply remove(Cache cache, CacheShard part, Command.Remove remove, Origin origin, Outcome outcome) {
        int hash = KeyHasher.hash(remove.key());
        byte[] present = live(cache, part, part.entries.get(remove.key(), hash), hash, outcome);
        if (present == null) {
            return new Reply.Changed(false, false, 0, null);
        }
        Bytes old = remove.returnOld() ? EntryRecord.value(present) : null;
        if (!holds(remove.condition(), present)) {
            accessByFailedCondition(cache, part, present, hash, remove.condition(), false, outcome);
            return new Reply.Changed(true, false, EntryRecord.version(present), old);
        }
        delete(cache, part, present, hash, EventKind.REMOVED, origin, outcome);
        return new Reply.Changed(true, true, 0, old);
    }

    Reply applyChange(
            Cache cache, CacheShard part, Bytes key, int hash, EntryChange change, Origin origin, Outcome outcome) {
        byte[] present = live(cache, part, part.entries.get(key, hash), hash, outcome);
        if (change instanceof EntryChange.Put put) {
            long version = store(cache, part, key, hash, put.value(), put.ttlMillis(), present, origin, outcome);
            return new Reply.Changed(present != null, version != 0 || present != null, version, null);
        }
        if (present == null) {
            return new Reply.Changed(false, false, 0, null);
        }
        if (change instanceof EntryChange.Touch touch) {
            long ttl = touch.ttlMillis() == Ttl.DEFINED
                    ? cache.definition().expiry().accessMillis()
                    : touch.ttlMillis();
            moveDeadline(cache, part, present, hash, ttl, outcome);
            return new Reply.Changed(true, true, EntryRecord.version(present), null);
        }
        delete(cache, part, present, hash, EventKind.REMOVED, origin, outcome);
        return new Reply.Changed(true, true, 0, null);
    }

    /** Stores a value, with its event. Returns the entry's version, or 0 if the ttl was 0 and so nothing is there now. */
    long store(
            Cache cache,
            CacheShard part,
            Bytes key,
            int hash,
            Bytes value,
            long wishedTtl,
            byte @Nullable [] present,
            Origin origin,
            Outcome outcome) {
        CacheDefinition.Expiry expiry = cache.definition().expiry();
        long ttl = wishedTtl != Ttl.DEFINED
                ? wishedTtl
                : present == null ? expiry.creationMillis() : expiry.updateMillis();
        long before = present == null ? EntryRecord.NO_DEADLINE : EntryRecord.deadlineMillis(present);
        if (ttl == Ttl.NOW) {
            if (present != null) {
                // The value was updated, and expired in the same moment.
                delete(cache, part, present, hash, EventKind.EXPIRED, null, outcome);
                cache.expired();
            }
            return 0;
        }
        long deadline = ttl == Ttl.UNCHANGED ? before : deadline(ttl, outcome);
        long version = nextVersion();
        byte[] record = EntryRecord.create(key, value, version, deadline);
        apply(cache, part, new Mutation.Store(cache.id(), Bytes.of(record)), hash, outcome);
        if (!cache.subscriptions().isEmpty()) {
            outcome.acks = cache.subscriptions()
                    .fire(
                            present == null ? EventKind.CREATED : EventKind.UPDATED,
                            EntryRecord.key(record),
                            EntryRecord.value(record),
                            present == null ? null : EntryRecord.value(present),
                            version,
                            origin,
                            outcome.acks);
        }
        return version;
    }

    void delete(
            Cache cache,
            CacheShard part,
            byte[] present,
            int hash,
            EventKind kind,
            @Nullable Origin origin,
            Outcome outcome) {
        Bytes key = EntryRecord.key(present);
        long version = nextVersion();
        apply(cache, part, new Mutation.Delete(cache.id(), key, version), hash, outcome);
        if (!cache.subscriptions().isEmpty()) {
            outcome.acks = cache.subscriptions()
                    .fire(kind, key, null, EntryRecord.value(present), version, origin, outcome.acks);
        }
    }

    /** Drops an entry, as eviction does: no event. */
    void drop(Cache cache, CacheShard part, byte[] present, int hash, Outcome outcome) {
        apply(cache, part, new Mutation.Delete(cache.id(), EntryRecord.key(present), nextVersion()), hash, outcome);
    }

    /** Notes in a cache of hints that a key was changed; a hint that is there already gets a new version. */
    void hint(Cache hints, CacheShard part, Bytes key, int hash, Outcome outcome) {
        byte[] record = EntryRecord.create(key, Bytes.EMPTY, nextVersion(), EntryRecord.NO_DEADLINE);
        Mutation.Store hint = new Mutation.Store(hints.id(), Bytes.of(record));
        state.apply(hints, part, hint, hash);
        outcome.recordHint(hint);
    }

    /** Takes a hint back. */
    void removeHint(Cache hints, CacheShard part, Bytes key, int hash, Outcome outcome) {
        Mutation.Delete gone = new Mutation.Delete(hints.id(), key, nextVersion());
        state.apply(hints, part, gone, hash);
        outcome.recordHint(gone);
    }

    /** Applies what was decided, and notes it for the log. */
    void apply(Cache cache, CacheShard part, Mutation.OnEntry mutation, int hash, Outcome outcome) {
        state.apply(cache, part, mutation, hash);
        if (isLogKept) {
            outcome.record(mutation);
        }
    }

    void expire(Cache cache, CacheShard part, byte[] record, int hash, Outcome outcome) {
        cache.expired();
        delete(cache, part, record, hash, EventKind.EXPIRED, null, outcome);
    }

    /** The record if it has not expired; an expired one is reclaimed. */
    byte @Nullable [] live(Cache cache, CacheShard part, byte @Nullable [] record, int hash, Outcome outcome) {
        if (record != null && EntryRecord.hasDeadline(record) && EntryRecord.isExpired(record, outcome.nowMillis())) {
            expire(cache, part, record, hash, outcome);
            return null;
        }
        return record;
    }

    void access(Cache cache, CacheShard part, byte[] record, int hash, Outcome outcome) {
        long ttl = cache.definition().expiry().accessMillis();
        if (ttl != Ttl.UNCHANGED) {
            moveDeadline(cache, part, record, hash, ttl, outcome);
        }
    }

    void accessByFailedCondition(
            Cache cache,
            CacheShard part,
            byte[] present,
            int hash,
            Condition condition,
            boolean returnsOld,
            Outcome outcome) {
        boolean compared = switch (condition.kind()) {
            case VALUE_IS, VERSION_IS -> true;
            case ALWAYS, ABSENT, PRESENT -> returnsOld;
        };
        if (compared) {
            access(cache, part, present, hash, outcome);
        }
    }

    void moveDeadline(Cache cache, CacheShard part, byte[] record, int hash, long ttl, Outcome outcome) {
        if (ttl == Ttl.UNCHANGED) {
            return;
        }
        if (ttl == Ttl.NOW) {
            expire(cache, part, record, hash, outcome);
            return;
        }
        apply(
                cache,
                part,
                new Mutation.Touch(
                        cache.id(), EntryRecord.key(record), EntryRecord.version(record), deadline(ttl, outcome)),
                hash,
                outcome);
    }

    static long deadline(long ttl, Outcome outcome) {
        return ttl == Ttl.ETERNAL ? EntryRecord.NO_DEADLINE : deadline(ttl, outcome.nowMillis());
    }

    static long deadline(long ttl, long now) {
        return ttl >= EntryRecord.NO_DEADLINE - now ? EntryRecord.NO_DEADLINE - 1 : now + ttl;
    }

    static boolean holds(Condition condition, byte @Nullable [] present) {
        return switch (condition.kind()) {
            case ALWAYS -> true;
            case ABSENT -> present == null;
            case PRESENT -> present != null;
            case VALUE_IS -> present != null && valueIs(EntryRecord.value(present), condition.value());
            case VERSION_IS -> present != null && EntryRecord.version(present) == condition.version();
        };
    }

    /** What memcached keeps beside a value does not make it another one. */
    private static boolean valueIs(Bytes stored, @Nullable Bytes expected) {
        return stored.equals(expected)
                || (FlaggedValue.is(stored) && FlaggedValue.bare(stored).equals(expected));
    }

    static boolean isThere(CacheShard part, Bytes key, int hash, Outcome outcome) {
        byte[] record = part.entries.get(key, hash);
        return record != null && !EntryRecord.isExpired(record, outcome.nowMillis());
    }

    static long versionOf(byte @Nullable [] present) {
        return present == null ? 0 : EntryRecord.version(present);
    }

    long lastVersion() {
        return lastVersion;
    }

    /** Versions given from now on are higher than this one, and still differ from those of every other shard. */
    void raiseVersion(long least) {
        if (least >= lastVersion) {
            lastVersion = Math.floorDiv(least, shards) * shards + shards + Math.floorMod(lastVersion, shards);
        }
    }

    long nextVersion() {
        lastVersion += shards;
        return lastVersion;
    }

    long maxBytes() {
        return budget.maxBytes();
    }

    int maxValueBytes() {
        return budget.maxValueBytes();
    }

    Reply.@Nullable Failure refuseIfFull(Cache cache, CacheShard part, Command.Settlement settlement, int hash) {
        for (EntryChange change : settlement.changes()) {
            if (change instanceof EntryChange.Put put) {
                Reply.Failure full =
                        refuseIfFull(cache, part.entries.get(settlement.key(), hash), settlement.key(), put.value());
                if (full != null) {
                    return full;
                }
            }
        }
        return null;
    }

    Reply.@Nullable Failure refuseIfFull(Cache cache, byte @Nullable [] present, Bytes key, Bytes value) {
        long size = (long) key.length() + value.length();
        if (size > budget.maxBytes() / 2) {
            return new Reply.Failure(
                    Status.TOO_LARGE,
                    "an entry of " + size + " bytes does not fit a node bounded to " + budget.maxBytes()
                            + " (store.max-bytes); at most half of it is allowed for one entry");
        }
        long cacheBound = cache.definition().maxBytes();
        if (cacheBound > 0 && size > cacheBound) {
            return new Reply.Failure(
                    Status.TOO_LARGE,
                    "an entry of " + size + " bytes does not fit cache "
                            + cache.definition().name() + ", which is bounded to " + cacheBound + " bytes");
        }
        if (cache.definition().whenFull() == CacheDefinition.WhenFull.REFUSE) {
            long moreEntries = present == null ? 1 : 0;
            long moreBytes = Math.max(0, size - (present == null ? 0 : present.length));
            if (cache.isOver(moreEntries, moreBytes) || budget.isOver(moreEntries, moreBytes)) {
                return new Reply.Failure(
                        Status.FULL,
                        "cache " + cache.definition().name() + " is full and configured to refuse writes: it has "
                                + cache.entries() + " entries and " + cache.bytes() + " bytes, the node "
                                + budget.bytes() + " of " + budget.maxBytes() + " bytes");
            }
        }
        return null;
    }
}
