package io.distcache.server.dispatch;

import io.distcache.server.shard.Budget;
import io.distcache.server.shard.StoreConfig;

/** The bound of all caches together, for an operator who changes it while the node runs. Thread-safe. */
public final class MemoryBound {
    private final Budget budget;

    public MemoryBound(Budget budget) {
        this.budget = budget;
    }

    /** Another bound until the node ends: {@link #least} to {@link #most}. */
    public void set(long bytes) {
        budget.maxBytes(bytes);
    }

    /** The least bound that there can be. */
    public long least() {
        return StoreConfig.LEAST_BYTES;
    }

    /** The configured bound, by which the node has shared out its heap. */
    public long most() {
        return budget.mostBytes();
    }
}
