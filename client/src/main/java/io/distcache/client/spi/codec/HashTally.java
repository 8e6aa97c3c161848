package io.distcache.client.spi.codec;

import java.util.Arrays;

/** How often each hash occurred; a table whose own places nobody can foresee. Confined to one call. */
final class HashTally {
    private static final int FIRST_PLACES = 64;
    /** Odd; another in each process, or whoever writes hashes could let them meet here too. */
    private static final int FACTOR = (int) System.nanoTime() | 1;

    private int[] hashes = new int[FIRST_PLACES];
    private int[] counts = new int[FIRST_PLACES];
    private int used;

    /** Counts it; how often it occurred before. */
    long add(int hash) {
        if (2 * used > hashes.length) {
            grow();
        }
        int place = place(hash);
        if (counts[place] == 0) {
            hashes[place] = hash;
            used++;
        }
        return counts[place]++;
    }

    private int place(int hash) {
        int mask = hashes.length - 1;
        int place = mixed(hash) & mask;
        while (counts[place] != 0 && hashes[place] != hash) {
            place = (place + 1) & mask;
        }
        return place;
    }

    private static int mixed(int hash) {
        int mixed = (hash ^ FACTOR) * 0x9e3779b9;
        mixed = (mixed ^ (mixed >>> 15)) * FACTOR;
        return mixed ^ (mixed >>> 13);
    }

    private void grow() {
        int[] oldHashes = hashes;
        int[] oldCounts = counts;
        hashes = Arrays.copyOf(oldHashes, 2 * oldHashes.length);
        counts = new int[2 * oldHashes.length];
        for (int i = 0; i < oldHashes.length; i++) {
            if (oldCounts[i] != 0) {
                int place = place(oldHashes[i]);
                hashes[place] = oldHashes[i];
                counts[place] = oldCounts[i];
            }
        }
    }
}
