package io.distcache.server.shard;

import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.operation.Cause;
import io.distcache.server.store.EntryMap;
import io.distcache.server.store.EntryRecord;
import io.distcache.server.store.ExpiryWheel;
import org.jspecify.annotations.Nullable;

/**
 * A mutation that was applied, and what it takes to take it back: the log may turn out not to have it. Guarded by the shard's lock.
 */
final class Applied {
    final Cache cache;
    final CacheShard part;
    final Mutation mutation;
    final Cause cause;
    final int hash;

    /** The record that was replaced or removed; null if there was none. */
    byte @Nullable [] before;

    /** Of a {@link Mutation.Touch}: the deadline that there was. */
    long deadlineBefore = EntryRecord.NO_DEADLINE;

    /** Of a {@link Mutation.Clear}: what the part held. */
    @Nullable
    EntryMap entriesBefore;

    @Nullable
    ExpiryWheel timersBefore;

    Applied(Cache cache, CacheShard part, Mutation mutation, Cause cause, int hash) {
        this.cache = cache;
        this.part = part;
        this.mutation = mutation;
        this.cause = cause;
        this.hash = hash;
    }

    /**
     * Whether nothing of it shows in the record that is there now, or in that there is none, and whoever looks has to wait for it all the same.
     * What time or want of space decided counts only where it is taken back, too: another node may have the entry still.
     */
    boolean isHidden(boolean isReplicated) {
        return switch (cause) {
            case REMOVED, MOVED, ENDED -> true;
            case EXPIRED, DROPPED -> isReplicated;
            case STORED, ACCESSED -> false;
        };
    }

    /** Whether it is taken back if the log does not have it. What time or want of space decided stays: it would be decided again. */
    boolean isRevocable() {
        return switch (cause) {
            case STORED, REMOVED, MOVED, ENDED -> true;
            case ACCESSED, EXPIRED, DROPPED -> false;
        };
    }
}
