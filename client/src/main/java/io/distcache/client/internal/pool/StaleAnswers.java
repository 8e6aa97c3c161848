package io.distcache.client.internal.pool;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How many reads of a client were answered by members that did not lead; the log says when that begins and ends. Thread-safe. */
final class StaleAnswers {
    private static final Logger LOG = LoggerFactory.getLogger(StaleAnswers.class);
    /** Leaders have answered again only if nothing stale came for so long: some groups may have a leader earlier than others. */
    private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LongAdder count = new LongAdder();
    private final AtomicBoolean on = new AtomicBoolean();
    private volatile long before;
    private volatile long lastNanos;

    long count() {
        return count.sum();
    }

    /** So many entries of a cache were read at a member that did not lead. */
    void answered(String cache, int entries) {
        lastNanos = System.nanoTime();
        if (on.compareAndSet(false, true)) {
            before = count.sum();
            LOG.warn(
                    "Nobody leads the entries of cache {}, and it allows stale reads: they are answered by single members from now on,"
                            + " and may show what was overwritten or removed. Changes fail. A majority of the members has to run and"
                            + " reach each other",
                    cache);
        }
        count.add(entries);
    }

    /** A leader has answered a read of a cache that allows stale reads. */
    void answeredByLeader() {
        if (on.get() && System.nanoTime() - lastNanos > QUIET_NANOS && on.compareAndSet(true, false)) {
            LOG.info("Reads are answered by leaders again; {} entries were read stale", count.sum() - before);
        }
    }
}
