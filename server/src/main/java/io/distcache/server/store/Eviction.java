package io.distcache.server.store;

import org.jspecify.annotations.Nullable;

/**
 * Chooses which entry to evict: S3-FIFO (Yang et al., SOSP 2023) without its linked lists.
 *
 * <p>A new entry is on probation. Eviction takes from probation, oldest first, as long as it holds more than a tenth of
 * all entries: one that was hit becomes a resident, the others go. So a scan, however long, passes through a tenth of
 * the space. Residents are left to a hand that sweeps the table in order of hash, takes a hit from each it meets and
 * evicts the first that has none left. A ghost remembers, in one byte, an entry that failed probation; if it comes back
 * it is a resident at once.
 *
 * <p>Probation is a queue of hashes, not of records. A removed entry leaves its hash there, and when the queue is longer
 * than a quarter of the map its oldest entry becomes a resident; so the queue costs at most some bytes an entry even in
 * a map that never evicts. Work is amortised constant: each push, hit and eviction pays for its own steps, and one call
 * asks at most {@link #REACH} of either kind.
 *
 * <p>Guarded by the shard's lock.
 */
final class Eviction {

    private static final int PROBATION_SHARE = 10;
    private static final int QUEUE_SHARE = 4;
    private static final int MIN_QUEUE = 16;
    private static final int REACH = 64;
    private static final byte[] NO_GHOSTS = new byte[0];

    private final Slots slots;
    private final IntQueue queue = new IntQueue();
    private int onProbation;
    private byte[] ghosts = NO_GHOSTS;
    private int hand;
    private long steps;

    Eviction(Slots slots) {
        this.slots = slots;
    }

    /** Decides where a record that was just added begins. */
    void inserted(byte[] record, int hash) {
        if (forgetGhost(hash)) {
            EntryRecord.endProbation(record);
            return;
        }
        EntryRecord.beginProbation(record);
        onProbation++;
        queue.add(hash);
        trimQueue();
    }

    /** Takes note that a record has left the table. */
    void removed(byte[] record) {
        if (EntryRecord.onProbation(record)) {
            onProbation--;
        }
        trimQueue();
    }

    /** The slot of the entry to evict, never that of {@code except}; -1 if there is none. */
    int chooseVictim(byte @Nullable [] except) {
        boolean crowded = onProbation > slots.size() / PROBATION_SHARE;
        int slot = crowded ? fromProbation(except, REACH) : -1;
        if (slot < 0) {
            slot = fromResidents(except);
        }
        if (slot < 0) {
            // Nobody else is resident; then all of the queue is asked, which may make some resident.
            slot = fromProbation(except, queue.size());
        }
        return slot >= 0 ? slot : fromResidents(except);
    }

    void clear() {
        queue.clear();
        onProbation = 0;
        ghosts = NO_GHOSTS;
        hand = 0;
    }

    long bytes() {
        return queue.bytes() + (ghosts.length == 0 ? 0 : EntryRecord.arrayFootprint(ghosts.length, Byte.BYTES));
    }

    /** Records and queue places looked at so far. */
    long steps() {
        return steps;
    }

    private int fromProbation(byte @Nullable [] except, int reach) {
        for (int left = Math.min(queue.size(), reach); left > 0; left--) {
            steps++;
            int hash = queue.poll();
            int slot = probationer(hash, except);
            if (slot < 0) {
                if (except != null && probationer(hash, null) >= 0) {
                    queue.add(hash);
                }
            } else if (frequencyAt(slot) > 0) {
                endProbation(slot);
            } else {
                rememberGhost(hash);
                return slot;
            }
        }
        return -1;
    }

    private int fromResidents(byte @Nullable [] except) {
        int best = -1;
        int asked = 0;
        int slot = slots.firstOf(hand);
        for (int left = slots.length(); left > 0 && asked < REACH; left--) {
            byte[] record = slots.recordAt(slot);
            if (record != null) {
                steps++;
                if (record != except && !EntryRecord.onProbation(record)) {
                    asked++;
                    if (EntryRecord.frequency(record) == 0) {
                        hand = slots.hashAt(slot) + 1;
                        return slot;
                    }
                    EntryRecord.age(record);
                    if (best < 0 || EntryRecord.frequency(record) < frequencyAt(best)) {
                        best = slot;
                    }
                }
                hand = slots.hashAt(slot) + 1;
            }
            slot = slot + 1 < slots.length() ? slot + 1 : 0;
        }
        return best;
    }

    /** One step is enough, since each change lets the queue exceed its share by at most one. */
    private void trimQueue() {
        if (queue.size() > Math.max(MIN_QUEUE, slots.size() / QUEUE_SHARE)) {
            int slot = probationer(queue.poll(), null);
            if (slot >= 0) {
                endProbation(slot);
            }
        }
    }

    private void endProbation(int slot) {
        byte[] record = slots.recordAt(slot);
        if (record != null) {
            EntryRecord.endProbation(record);
            onProbation--;
        }
    }

    /** A slot with that hash whose entry is on probation, or -1. */
    private int probationer(int hash, byte @Nullable [] except) {
        for (int slot = slots.firstOf(hash); slots.hashAt(slot) == hash; slot++) {
            byte[] record = slots.recordAt(slot);
            if (record != null && record != except && EntryRecord.onProbation(record)) {
                return slot;
            }
        }
        return -1;
    }

    private int frequencyAt(int slot) {
        byte[] record = slots.recordAt(slot);
        return record == null ? 0 : EntryRecord.frequency(record);
    }

    private void rememberGhost(int hash) {
        if (ghosts.length != slots.capacity()) {
            // After a resize; what a few ghosts would have told is not worth keeping.
            ghosts = new byte[slots.capacity()];
        }
        ghosts[ghostIndex(hash)] = ghostMark(hash);
    }

    private boolean forgetGhost(int hash) {
        if (ghosts.length == 0 || ghosts[ghostIndex(hash)] != ghostMark(hash)) {
            return false;
        }
        ghosts[ghostIndex(hash)] = 0;
        return true;
    }

    private int ghostIndex(int hash) {
        return (int) ((Integer.toUnsignedLong(hash) * ghosts.length) >>> 32);
    }

    private static byte ghostMark(int hash) {
        return (byte) ((hash & 0xff) == 0 ? 1 : hash);
    }
}
