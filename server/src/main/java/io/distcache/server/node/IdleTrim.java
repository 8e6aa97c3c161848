package io.distcache.server.node;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives the heap's slack back to the system when a node in a process of its own has nothing to do: after a load the heap is far
 * larger than what is in it, and no collector shrinks it while nothing is allocated. One full collection, once per spell of
 * activity, and only while the store is small enough for a short pause.
 *
 * <p>A heap that was trimmed grows again when work comes back, which costs time: pages are faulted in, and until then collections are
 * frequent. So a node that is busy again soon after a trim waits twice as long before the next one, up to {@value #MOST_DOUBLINGS}
 * times, and begins anew once it has rested for long. Confined to the housekeeping thread.
 */
final class IdleTrim {
    private static final Logger LOG = LoggerFactory.getLogger(IdleTrim.class);
    private static final long BASE_BYTES = 48L << 20;
    static final int MOST_DOUBLINGS = 6;
    /** A rest of so many times {@code idle} after a trim is long. */
    static final int LONG_REST = 12;

    private final Duration idle;
    private final long maxStoreBytes;
    private final LongSupplier operations;
    private final LongSupplier storeBytes;
    private final Runnable collection;
    private final LongSupplier nanoTime;
    private int doublings;
    private long trimmedNanos;
    private long seenOperations = -1;
    private long quietSinceNanos;
    private boolean looked;
    private boolean trimmed;

    /**
     * A trim after {@code idle} without commands; zero for never.
     *
     * @param maxStoreBytes larger stores are left alone
     * @param collection a full collection of the heap
     * @param nanoTime as {@link System#nanoTime}
     */
    IdleTrim(
            Duration idle,
            long maxStoreBytes,
            LongSupplier operations,
            LongSupplier storeBytes,
            Runnable collection,
            LongSupplier nanoTime) {
        this.idle = idle;
        this.maxStoreBytes = maxStoreBytes;
        this.operations = operations;
        this.storeBytes = storeBytes;
        this.collection = collection;
        this.nanoTime = nanoTime;
    }

    void tick() {
        long now = nanoTime.getAsLong();
        long seen = operations.getAsLong();
        if (seen != seenOperations) {
            seenOperations = seen;
            quietSinceNanos = now;
            if (trimmed) {
                boolean wasLong = now - trimmedNanos > idle.toNanos() * LONG_REST;
                doublings = wasLong ? 0 : Math.min(MOST_DOUBLINGS, doublings + 1);
            }
            looked = false;
            trimmed = false;
        } else if (!looked && !idle.isZero() && now - quietSinceNanos > idle.toNanos() << doublings) {
            looked = true;
            trimmed = trimIfWorthIt(storeBytes.getAsLong());
            trimmedNanos = now;
        }
    }

    private boolean trimIfWorthIt(long stored) {
        long committed =
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted();
        if (stored > maxStoreBytes || committed <= stored + stored / 4 + BASE_BYTES) {
            return false;
        }
        collection.run();
        LOG.debug(
                "idle: heap trimmed from {} to {} bytes for {} stored",
                committed,
                ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getCommitted(),
                stored);
        return true;
    }
}
