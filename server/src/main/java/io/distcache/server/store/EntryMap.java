package io.distcache.server.store;

import io.distcache.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * Entries by key. The caller brings the key's {@link KeyHasher#hash hash}, since it needs it again for {@link
 * ExpiryWheel}; it is never 0.
 *
 * <p>Knows no clock: an expired entry is found until someone removes it. Guarded by the shard's lock.
 */
public final class EntryMap {

    /** Where a scan starts. */
    public static final long SCAN_START = 0;

    /** Returned by a scan that has seen everything. */
    public static final long SCAN_END = -1;

    private final Slots slots = new Slots();
    private final Eviction eviction = new Eviction(slots);
    private long recordBytes;
    private int expirable;

    /** The entry's record, or null. Allocates nothing. */
    public byte @Nullable [] get(Bytes key, int hash) {
        int slot = slots.find(key, hash);
        return slot < 0 ? null : slots.recordAt(slot);
    }

    /**
     * Adds a record, or replaces the one with the same key. The map owns the array from here on. Replacing counts as a
     * use, and putting back the array that is already there is allowed.
     *
     * @return the record replaced, or null
     */
    public byte @Nullable [] put(byte[] record, int hash) {
        if (hash == 0) {
            throw new IllegalArgumentException("hash 0 marks an empty slot; take hashes from KeyHasher");
        }
        int slot = slots.findSameKey(record, hash);
        byte[] replaced = slot < 0 ? null : slots.recordAt(slot);
        if (replaced == null) {
            slots.insert(record, hash);
            eviction.inserted(record, hash);
        } else {
            slots.replace(slot, record);
            EntryRecord.adoptUse(record, replaced);
            EntryRecord.recordUse(record);
            uncount(replaced);
        }
        count(record);
        return replaced;
    }

    /** Removes an entry and returns its record, or null if there was none. */
    public byte @Nullable [] remove(Bytes key, int hash) {
        int slot = slots.find(key, hash);
        return slot < 0 ? null : removeSlot(slot);
    }

    /** Notes that the entry was read, which makes it less likely to be evicted. */
    public void recordHit(byte[] record) {
        EntryRecord.recordHit(record);
    }

    /**
     * The entry that is missed least, to be removed next.
     *
     * @param except an array in the map that must stay, such as the one whose put made room necessary
     * @return null if there is nothing else in the map
     */
    public byte @Nullable [] chooseVictim(byte @Nullable [] except) {
        int slot = eviction.chooseVictim(except);
        return slot < 0 ? null : slots.recordAt(slot);
    }

    /** Number of entries, expired ones included. */
    public int size() {
        return slots.size();
    }

    /** Number of entries that have a deadline. */
    public int expirable() {
        return expirable;
    }

    /** Heap taken by the map, in bytes: the records and the overhead. */
    public long bytes() {
        return recordBytes + overheadBytes();
    }

    /** Heap taken by the table and by eviction's notes, in bytes. */
    public long overheadBytes() {
        return slots.bytes() + eviction.bytes();
    }

    /** Makes room for so many entries in all, which saves growing step by step. */
    public void reserve(int entries) {
        slots.reserve(entries);
    }

    /** Removes everything and gives the memory back. */
    public void clear() {
        slots.clear();
        eviction.clear();
        recordBytes = 0;
        expirable = 0;
    }

    /**
     * Visits about {@code maxEntries} entries, more only if several share the last one's hash. An entry that is in the
     * map throughout a scan is visited exactly once, whatever happens to others between the calls; one that comes or
     * goes meanwhile, at most once per stay. The visitor must not change the map.
     *
     * @param cursor {@link #SCAN_START}, or what the call before returned
     * @return the cursor for the next call, or {@link #SCAN_END}
     */
    public long scan(long cursor, int maxEntries, RecordVisitor visitor) {
        int visited = 0;
        int last = 0;
        for (int slot = slots.firstOf((int) cursor); slot < slots.length(); slot++) {
            byte[] record = slots.recordAt(slot);
            if (record != null) {
                int hash = slots.hashAt(slot);
                if (visited >= maxEntries && hash != last) {
                    return Integer.toUnsignedLong(hash);
                }
                visitor.visit(record, hash);
                visited++;
                last = hash;
            }
        }
        return SCAN_END;
    }

    /** Records looked at so far to choose victims. */
    long evictionSteps() {
        return eviction.steps();
    }

    /** The {@code index}th record of those whose key has this hash, or null if there are not so many. */
    byte @Nullable [] ofHash(int hash, int index) {
        int first = slots.firstOf(hash);
        for (int slot = first; slots.hashAt(slot) == hash; slot++) {
            if (slot - first == index) {
                return slots.recordAt(slot);
            }
        }
        return null;
    }

    private byte @Nullable [] removeSlot(int slot) {
        byte[] record = slots.recordAt(slot);
        if (record != null) {
            slots.remove(slot);
            eviction.removed(record);
            uncount(record);
        }
        return record;
    }

    private void count(byte[] record) {
        recordBytes += EntryRecord.footprint(record);
        expirable += EntryRecord.hasDeadline(record) ? 1 : 0;
    }

    private void uncount(byte[] record) {
        recordBytes -= EntryRecord.footprint(record);
        expirable -= EntryRecord.hasDeadline(record) ? 1 : 0;
    }
}
