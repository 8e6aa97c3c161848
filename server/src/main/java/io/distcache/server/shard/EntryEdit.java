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
        return present != null;
    }

    /** The value with its tag, not copied; empty if the entry is not there. */
    public Bytes value() {
        return present == null ? Bytes.EMPTY : EntryRecord.value(present);
    }

    /** The entry's version; 0 if it is not there. */
    public long version() {
        return EntryChanges.versionOf(present);
    }

    /** When it expires, in milliseconds since 1970; {@link Ttl#ETERNAL} if never. */
    public long deadlineMillis() {
        return present == null ? EntryRecord.NO_DEADLINE : EntryRecord.deadlineMillis(present);
    }

    /** Whether it was read since it came or since eviction last looked at it. */
    public boolean wasRead() {
        return present != null && EntryRecord.wasHit(present);
    }

    /** The moment of the command, in milliseconds since 1970. */
    public long nowMillis() {
        return outcome.nowMillis();
    }

    /** The ttl that the cache's definition gives to new entries. */
    public long creationTtl() {
        return cache.definition().expiry().creationMillis();
    }

    /** Notes that the entry was read: it is less likely to be evicted, and expiry by access counts anew. */
    public void read() {
        if (present != null) {
            part.entries.recordHit(present);
            changes.access(cache, part, present, hash, outcome);
        }
    }

    /**
     * Stores a value, unless the cache is full and refuses writes, which ends the verb with that refusal.
     *
     * @param ttlMillis as in {@link Ttl}; 0 leaves no entry
     * @return whether it was not refused
     */
    public boolean store(Bytes value, long ttlMillis) {
        Reply.Failure full = changes.refuseIfFull(cache, present, key, value);
        if (full != null) {
            refusal = full;
            return false;
        }
        changes.store(cache, part, key, hash, value, ttlMillis, present, origin, outcome);
        present = part.entries.get(key, hash);
        return true;
    }

    /** Stores a value and leaves the deadline as it is; a new entry gets the cache's ttl. */
    public boolean store(Bytes value) {
        return store(value, present == null ? creationTtl() : Ttl.UNCHANGED);
    }

    /** Gives the entry another deadline, {@code ttlMillis} from now; 0 or less expires it. */
    public void expireIn(long ttlMillis) {
        if (present != null) {
            changes.moveDeadline(cache, part, present, hash, Math.max(Ttl.NOW, ttlMillis), outcome);
            present = part.entries.get(key, hash);
        }
    }

    /** Removes the entry; false if it is not there. */
    public boolean remove() {
        if (present == null) {
            return false;
        }
        changes.delete(cache, part, present, hash, EventKind.REMOVED, origin, outcome);
        present = null;
        return true;
    }

    /** Why the last store was refused, or null. */
    Reply.@Nullable Failure refusal() {
        return refusal;
    }
}
