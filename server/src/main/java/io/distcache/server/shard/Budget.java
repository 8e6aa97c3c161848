package io.distcache.server.shard;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What the node's caches take together, against the node's bound. Thread-safe. */
public final class Budget {
    private final StoreConfig config;
    private final AtomicLong entries = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final LongAdder evictions = new LongAdder();

    public Budget(StoreConfig config) {
        this.config = config;
    }

    public long entries() {
        return entries.get();
    }

    public long bytes() {
        return bytes.get();
    }

    public long maxBytes() {
        return config.maxBytes();
    }

    public long evictions() {
        return evictions.sum();
    }

    void grew(long moreEntries, long moreBytes) {
        if (moreEntries != 0) {
            entries.addAndGet(moreEntries);
        }
        if (moreBytes != 0) {
            bytes.addAndGet(moreBytes);
        }
    }

    void evicted() {
        evictions.increment();
    }

    boolean isOver(long moreEntries, long moreBytes) {
        return bytes.get() + moreBytes > config.maxBytes()
                || (config.maxEntries() > 0 && entries.get() + moreEntries > config.maxEntries());
    }
}
