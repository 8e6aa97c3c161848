package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.EntryChange;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.clock.NodeClock;
import org.jspecify.annotations.Nullable;

/** What the decisions of one shard go by: its versions, its time, and the bounds of the node. Guarded by the shard's lock. */
final class EntryRules {
    private final int index;
    private final int shards;
    private final Budget budget;
    private final NodeClock clock;
    private long lastVersion;

    /** Versions given here are higher than {@code firstVersion}, and differ from those of every other shard. */
    EntryRules(int index, int shards, long firstVersion, Budget budget, NodeClock clock) {
        this.index = index;
        this.shards = shards;
        this.budget = budget;
        this.clock = clock;
        this.lastVersion = firstVersion / shards * shards + index;
    }

    /** Which shard it is. */
    int index() {
        return index;
    }

    /** How many shards there are. */
    int shards() {
        return shards;
    }

    /** Between the time that deadlines are made from and the system's. */
    NodeClock clock() {
        return clock;
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

    /** Why the values that a settlement stores find no room, or null if they do. */
    Reply.@Nullable Failure refuseIfFull(Cache cache, byte @Nullable [] present, Command.Settlement settlement) {
        for (EntryChange change : settlement.changes()) {
            if (change instanceof EntryChange.Put put) {
                Reply.Failure full = refuseIfFull(cache, present, settlement.key(), put.value());
                if (full != null) {
                    return full;
                }
            }
        }
        return null;
    }

    /** Why a value finds no room in the place of the present record, or null if it does. */
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
