package io.distcache.server.node;

import io.distcache.protocol.OwnThread;
import io.distcache.server.memory.Buffers;
import io.distcache.server.pool.Pool;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.Evictor;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node does again and again on a thread of its own: entries expire, leases end, bounds are kept, the load is measured, an idle
 * heap is trimmed. Thread-safe.
 */
final class Housekeeping {
    private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
    private static final int TICK_MILLIS = 50;
    private static final int TRIM_TICK_MILLIS = 1000;
    private static final int LOAD_TICK_MILLIS = 1000;
    private static final int WATCH_TICK_MILLIS = 250;

    private final ScheduledExecutorService thread =
            Executors.newSingleThreadScheduledExecutor(task -> OwnThread.make(task, "distcache-housekeeping"));
    private final Buffers buffers;
    private final AcknowledgementBook acks;
    private final Pool pool;
    private final Caches caches;
    private final Shards shards;
    private final Evictor evictor;
    private final Runnable flush;

    /**
     * A thread that does nothing yet.
     *
     * @param flush sends what was changed on its way to the log
     */
    Housekeeping(
            Buffers buffers,
            AcknowledgementBook acks,
            Pool pool,
            Caches caches,
            Shards shards,
            Evictor evictor,
            Runnable flush) {
        this.buffers = buffers;
        this.acks = acks;
        this.pool = pool;
        this.caches = caches;
        this.shards = shards;
        this.evictor = evictor;
        this.flush = flush;
    }

    /** Ticks from now on. */
    void start() {
        ScheduledFuture<?> unused =
                thread.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Measures the load from now on. */
    void measure(LoadMeter load) {
        ScheduledFuture<?> unused = thread.scheduleAtFixedRate(
                () -> load.measure(LOAD_TICK_MILLIS), LOAD_TICK_MILLIS, LOAD_TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Looks from now on whether something has changed that the node is to go by. */
    void watch(Runnable look) {
        ScheduledFuture<?> unused =
                thread.scheduleWithFixedDelay(look, WATCH_TICK_MILLIS, WATCH_TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Trims the heap from now on when the node is idle. */
    void trim(IdleTrim trim) {
        ScheduledFuture<?> unused =
                thread.scheduleWithFixedDelay(trim::tick, TRIM_TICK_MILLIS, TRIM_TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void tick() {
        try {
            buffers.tick();
            acks.sweep();
            pool.tick();
            for (Cache cache : caches.all()) {
                for (Shard shard : shards) {
                    shard.upkeep().tick(cache);
                }
            }
            // Writes that waited for a lease which time or a lost connection ended had nobody to make room after them.
            makeRoom();
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("housekeeping failed; it goes on at the next tick", e);
        }
    }

    /** Evicts what is too much; after a start the bounds may be other ones than when the data was written. */
    void makeRoom() {
        for (Cache cache : caches.all()) {
            evictor.makeRoom(cache, null);
        }
        flush.run();
    }

    /** Ends the thread. */
    void end() throws InterruptedException {
        thread.shutdown();
        if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
            thread.shutdownNow();
        }
    }
}
