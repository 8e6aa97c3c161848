package io.distcache.jcache.internal.management;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/** What a cache counts in this process. Thread-safe. Counting is switched by the cache's configuration. */
public final class Statistics {
    private final LongAdder hits = new LongAdder();
    private final LongAdder misses = new LongAdder();
    private final LongAdder puts = new LongAdder();
    private final LongAdder removals = new LongAdder();
    private final LongAdder undecodable = new LongAdder();
    private final LongAdder getNanos = new LongAdder();
    private final LongAdder putNanos = new LongAdder();
    private final LongAdder removeNanos = new LongAdder();
    private volatile boolean enabled;

    /** Whether anything is counted. */
    public boolean isEnabled() {
        return enabled;
    }

    public void enable(boolean on) {
        enabled = on;
    }

    /** The time to measure from; 0 while nothing is counted. */
    public long start() {
        return enabled ? System.nanoTime() : 0;
    }

    public void hits(long count, long start) {
        if (enabled && count > 0) {
            hits.add(count);
            add(getNanos, start);
        }
    }

    public void misses(long count, long start) {
        if (enabled && count > 0) {
            misses.add(count);
            add(getNanos, start);
        }
    }

    public void puts(long count, long start) {
        if (enabled && count > 0) {
            puts.add(count);
            add(putNanos, start);
        }
    }

    public void removals(long count, long start) {
        if (enabled && count > 0) {
            removals.add(count);
            add(removeNanos, start);
        }
    }

    /** A value was there but can no longer be decoded, and so was a miss. Counted always. */
    public void undecodable() {
        undecodable.increment();
    }

    /** Values that were there but could not be decoded. */
    public long undecodableValues() {
        return undecodable.sum();
    }

    private static void add(LongAdder nanos, long start) {
        if (start != 0) {
            nanos.add(System.nanoTime() - start);
        }
    }

    void clear() {
        for (LongAdder adder :
                new LongAdder[] {hits, misses, puts, removals, undecodable, getNanos, putNanos, removeNanos}) {
            adder.reset();
        }
    }

    long hits() {
        return hits.sum();
    }

    long misses() {
        return misses.sum();
    }

    long puts() {
        return puts.sum();
    }

    long removals() {
        return removals.sum();
    }

    float averageGetMicros() {
        return average(getNanos.sum(), hits() + misses());
    }

    float averagePutMicros() {
        return average(putNanos.sum(), puts());
    }

    float averageRemoveMicros() {
        return average(removeNanos.sum(), removals());
    }

    private static float average(long nanos, long count) {
        return count == 0 ? 0 : (float) nanos / count / TimeUnit.MICROSECONDS.toNanos(1);
    }
}
