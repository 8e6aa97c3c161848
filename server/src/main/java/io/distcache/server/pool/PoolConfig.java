package io.distcache.server.pool;

/**
 * A node in a pool.
 *
 * @param maxHints how many changed keys are remembered for one member that is away and one cache, before all of them count as
 *     changed
 */
public record PoolConfig(long maxHints) {
    private static final long MOST = 1_000_000_000;

    public PoolConfig {
        if (maxHints < 0 || maxHints > MOST) {
            throw new IllegalArgumentException(
                    "pool.max-hints is " + maxHints + "; allowed are 0 to " + MOST + ", 0 to remember no keys");
        }
    }
}
