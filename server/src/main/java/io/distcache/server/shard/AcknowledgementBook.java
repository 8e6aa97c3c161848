package io.distcache.server.shard;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All commands of a node that wait for synchronous listeners elsewhere, and whom they do not wait for. Thread-safe. */
public final class AcknowledgementBook {
    private static final Logger LOG = LoggerFactory.getLogger(AcknowledgementBook.class);

    private final long limitNanos;
    private final AtomicLong lastId = new AtomicLong();
    private final ConcurrentMap<Long, Acknowledgements> open = new ConcurrentHashMap<>();
    private final AtomicInteger late = new AtomicInteger();

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

    /**
     * An event that the client is to acknowledge, and for which the command waits unless the client is late.
     *
     * @param due what the command already waits for, or null
     * @return what it waits for now, or null
     */
    @Nullable
    Acknowledgements await(Session session, @Nullable Acknowledgements due) {
        return session.dues().isLate() ? due : due == null ? open() : due;
    }

    /** The id by which the client acknowledges an event; {@code due} is what the command waits for. */
    long idFor(Session session, @Nullable Acknowledgements due) {
        long id = due == null || session.dues().isLate() ? lastId.incrementAndGet() : due.expect(session);
        promptness(session).sent(id);
        return id;
    }

    /** A client's listeners have run; an unknown id is a late one, or one that nobody waited for. */
    public void acknowledged(long id, Session session) {
        Acknowledgements acks = open.get(id);
        boolean awaited = acks != null && acks.acknowledgeOne(session);
        long unawaited = promptness(session).acknowledged(id, awaited);
        if (unawaited >= 0) {
            LOG.info(
                    "synchronous listeners of {} have caught up and are waited for again; {} events went to them"
                            + " meanwhile, {} clients are still late",
                    session.name(),
                    unawaited,
                    late.get());
        }
    }

    /** How many clients have synchronous listeners that are not waited for at present. */
    public int lateClients() {
        return late.get();
    }

    /** Answers the commands that have waited too long. */
    public void sweep() {
        long now = System.nanoTime();
        for (Acknowledgements acks : open.values()) {
            if (acks.isOverdue(now)) {
                acks.giveUp().forEach(this::missed);
            }
        }
    }

    private Promptness promptness(Session session) {
        return session.dues().promptness(() -> new Promptness(limitNanos, late));
    }

    private void missed(Session session) {
        if (promptness(session).missed()) {
            LOG.warn(
                    "synchronous listeners of {} took over {} ms (lease.listener-limit); changes are answered without"
                            + " them until they have caught up; {} clients are late now",
                    session.name(),
                    limitMillis(),
                    late.get());
        }
        // Also when it is no news: what was about to wait for it then does not any longer.
        session.dues().forgive();
    }
}
