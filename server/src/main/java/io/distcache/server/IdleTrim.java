package io.distcache.server;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the heap's slack back to the system when a node in a process of its own has nothing to do: after a load the heap is far
 * larger than what is in it, and no collector shrinks it while nothing is allocated. One full collection, once per spell of
 * activity, and only while the store is small enough for a short pause. Confined to the housekeeping thread.
 */
final class IdleTrim {
    private static final Logger LOG = LoggerFactory.getLogger(IdleTrim.class);
    private static final long BASE_BYTES = 48L << 20;

    private final Duration idle;
    private final long maxStoreBytes;
    private final LongSupplier operations;
    private final LongSupplier storeBytes;
    private final Runnable collection;
    private long seenOperations = -1;
    private long quietSinceNanos;
    private boolean trimmed;

    /**
     * A trim after {@code idle} without commands; zero for never.
     *
     * @param maxStoreBytes larger stores are left alone
     * @param collection a full collection of the heap
     */
    IdleTrim(Duration idle, long maxStoreBytes, LongSupplier operations, LongSupplier storeBytes, Runnable collection) {
        this.idle = idle;
        this.maxStoreBytes = maxStoreBytes;
        this.operations = operations;
        this.storeBytes = storeBytes;
        this.collection = collection;
    }

    void tick() {
        long now = System.nanoTime();
        long seen = operations.getAsLong();
        if (seen != seenOperations) {
            seenOperations = seen;
            quietSinceNanos = now;
            trimmed = false;
        } else if (!trimmed && !idle.isZero() && now - quietSinceNanos > idle.toNanos()) {
            trimmed = true;
            trimIfWorthIt(storeBytes.getAsLong());
        }
    }

    private void trimIfWorthIt(long stored) {
        long committed =
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
        if (stored <= maxStoreBytes && committed > stored + stored / 4 + BASE_BYTES) {
            collection.run();
            LOG.debug(
                    "idle: heap trimmed from {} to {} bytes for {} stored",
                    committed,
                    ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted(),
                    stored);
        }
    }
}
