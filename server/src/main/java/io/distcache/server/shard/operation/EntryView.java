package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.store.EntryRecord;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An entry as an operation sees it: as it stands, with the operation's own changes over it. Nothing is changed here: what the operation
 * decides is noted, and applied after it, all of it or, if it is refused or fails, nothing. Guarded by the shard's lock; of no use after
 * the operation.
 */
public final class EntryView {
    /** Where the entry is, and what its decisions go by. Guarded by the shard's lock. */
    public interface Place {
        /** The cache's id. */
        long cacheId();

        /** The cache's definition. */
        CacheDefinition definition();

        /** A version that none has. */
        long nextVersion();

        /** The node's time. */
        NodeClock clock();

        /** The most bytes that a value may grow to. */
        int maxValueBytes();

        /** Why a value finds no room in the place of the present record, or null if it does. */
        Reply.@Nullable Failure refuseIfFull(byte @Nullable [] present, Bytes key, Bytes value);

        /** The record is used: it is less likely to be evicted. */
        void hit(byte[] record);
    }

    private record Decision(Mutation.OnEntry mutation, Cause cause) {}

    private final Place place;
    private final Bytes key;
    private final InstantSource now;
    /** What is in the table. */
    private final byte @Nullable [] present;

    private byte @Nullable [] record;
    /** The record's, but for a move that is noted only. */
    private long deadline;

    // Most operations decide one thing or nothing.
    private Mutation.@Nullable OnEntry first;
    private Cause firstCause = Cause.STORED;
    private List<Decision> more = List.of();
    private Reply.@Nullable Failure refusal;

    /**
     * A look at an entry; that one that has expired is to be reclaimed is noted.
     *
     * @param present the record in the table, or null
     * @param now the moment of the command
     */
    public EntryView(Place place, Bytes key, byte @Nullable [] present, InstantSource now) {
        this.place = place;
        this.key = key;
        this.now = now;
        this.present = present;
        this.record = present;
        if (present == null) {
            this.deadline = EntryRecord.NO_DEADLINE;
        } else {
            this.deadline = EntryRecord.deadlineMillis(present);
            if (deadline != EntryRecord.NO_DEADLINE && deadline <= now.millis()) {
                delete(present, Cause.EXPIRED);
            }
        }
    }

    /** Whether the entry is there; an expired one is not. */
    public boolean exists() {
        return record != null;
    }

    /** The value with its tag, not copied; empty if the entry is not there. */
    public Bytes value() {
        return record == null ? Bytes.EMPTY : EntryRecord.value(record);
    }

    /** The entry's version; 0 if it is not there. */
    public long version() {
        return record == null ? 0 : EntryRecord.version(record);
    }

    /** When it expires, by the node's clock ({@link #nowMillis}); {@link Ttl#ETERNAL} if never. */
    public long deadlineMillis() {
        return deadline;
    }

    /** Whether it was read since its value was stored. */
    public boolean wasRead() {
        return record != null && EntryRecord.wasRead(record);
    }

    /** The entry counts as read since it was stored, without having been read. */
    public void setRead() {
        if (record != null) {
            EntryRecord.setRead(record);
        }
    }

    /** How often it was used lately, as far as eviction counts it: 0 to 3; 0 if it is not there. */
    public int frequency() {
        return record == null ? 0 : EntryRecord.frequency(record);
    }

    /** Heap that the entry takes. */
    public long footprint() {
        return record == null ? 0 : EntryRecord.footprint(record);
    }

    /** The moment of the command, by the node's clock: for what is told from now on. */
    public long nowMillis() {
        return now.millis();
    }

    /** The node's time of a moment that somebody has named, in milliseconds since 1970 by the system's clock. */
    public long ofWall(long wallMillis) {
        return place.clock().ofWall(wallMillis);
    }

    /** A moment of the node's clock by the system's clock, to be shown. */
    public long toWall(long millis) {
        return place.clock().toWall(millis);
    }

    /** The ttl that the cache's definition gives to new entries. */
    public long creationTtl() {
        return expiry().creationMillis();
    }

    /** The most bytes that a value may grow to. */
    public int maxValueBytes() {
        return place.maxValueBytes();
    }

    private CacheDefinition.Expiry expiry() {
        return place.definition().expiry();
    }

    /** Notes that the entry was read: it is less likely to be evicted, and expiry by access counts anew. */
    public void read() {
        if (record != null) {
            place.hit(record);
            access();
        }
    }

    /** Expiry by access counts anew. */
    public void access() {
        if (record != null) {
            move(record, expiry().accessMillis(), Cause.ACCESSED);
        }
    }

    /**
     * Stores a value, unless the cache is full and refuses writes: then nothing that the operation decides is done, and the refusal is
     * its reply.
     *
     * @param ttlMillis as in {@link Ttl}; 0 leaves no entry
     * @return whether it was not refused
     */
    public boolean store(Bytes value, long ttlMillis) {
        Reply.Failure full = place.refuseIfFull(present, key, value);
        if (full != null) {
            refusal = full;
            return false;
        }
        long ttl = ttlMillis != Ttl.DEFINED
                ? ttlMillis
                : record == null ? expiry().creationMillis() : expiry().updateMillis();
        if (ttl == Ttl.NOW) {
            if (record != null) {
                // The value was updated, and expired in the same moment.
                delete(record, Cause.ENDED);
            }
            return true;
        }
        long until = ttl == Ttl.UNCHANGED ? deadline : deadlineIn(ttl);
        byte[] stored = EntryRecord.create(key, value, place.nextVersion(), until);
        decide(new Mutation.Store(place.cacheId(), Bytes.of(stored)), Cause.STORED);
        record = stored;
        deadline = until;
        return true;
    }

    /** Stores a value and leaves the deadline as it is; a new entry gets the cache's ttl. */
    public boolean store(Bytes value) {
        return store(value, record == null ? creationTtl() : Ttl.UNCHANGED);
    }

    /** Gives the entry another deadline, {@code ttlMillis} from now; 0 or less expires it. */
    public void expireIn(long ttlMillis) {
        if (record != null) {
            move(record, Math.max(Ttl.NOW, ttlMillis), Cause.MOVED);
        }
    }

    /** Gives the entry another deadline, {@code ttlMillis} from now as in {@link Ttl}. */
    void touch(long ttlMillis) {
        if (record != null) {
            move(record, ttlMillis, Cause.MOVED);
        }
    }

    /** Removes the entry; false if it is not there. */
    public boolean remove() {
        if (record == null) {
            return false;
        }
        delete(record, Cause.REMOVED);
        return true;
    }

    private void move(byte[] present, long ttl, Cause cause) {
        if (ttl == Ttl.UNCHANGED) {
            return;
        }
        if (ttl == Ttl.NOW) {
            delete(present, cause == Cause.ACCESSED ? Cause.EXPIRED : Cause.ENDED);
            return;
        }
        deadline = deadlineIn(ttl);
        decide(
                new Mutation.Touch(place.cacheId(), EntryRecord.key(present), EntryRecord.version(present), deadline),
                cause);
    }

    private void delete(byte[] present, Cause cause) {
        decide(new Mutation.Delete(place.cacheId(), EntryRecord.key(present), place.nextVersion()), cause);
        record = null;
        deadline = EntryRecord.NO_DEADLINE;
    }

    /** The deadline of what lives for so long from now on. */
    long deadlineIn(long ttl) {
        return ttl == Ttl.ETERNAL ? EntryRecord.NO_DEADLINE : deadline(ttl, now.millis());
    }

    private static long deadline(long ttl, long now) {
        return ttl >= EntryRecord.NO_DEADLINE - now ? EntryRecord.NO_DEADLINE - 1 : now + ttl;
    }

    private void decide(Mutation.OnEntry mutation, Cause cause) {
        if (first == null) {
            first = mutation;
            firstCause = cause;
            return;
        }
        if (more.isEmpty()) {
            more = new ArrayList<>(2);
        }
        more.add(new Decision(mutation, cause));
    }

    // --- for the shard, after the operation ---

    /** Takes what was decided. */
    @FunctionalInterface
    public interface Decided {
        /** Takes one of the decisions. */
        void take(Mutation.OnEntry mutation, Cause cause);
    }

    /**
     * Tells what was decided, in order.
     *
     * @param failed whether only what time has decided is to be done
     */
    public void forEach(boolean failed, Decided decided) {
        if (first != null && !(failed && firstCause != Cause.EXPIRED)) {
            decided.take(first, firstCause);
        }
        for (Decision one : more) {
            if (!failed || one.cause == Cause.EXPIRED) {
                decided.take(one.mutation, one.cause);
            }
        }
    }

    /** Why the last store was refused, or null. */
    public Reply.@Nullable Failure refusal() {
        return refusal;
    }
}
