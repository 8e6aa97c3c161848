package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.EventKind;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Ttl;
import io.distcache.server.store.EntryRecord;
import io.distcache.server.store.KeyHasher;
import org.jspecify.annotations.Nullable;

/**
 * An entry in the hands of a {@link Verb}: as it stands, and what can be done to it. Changes are made at once, with the versions,
 * mutations and events that other writes have. Guarded by the shard's lock; of no use after {@link Verb#apply}.
 */
public final class EntryEdit {
    private final EntryChanges changes;
    private final Cache cache;
    private final CacheShard part;
    private final Bytes key;
    private final int hash;
    private final Origin origin;
    private final Outcome outcome;
    private byte @Nullable [] present;
    private boolean isStale;
    private Reply.@Nullable Failure refusal;

    EntryEdit(EntryChanges changes, Cache cache, CacheShard part, Bytes key, Origin origin, Outcome outcome) {
        this.changes = changes;
        this.cache = cache;
        this.part = part;
        this.key = key;
        this.hash = KeyHasher.hash(key);
        this.origin = origin;
        this.outcome = outcome;
        this.present = changes.live(cache, part, part.entries.get(key, hash), hash, outcome);
    }

    /** Whether the entry is there; an expired one is not. */
    public boolean exists() {
        return present() != null;
    }

    /** The value with its tag, not copied; empty if the entry is not there. */
    public Bytes value() {
        byte[] record = present();
        return record == null ? Bytes.EMPTY : EntryRecord.value(record);
    }

    /** The entry's version; 0 if it is not there. */
    public long version() {
        return EntryChanges.versionOf(present());
    }

    /** When it expires, by the node's clock ({@link #nowMillis}); {@link Ttl#ETERNAL} if never. */
    public long deadlineMillis() {
        byte[] record = present();
        return record == null ? EntryRecord.NO_DEADLINE : EntryRecord.deadlineMillis(record);
    }

    /** Whether it was read since its value was stored. */
    public boolean wasRead() {
        byte[] record = present();
        return record != null && EntryRecord.wasRead(record);
    }

    /** The entry counts as read since it was stored, without having been read. */
    public void setRead() {
        byte[] record = present();
        if (record != null) {
            EntryRecord.setRead(record);
        }
    }

    /** How often it was used lately, as far as eviction counts it: 0 to 3; 0 if it is not there. */
    public int frequency() {
        byte[] record = present();
        return record == null ? 0 : EntryRecord.frequency(record);
    }

    /** Heap that the entry takes. */
    public long footprint() {
        byte[] record = present();
        return record == null ? 0 : EntryRecord.footprint(record);
    }

    /** The moment of the command, by the node's clock: for what is told from now on. */
    public long nowMillis() {
        return outcome.nowMillis();
    }

    /** The node's time of a moment that somebody has named, in milliseconds since 1970 by the system's clock. */
    public long ofWall(long wallMillis) {
        return changes.clock().ofWall(wallMillis);
    }

    /** A moment of the node's clock by the system's clock, to be shown. */
    public long toWall(long millis) {
        return changes.clock().toWall(millis);
    }

    /** The ttl that the cache's definition gives to new entries. */
    public long creationTtl() {
        return cache.definition().expiry().creationMillis();
    }

    /** The most bytes that a value may grow to. */
    int maxValueBytes() {
        return changes.maxValueBytes();
    }

    /** Notes that the entry was read: it is less likely to be evicted, and expiry by access counts anew. */
    public void read() {
        byte[] record = present();
        if (record != null) {
            part.entries.recordHit(record);
            changes.access(cache, part, record, hash, outcome);
            isStale = true;
        }
    }

    /**
     * Stores a value, unless the cache is full and refuses writes, which ends the verb with that refusal.
     *
     * @param ttlMillis as in {@link Ttl}; 0 leaves no entry
     * @return whether it was not refused
     */
    public boolean store(Bytes value, long ttlMillis) {
        byte[] record = present();
        Reply.Failure full = changes.refuseIfFull(cache, record, key, value);
        if (full != null) {
            refusal = full;
            return false;
        }
        changes.store(cache, part, key, hash, value, ttlMillis, record, origin, outcome);
        isStale = true;
        return true;
    }

    /** Stores a value and leaves the deadline as it is; a new entry gets the cache's ttl. */
    public boolean store(Bytes value) {
        return store(value, present() == null ? creationTtl() : Ttl.UNCHANGED);
    }

    /** Gives the entry another deadline, {@code ttlMillis} from now; 0 or less expires it. */
    public void expireIn(long ttlMillis) {
        byte[] record = present();
        if (record != null) {
            changes.moveDeadline(cache, part, record, hash, Math.max(Ttl.NOW, ttlMillis), outcome);
            isStale = true;
        }
    }

    /** Removes the entry; false if it is not there. */
    public boolean remove() {
        byte[] record = present();
        if (record == null) {
            return false;
        }
        changes.delete(cache, part, record, hash, EventKind.REMOVED, origin, outcome);
        isStale = false;
        present = null;
        return true;
    }

    /** The record as it is now; after a change it is looked up again, if anybody wants to know. */
    private byte @Nullable [] present() {
        if (isStale) {
            isStale = false;
            present = part.entries.get(key, hash);
        }
        return present;
    }

    /** Why the last store was refused, or null. */
    Reply.@Nullable Failure refusal() {
        return refusal;
    }
}
