package io.distcache.server.store;

import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Hashes by the tick at which to look at them: a hierarchical timing wheel (Varghese and Lauck, SOSP 1987, scheme 7).
 *
 * <pre>
 *  level  buckets  a bucket spans       reaches
 *      0       64  1 tick               64 ticks
 *      1       64  64 ticks             4096 ticks
 *      2       64  4096 ticks           2^18 ticks
 *      3       64  2^18 ticks           2^24 ticks
 *      4       64  2^24 ticks           2^30 ticks
 *      -        1  everything beyond; falls due with each bucket of level 4
 * </pre>
 *
 * <p>A bucket is an int array that starts with its count: four bytes a timer, and no tick is kept. Whatever falls due
 * is therefore only a hint that some tick may have come; who takes it looks at the entry and adds it again if need be.
 * That keeps it right when time jumps: a bucket met too early costs a look and nothing else.
 *
 * <p>Guarded by the shard's lock.
 */
final class TimerBuckets {

    private static final int LEVEL_BITS = 6;
    private static final int LEVEL_BUCKETS = 1 << LEVEL_BITS;
    private static final int LEVELS = 5;
    private static final int MIN_LENGTH = 4;
    private static final int[] EMPTY = new int[1];

    private final int[] @Nullable [][] levels = new int[LEVELS][][];
    private int[] beyond = EMPTY;
    private final ArrayDeque<int[]> due = new ArrayDeque<>();
    private int size;
    private long bytes;

    /** Timers held, due ones included. */
    int size() {
        return size;
    }

    long bytes() {
        return bytes;
    }

    /** Adds a timer; {@code tick} is later than {@code nowTick}, up to which all was collected. */
    void add(int hash, long tick, long nowTick) {
        size++;
        long distance = tick - nowTick;
        for (int level = 0; level < LEVELS; level++) {
            int shift = level * LEVEL_BITS;
            if (distance >>> shift < LEVEL_BUCKETS) {
                int[][] buckets = buckets(level);
                int index = (int) (tick >> shift) & (LEVEL_BUCKETS - 1);
                buckets[index] = append(buckets[index], hash);
                return;
            }
        }
        beyond = append(beyond, hash);
    }

    /** Makes due whatever has its tick after {@code fromTick} and up to {@code toTick}, and possibly more. */
    void collect(long fromTick, long toTick) {
        for (int level = 0; level < LEVELS; level++) {
            int shift = level * LEVEL_BITS;
            long to = toTick >> shift;
            long passed = to - (fromTick >> shift);
            if (passed == 0) {
                return;
            }
            int[][] buckets = levels[level];
            if (buckets != null) {
                for (long at = to - Math.min(passed, LEVEL_BUCKETS) + 1; at <= to; at++) {
                    int index = (int) at & (LEVEL_BUCKETS - 1);
                    makeDue(buckets[index]);
                    buckets[index] = EMPTY;
                }
            }
        }
        makeDue(beyond);
        beyond = EMPTY;
    }

    boolean hasDue() {
        return !due.isEmpty();
    }

    /** Removes and returns one due hash; there must be one. */
    int pollDue() {
        int[] bucket = due.getFirst();
        int hash = bucket[bucket[0]--];
        size--;
        if (bucket[0] == 0) {
            due.removeFirst();
            bytes -= footprint(bucket);
        }
        return hash;
    }

    private int[][] buckets(int level) {
        int[][] buckets = levels[level];
        if (buckets == null) {
            buckets = new int[LEVEL_BUCKETS][];
            Arrays.fill(buckets, EMPTY);
            levels[level] = buckets;
            bytes += EntryRecord.arrayFootprint(LEVEL_BUCKETS, Integer.BYTES);
        }
        return buckets;
    }

    private int[] append(int[] bucket, int hash) {
        int count = bucket[0] + 1;
        int[] roomy = bucket;
        if (count == bucket.length) {
            roomy = Arrays.copyOf(bucket, Math.toIntExact(Math.max(MIN_LENGTH, count + count / 2L)));
            bytes += footprint(roomy) - footprint(bucket);
        }
        roomy[0] = count;
        roomy[count] = hash;
        return roomy;
    }

    private void makeDue(int[] bucket) {
        if (bucket[0] > 0) {
            due.addLast(bucket);
        }
    }

    private static long footprint(int[] bucket) {
        return bucket == EMPTY ? 0 : EntryRecord.arrayFootprint(bucket.length, Integer.BYTES);
    }
}
