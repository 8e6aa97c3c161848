package io.distcache.server.shard;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All commands of a node that wait for synchronous listeners elsewhere. Thread-safe. */
public final class AcknowledgementBook {
    private static final Logger LOG = LoggerFactory.getLogger(AcknowledgementBook.class);

    private final long limitNanos;
    private final AtomicLong lastId = new AtomicLong();
    private final ConcurrentMap<Long, Acknowledgements> open = new ConcurrentHashMap<>();

    /** A book whose commands wait at most {@code limit}. */
    public AcknowledgementBook(Duration limit) {
        this.limitNanos = limit.toNanos();
    }

    Acknowledgements open() {
        long id = lastId.incrementAndGet();
        Acknowledgements acks = new Acknowledgements(this, id, System.nanoTime() + limitNanos);
        open.put(id, acks);
        return acks;
    }

    void close(Acknowledgements acks) {
        open.remove(acks.id());
    }

    long limitMillis() {
        return limitNanos / 1_000_000;
    }

    /** A client's listeners have run; an unknown id is a late one and ignored. */
    public void acknowledged(long id, Session session) {
        Acknowledgements acks = open.get(id);
        if (acks != null) {
            acks.acknowledgeOne(session);
        }
    }

    /** Answers the commands that have waited too long. */
    public void sweep() {
        long now = System.nanoTime();
        for (Acknowledgements acks : open.values()) {
            if (acks.isOverdue(now)) {
                String names = acks.giveUp();
                if (!names.isEmpty()) {
                    LOG.warn(
                            "synchronous listeners of {} took over {} ms; the command that caused the event is answered"
                                    + " without them (lease.listener-limit)",
                            names,
                            limitMillis());
                }
            }
        }
    }
}
