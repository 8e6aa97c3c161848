package io.distcache.benchmarks;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How long and how often. Immutable.
 *
 * @param quick whether this is a smoke run, whose figures mean nothing; scenarios then choose small defaults
 * @param rounds slices per peer, taken in turns
 * @param firstWarmUp once per peer and workload, for the JIT
 * @param warmUp before every slice, for a peer that has been idle
 */
record Plan(boolean quick, int rounds, Duration firstWarmUp, Duration warmUp, Duration slice) {

    Plan withSlice(Duration other) {
        return new Plan(quick, rounds, firstWarmUp, warmUp, other);
    }

    Plan withWarmUps(Duration once, Duration beforeEach) {
        return new Plan(quick, rounds, once, beforeEach, slice);
    }

    <T> T choose(@Nullable T given, T full, T small) {
        return given != null ? given : quick ? small : full;
    }
}
