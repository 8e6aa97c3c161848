package io.distcache.server.pool;

import java.time.Duration;

/**
 * A node in a pool. Immutable.
 *
 * @param maxHints how many changed keys are remembered for one member that is away and one cache, before all of them count as
 *     changed
 * @param maxHintsPercent how much all hints together may take beside the entries, in percent of what these may
 * @param returnWait for how long a node that returns is kept waiting for members that may have changed its entries and are away
 * @param reads how a member of a replicated pool knows that what it has is the newest
 */
public record PoolConfig(long maxHints, int maxHintsPercent, Duration returnWait, Reads reads) {
    /** How a member knows that what it has is the newest. Immutable. */
    public enum Reads {
        /** No other can lead for the time that a majority has granted it. */
        LEASE,
        /** It asks a majority each time. */
        QUORUM
    }

    private static final Duration LONGEST_WAIT = Duration.ofMinutes(10);
    private static final long MOST = 1_000_000_000;

    public PoolConfig {
        if (maxHints < 0 || maxHints > MOST) {
            throw new IllegalArgumentException(
                    "pool.max-hints is " + maxHints + "; allowed are 0 to " + MOST + ", 0 to remember no keys");
        }
        if (maxHintsPercent < 0 || maxHintsPercent > 100) {
            throw new IllegalArgumentException(
                    "pool.max-hints-percent is " + maxHintsPercent + "; allowed are 0 to 100, of store.max-bytes");
        }
        if (returnWait.isNegative() || returnWait.compareTo(LONGEST_WAIT) > 0) {
            throw new IllegalArgumentException("pool.return-wait is " + returnWait.toMillis()
                    + "ms; allowed are 0s to 10m, 0s to drop what may have been changed at once");
        }
    }

    /** How much all hints together may take, in bytes, where entries may take so much. */
    public long maxHintBytes(long maxBytes) {
        return maxBytes / 100 * maxHintsPercent;
    }
}
