package io.distcache.server.store;

/** First in, first out, for ints; a ring that grows and shrinks with what it holds. Guarded by the shard's lock. */
final class IntQueue {

    private static final int[] EMPTY = new int[0];
    private static final int MIN_LENGTH = 16;

    private int[] ring = EMPTY;
    private int head;
    private int size;

    int size() {
        return size;
    }

    void add(int value) {
        if (size == ring.length) {
            resize(Math.max(MIN_LENGTH, Math.toIntExact(size + size / 2L)));
        }
        ring[wrap(head + size)] = value;
        size++;
    }

    /** Removes and returns the oldest; the queue must not be empty. */
    int poll() {
        int value = ring[head];
        head = wrap(head + 1);
        size--;
        if (ring.length > MIN_LENGTH && size < ring.length / 4) {
            resize(Math.max(MIN_LENGTH, size * 2));
        }
        return value;
    }

    void clear() {
        ring = EMPTY;
        head = 0;
        size = 0;
    }

    long bytes() {
        return ring.length == 0 ? 0 : EntryRecord.arrayFootprint(ring.length, Integer.BYTES);
    }

    private int wrap(int index) {
        return index < ring.length ? index : index - ring.length;
    }

    private void resize(int length) {
        int[] larger = new int[length];
        int toEnd = Math.min(size, ring.length - head);
        System.arraycopy(ring, head, larger, 0, toEnd);
        System.arraycopy(ring, 0, larger, toEnd, size - toEnd);
        ring = larger;
        head = 0;
    }
}
