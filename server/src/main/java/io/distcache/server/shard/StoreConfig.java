package io.distcache.server.shard;

/**
 * The bounds of a node's store.
 *
 * @param shards how many shards; a power of two, 1 to 1024
 * @param maxBytes the most bytes that all caches may take together
 * @param maxEntries the most entries of all caches together; 0 for no bound
 */
public record StoreConfig(int shards, long maxBytes, long maxEntries) {
    /** The least bound of all caches together. */
    public static final long LEAST_BYTES = 1 << 20;

    public StoreConfig {
        if (shards < 1 || shards > 1024 || Integer.bitCount(shards) != 1) {
            throw new IllegalArgumentException(
                    "store.shards is " + shards + "; allowed are powers of two from 1 to 1024");
        }
        if (maxBytes < LEAST_BYTES) {
            throw new IllegalArgumentException("store.max-bytes is " + maxBytes + "; at least 1mb is needed");
        }
        if (maxEntries < 0) {
            throw new IllegalArgumentException(
                    "store.max-entries is " + maxEntries + "; use 0 for no bound, or a positive number");
        }
    }
}
