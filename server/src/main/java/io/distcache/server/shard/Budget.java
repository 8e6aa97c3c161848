package io.distcache.server.shard;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What the node's caches take together, against the node's bound. Thread-safe. */
public final class Budget {
    private final StoreConfig config;
    private final int maxValueBytes;
    private final AtomicLong entries = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final LongAdder evictions = new LongAdder();

    public Budget(StoreConfig config) {
        this(config, Integer.MAX_VALUE);
    }

    /** One in which no value grows over {@code maxValueBytes}; what is stored whole is bounded where it comes in. */
    public Budget(StoreConfig config, int maxValueBytes) {
        this.config = config;
        this.maxValueBytes = maxValueBytes;
    }

    int maxValueBytes() {
        return maxValueBytes;
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
