package io.distcache.server.shard;

import org.jspecify.annotations.Nullable;

/**
 * The caches that a connection has open, by handle. A handle is any number that the client chose; it uses each once, so that nothing
 * that is late can be taken for something newer. What is bounded is how many are open at once. Immutable.
 */
final class HandleTable {
    /** The most caches that one connection may have open at once. */
    static final int MAX_OPEN = 10_000;

    static final HandleTable EMPTY = new HandleTable(0, new int[1], new Cache[1]);

    private final int size;
    private final int[] handles;
    /** Open addressing: the cache of {@code handles[i]}, or null where the slot is free. Half of the slots at least are. */
    private final @Nullable Cache[] caches;

    private HandleTable(int size, int[] handles, @Nullable Cache[] caches) {
        this.size = size;
        this.handles = handles;
        this.caches = caches;
    }

    @Nullable
    Cache get(int handle) {
        int mask = caches.length - 1;
        // Handles come in sequence, so most stand where they belong.
        for (int i = handle & mask; ; i = (i + 1) & mask) {
            Cache cache = caches[i];
            if (cache == null || handles[i] == handle) {
                return cache;
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
    HandleTable with(int handle, Cache cache) {
        HandleTable more = without(handle, size + 1);
        more.put(handle, cache);
        return new HandleTable(size + 1, more.handles, more.caches);
    }

    /** Without one that is there. */
    HandleTable without(int handle) {
        return without(handle, size - 1);
    }

    int[] handles() {
        int[] open = new int[size];
        int next = 0;
        for (int i = 0; i < caches.length; i++) {
            if (caches[i] != null) {
                open[next++] = handles[i];
            }
        }
        return open;
    }

    private HandleTable without(int handle, int newSize) {
        int slots = Math.max(2, Integer.highestOneBit(Math.max(1, newSize)) << 2);
        HandleTable copy = new HandleTable(newSize, new int[slots], new Cache[slots]);
        for (int i = 0; i < caches.length; i++) {
            Cache cache = caches[i];
            if (cache != null && handles[i] != handle) {
                copy.put(handles[i], cache);
            }
        }
        return copy;
    }

    private void put(int handle, Cache cache) {
        int mask = caches.length - 1;
        int i = handle & mask;
        while (caches[i] != null) {
            i = (i + 1) & mask;
        }
        handles[i] = handle;
        caches[i] = cache;
    }
}
