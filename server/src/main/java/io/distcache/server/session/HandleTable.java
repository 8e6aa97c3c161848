package io.distcache.server.session;

import org.jspecify.annotations.Nullable;

/**
 * What a connection has open, by handle. A handle is any number that the client chose; it uses each once, so that nothing
 * that is late can be taken for something newer. What is bounded is how many are open at once. Immutable.
 */
final class HandleTable<V> {
    /** The most that one connection may have open at once. */
    static final int MAX_OPEN = 10_000;

    private static final HandleTable<?> EMPTY = new HandleTable<>(0, new int[1], new Object[1]);

    private final int size;
    private final int[] handles;
    /** Open addressing: what is open under {@code handles[i]}, or null where the slot is free. Half of the slots at least are. */
    private final @Nullable Object[] open;

    private HandleTable(int size, int[] handles, @Nullable Object[] open) {
        this.size = size;
        this.handles = handles;
        this.open = open;
    }

    @SuppressWarnings("unchecked") // it holds nothing
    static <V> HandleTable<V> empty() {
        return (HandleTable<V>) EMPTY;
    }

    @SuppressWarnings("unchecked") // what is put in is a V
    @Nullable
    V get(int handle) {
        int mask = open.length - 1;
        // Handles come in sequence, so most stand where they belong.
        for (int i = handle & mask; ; i = (i + 1) & mask) {
            Object found = open[i];
            if (found == null || handles[i] == handle) {
                return (V) found;
            }
        }
    }

    int size() {
        return size;
    }

    boolean isFull() {
        return size >= MAX_OPEN;
    }

    /** With another one, whose handle is not in use. */
    HandleTable<V> with(int handle, V added) {
        HandleTable<V> more = without(handle, size + 1);
        more.put(handle, added);
        return new HandleTable<>(size + 1, more.handles, more.open);
    }

    /** Without one that is there. */
    HandleTable<V> without(int handle) {
        return without(handle, size - 1);
    }

    int[] handles() {
        int[] all = new int[size];
        int next = 0;
        for (int i = 0; i < open.length; i++) {
            if (open[i] != null) {
                all[next++] = handles[i];
            }
        }
        return all;
    }

    private HandleTable<V> without(int handle, int newSize) {
        int slots = Math.max(2, Integer.highestOneBit(Math.max(1, newSize)) << 2);
        HandleTable<V> copy = new HandleTable<>(newSize, new int[slots], new Object[slots]);
        for (int i = 0; i < open.length; i++) {
            Object kept = open[i];
            if (kept != null && handles[i] != handle) {
                copy.put(handles[i], kept);
            }
        }
        return copy;
    }

    private void put(int handle, Object added) {
        int mask = open.length - 1;
        int i = handle & mask;
        while (open[i] != null) {
            i = (i + 1) & mask;
        }
        handles[i] = handle;
        open[i] = added;
    }
}
