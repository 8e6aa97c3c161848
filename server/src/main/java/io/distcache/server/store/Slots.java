package io.distcache.server.store;

import io.distcache.protocol.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * The table under {@link EntryMap}: linear probing, with the entries kept in the order of their hashes.
 *
 * <pre>
 *  slot      0    1    2    3    4    5   ...          capacity         length - 1
 *  hashes  [ 04 | 17 |  0 | 61 | 62 | 64 | ...   | f8 | fa | fb |  0  |  0 ]
 *  records [  r |  r |    |  r |  r |  r | ...   |  r |  r |  r |     |    ]
 *                                                  home slots ) tail
 * </pre>
 *
 * <p>The home of a hash is {@code hash / 2^32 * capacity}, so homes ascend with hashes. Two rules hold between calls:
 * occupied slots ascend by unsigned hash, and no slot is empty between an entry's home and where it lies. Instead of
 * wrapping, the last run of entries goes on into a tail, and the last slot of all is always empty. It follows that
 * <ul>
 *   <li>a place in the table can be named by a hash, which outlives shifts and resizes (scans, the eviction hand);
 *   <li>entries of equal hash are neighbours;
 *   <li>a capacity need not be a power of two: growing by half wastes less memory than doubling;
 *   <li>a resize is one pass in order that reads no record. That is why whole hashes are stored: one byte of each would
 *       save 3 bytes a slot and cost a cache miss per entry while the shard's lock is held.
 * </ul>
 *
 * <p>Guarded by the shard's lock.
 */
final class Slots {

    private static final int MIN_CAPACITY = 8;
    private static final int SPARE_TAIL = 4;
    private static final int[] NO_HASHES = new int[1];
    private static final byte[] @Nullable [] NO_RECORDS = new byte[1][];

    private int[] hashes = NO_HASHES;
    private byte[] @Nullable [] records = NO_RECORDS;
    private int capacity;
    private int size;
    private long bytes;

    int size() {
        return size;
    }

    /** Number of home slots. */
    int capacity() {
        return capacity;
    }

    /** Number of all slots; the last one is empty. */
    int length() {
        return hashes.length;
    }

    /** 0 if the slot is empty. */
    int hashAt(int slot) {
        return hashes[slot];
    }

    byte @Nullable [] recordAt(int slot) {
        return records[slot];
    }

    long bytes() {
        return bytes;
    }

    /** The slot of the entry, or -1. Allocates nothing. */
    int find(Bytes key, int hash) {
        for (int slot = firstOf(hash); hashes[slot] == hash; slot++) {
            byte[] record = records[slot];
            if (record != null && EntryRecord.keyEquals(record, key)) {
                return slot;
            }
        }
        return -1;
    }

    /** The slot of the entry with the key of {@code record}, or -1. */
    int findSameKey(byte[] record, int hash) {
        for (int slot = firstOf(hash); hashes[slot] == hash; slot++) {
            byte[] other = records[slot];
            if (other != null && EntryRecord.sameKey(record, other)) {
                return slot;
            }
        }
        return -1;
    }

    /** The first slot that holds {@code hash}, or where it would be inserted if none does. */
    int firstOf(int hash) {
        int slot = home(hash, capacity);
        int found = hashes[slot];
        while (found != 0 && Integer.compareUnsigned(found, hash) < 0) {
            found = hashes[++slot];
        }
        return slot;
    }

    void replace(int slot, byte[] record) {
        records[slot] = record;
    }

    /** Adds an entry whose key is not in the table. */
    void insert(byte[] record, int hash) {
        if ((size + 1) * 5L > capacity * 4L) {
            resize(Math.max(MIN_CAPACITY, Math.toIntExact(capacity + capacity / 2L)));
        }
        int slot = firstOf(hash);
        int free = slot;
        while (hashes[free] != 0) {
            free++;
        }
        if (free == hashes.length - 1) {
            resize(capacity);
            insert(record, hash);
            return;
        }
        System.arraycopy(hashes, slot, hashes, slot + 1, free - slot);
        System.arraycopy(records, slot, records, slot + 1, free - slot);
        hashes[slot] = hash;
        records[slot] = record;
        size++;
    }

    /** Empties a slot and moves back what had been displaced by it; no tombstone stays. */
    void remove(int slot) {
        int end = slot + 1;
        while (hashes[end] != 0 && home(hashes[end], capacity) < end) {
            end++;
        }
        System.arraycopy(hashes, slot + 1, hashes, slot, end - slot - 1);
        System.arraycopy(records, slot + 1, records, slot, end - slot - 1);
        hashes[end - 1] = 0;
        records[end - 1] = null;
        size--;
        if (capacity > MIN_CAPACITY && size * 5L < capacity) {
            resize(Math.max(MIN_CAPACITY, size * 2));
        }
    }

    void reserve(int entries) {
        long wanted = entries * 5L / 4 + 1;
        if (wanted > capacity && wanted > MIN_CAPACITY) {
            resize(Math.toIntExact(wanted));
        }
    }

    void clear() {
        hashes = NO_HASHES;
        records = NO_RECORDS;
        capacity = 0;
        size = 0;
        bytes = 0;
    }

    private void resize(int newCapacity) {
        int newLength = lengthFor(newCapacity);
        int[] newHashes = new int[newLength];
        byte[] @Nullable [] newRecords = new byte[newLength][];
        int next = 0;
        for (int slot = 0; slot < hashes.length; slot++) {
            int hash = hashes[slot];
            if (hash != 0) {
                int to = Math.max(next, home(hash, newCapacity));
                newHashes[to] = hash;
                newRecords[to] = records[slot];
                next = to + 1;
            }
        }
        hashes = newHashes;
        records = newRecords;
        capacity = newCapacity;
        bytes = EntryRecord.arrayFootprint(hashes.length, Integer.BYTES)
                + EntryRecord.arrayFootprint(records.length, Integer.BYTES);
    }

    /** Slots needed so that the last run fits behind the last home, with room for it to grow by half. */
    private int lengthFor(int newCapacity) {
        int next = 0;
        for (int hash : hashes) {
            if (hash != 0) {
                next = Math.max(next, home(hash, newCapacity)) + 1;
            }
        }
        int overhang = Math.max(0, next - newCapacity);
        return Math.toIntExact(newCapacity + overhang + overhang / 2L + SPARE_TAIL);
    }

    private static int home(int hash, int capacity) {
        return (int) ((Integer.toUnsignedLong(hash) * capacity) >>> 32);
    }
}
