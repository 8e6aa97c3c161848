package io.distcache.server.shard;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/** What the node's caches take together, against the node's bound. Thread-safe. */
public final class Budget {
    private final StoreConfig config;
    private final int maxValueBytes;
    private final long maxHintBytes;
    private volatile long maxBytes;
    private final AtomicLong entries = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong hintBytes = new AtomicLong();
    private final LongAdder evictions = new LongAdder();

    public Budget(StoreConfig config) {
        this(config, Integer.MAX_VALUE, Long.MAX_VALUE);
    }

    /**
     * One in which no value grows over {@code maxValueBytes}; what is stored whole is bounded where it comes in.
     *
     * @param maxHintBytes how much hints may take beside the entries: these never give way to them
     */
    public Budget(StoreConfig config, int maxValueBytes, long maxHintBytes) {
        this.config = config;
        this.maxValueBytes = maxValueBytes;
        this.maxHintBytes = maxHintBytes;
        this.maxBytes = config.maxBytes();
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

    /** The node's bound as it is now. */
    public long maxBytes() {
        return maxBytes;
    }

    /**
     * Another bound until the node ends, not over the configured one: by that the node has shared out its heap. What is over it goes within
     * the next ticks and writes.
     */
    public void maxBytes(long bytes) {
        if (bytes < StoreConfig.LEAST_BYTES || bytes > config.maxBytes()) {
            throw new IllegalArgumentException("a bound of " + bytes + " bytes; allowed are " + StoreConfig.LEAST_BYTES
                    + " to " + config.maxBytes() + " (store.max-bytes)");
        }
        maxBytes = bytes;
    }

    /** The configured bound. */
    public long mostBytes() {
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

    void hintsGrew(long moreBytes) {
        if (moreBytes != 0) {
            hintBytes.addAndGet(moreBytes);
        }
    }

    /** What hints take, which does not count among {@link #bytes()}. */
    public long hintBytes() {
        return hintBytes.get();
    }

    /** Whether there is no room for another hint. */
    boolean isFullOfHints() {
        return hintBytes.get() >= maxHintBytes;
    }

    void evicted() {
        evictions.increment();
    }

    boolean isOver(long moreEntries, long moreBytes) {
        return bytes.get() + moreBytes > maxBytes
                || (config.maxEntries() > 0 && entries.get() + moreEntries > config.maxEntries());
    }
}
