package io.distcache.server.pool;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Namespaces;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import java.io.IOException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is in the pool, as this node knows it. Thread-safe: all that is long runs on one thread, one after the other, so that no
 * membership is adopted while another is, or while hints are handed over.
 */
public final class Pool {
    private static final Logger LOG = LoggerFactory.getLogger(Pool.class);
    private static final String FAR_REMEDY =
            ", which this node knows, so nothing was changed. If it is this node that was told"
                    + " something wrong, stop it, move the file " + PoolFile.NAME
                    + " out of its data directory, if it has one, and start it again";
    private static final long STILL_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Ownership ownership;
    private final Caches caches;
    private final Shards shards;
    private final CommitLog log;
    private final PoolStore store;
    private final Executor background;
    private final Consumer<Membership> announce;
    private final Standing standing;
    private final HandOver handOver;
    /** When {@link #tick} was called last; only the pool's thread ends a time without. */
    private volatile long tickedNanos;

    private volatile boolean ticks;
    private boolean saved = true;

    /**
     * Of a node in no pool.
     *
     * @param config for how long it is kept waiting for others
     * @param background one thread
     * @param announce tells all clients of a new membership
     */
    public Pool(
            Ownership ownership,
            Caches caches,
            Shards shards,
            CommitLog log,
            PoolStore store,
            PoolConfig config,
            Executor background,
            Consumer<Membership> announce) {
        this.ownership = ownership;
        this.caches = caches;
        this.shards = shards;
        this.log = log;
        this.store = store;
        this.background = background;
        this.announce = announce;
        this.standing = new Standing((int) config.returnWait().toMillis());
        this.handOver = new HandOver(ownership, caches, this.shards, standing);
    }

    /** What commands are checked against. */
    public Ownership ownership() {
        return ownership;
    }

    /** Who is in the pool; {@link Membership#NONE} if the node is in none. */
    public Membership membership() {
        PoolView view = ownership.view();
        return view == null ? Membership.NONE : view.membership();
    }

    /**
     * Goes on where an earlier start ended; when the data is loaded, before any command.
     *
     * @param kept what it knew of its pool; null if it was in none
     */
    public void restore(@Nullable PoolFile kept) {
        ownership.hints().restore();
        if (kept != null) {
            ownership.publish(new PoolView(kept.membership(), kept.self()));
            standing.knewOfPool();
        }
    }

    // --- commands ---

    /** {@link Command.Pool}. */
    public void pool(Command.Pool command, PoolClient session, Consumer<Reply> responder) {
        if (command.membership().isDefined()) {
            if (command.self().isEmpty() || command.membership().members().isEmpty()) {
                responder.accept(new Reply.Failure(
                        Status.BAD_REQUEST,
                        "a POOL that names epoch " + command.membership().epoch()
                                + " must also say which of at least one member the node is"));
                return;
            }
            session.becomePoolAware();
        }
        later(responder, answer -> {
            if (command.membership().isDefined()) {
                String far = command.membership().whyFarFrom(membership());
                if (far != null) {
                    session.poolView(null);
                    answer.accept(new Reply.Failure(Status.BAD_REQUEST, far + FAR_REMEDY));
                    return;
                }
                hear(command.membership(), command.self());
                PoolView known = ownership.view();
                boolean same = known != null && known.membership().equals(command.membership());
                session.poolView(same ? known : null);
            }
            answer.accept(new Reply.Members(membership()));
        });
    }

    /** {@link Command.Away}. */
    public void away(Command.Away command, PoolClient session, int request, Consumer<Reply> responder) {
        session.becomePoolAware();
        later(responder, answer -> handOver.away(command.names(), session, request, answer));
    }

    /** {@link Command.HandedOver}. */
    public void handedOver(PoolClient session, Consumer<Reply> responder) {
        later(responder, answer -> handOver.handedOver(session, answer));
    }

    /**
     * A session is about to change a whole cache: its members that are away must hear of it.
     *
     * @return why it may not; null if it may
     */
    public Reply.@Nullable Failure changesWhole(Cache cache, PoolClient session) {
        return ownership.view() == null ? null : handOver.changesWhole(cache, session);
    }

    /** {@link Command.Standing}. */
    public void standing(Command.Standing command, PoolClient session, Consumer<Reply> responder) {
        session.becomePoolAware();
        later(responder, answer -> {
            seeWhetherStoodStill(System.nanoTime());
            PoolView view = ownership.view();
            if (view == null || session.poolView() != view) {
                answer.accept(HandOver.outdated());
            } else {
                answer.accept(standing.heard(command, view));
            }
        });
    }

    /** Why it is not safe to stop the next node of the pool; empty if it is, or there is no pool. */
    public String notReady() {
        PoolView view = ownership.view();
        return view == null || !view.isMember() || view.membership().members().size() == 1
                ? ""
                : standing.notReady(
                        view,
                        handOver.clients(),
                        ownership.hints().members().stream()
                                .filter(ownership.hints()::has)
                                .toList());
    }

    /** Ends waits that are over; to be called often: the node takes a long time without a call for one in which it stood still. */
    public void tick() {
        long now = System.nanoTime();
        handOver.endOverdue(now);
        if (ticks && now - tickedNanos > STILL_NANOS) {
            later(reply -> {}, answer -> seeWhetherStoodStill(now));
        } else {
            tickedNanos = now;
            ticks = true;
        }
    }

    /** On the pool's thread. A node that stood still has not seen what went on meanwhile; everybody has to tell it anew how the pool is. */
    private void seeWhetherStoodStill(long now) {
        if (!ticks || now - tickedNanos <= STILL_NANOS) {
            return;
        }
        tickedNanos = System.nanoTime();
        PoolView view = ownership.view();
        if (view != null) {
            standing.stoodStill();
            ownership.publish(new PoolView(view.membership(), view.self()));
            handOver.startAnew();
        }
    }

    private void later(Consumer<Reply> responder, Consumer<Consumer<Reply>> work) {
        // What a reply tells of has left the process before.
        Consumer<Reply> answer = reply -> {
            log.flush();
            responder.accept(reply);
        };
        try {
            background.execute(() -> {
                try {
                    work.accept(answer);
                } catch (RuntimeException e) {
                    LOG.error("a command about the pool failed", e);
                    answer.accept(new Reply.Failure(
                            Status.INTERNAL, "a command about the pool failed inside the node: " + e));
                }
                log.flush();
            });
        } catch (RejectedExecutionException e) {
            responder.accept(new Reply.Failure(Status.DRAINING, "the node is stopping"));
        }
    }

    // --- a new membership ---

    private void hear(Membership given, String self) {
        PoolView old = ownership.view();
        Membership known = membership();
        if (given.isNewerThan(known)) {
            adopt(old, new PoolView(given, self));
        } else if (old != null && given.equals(known) && !self.equals(old.self())) {
            LOG.warn(
                    "a client came to this node as member {}, others as {}; it is {} from now on, and drops what it"
                            + " has. Check the names and addresses that clients have in their URIs",
                    self,
                    old.self(),
                    self);
            adopt(old, new PoolView(given, self));
        } else if (old != null && !saved) {
            save(old);
        }
    }

    /**
     * Publish, sweep, log, save, announce; the order is what makes it safe. From the publication on no session knows what the node
     * knows, so none changes entries while they are swept, nor reads what will go ({@link Ownership}). The file is written when the
     * sweep is on disk: a node killed in between starts with the old membership, is told of the new one, and sweeps again, while one
     * that had the new file and not the sweep would take what is left for its own. Should saving fail, the same holds.
     */
    private void adopt(@Nullable PoolView old, PoolView next) {
        long began = System.nanoTime();
        ownership.publish(next);
        standing.joined(next, old == null);
        handOver.startAnew();
        long before = entries();
        sweep(old, next);
        save(next);
        for (String member : ownership.hints().members()) {
            // Not before: a start with the old membership would still need them.
            if (!next.has(member) || member.equals(next.self())) {
                ownership.hints().drop(member).forEach(this::clear);
            }
        }
        announce.accept(next.membership());
        LOG.info(
                "pool epoch {} of {} members, this node is {}{}; {} of {} entries dropped in {} ms",
                next.membership().epoch(),
                next.membership().members().size(),
                next.self(),
                next.isMember() ? "" : ", which is no longer one of them",
                Math.max(0, before - entries()),
                before,
                (System.nanoTime() - began) / 1_000_000);
    }

    private void sweep(@Nullable PoolView old, PoolView next) {
        long epoch = next.membership().epoch();
        Predicate<Bytes> kept;
        if (old == null && epoch == 1) {
            // A node of its own, or one of a pool just made: what it has is as good as what others have.
            kept = next::owns;
        } else if (old != null && epoch == old.membership().nextEpoch()) {
            kept = key -> old.owns(key) && next.owns(key);
        } else {
            // In an epoch that passed it by the keys may have had other owners, who changed them.
            kept = null;
        }
        Predicate<Bytes> moved = kept == null ? key -> true : kept.negate();
        LeasePatience.await(shards, caches.all(), moved);
        for (Cache cache : caches.all()) {
            if (Namespaces.isInternal(cache.definition().namespace())) {
                continue;
            }
            if (kept == null) {
                clear(cache);
            } else {
                Predicate<Bytes> stays = kept;
                for (Shard shard : shards) {
                    shard.upkeep().drop(cache, Long.MAX_VALUE, key -> !stays.test(key));
                    log.flush();
                }
            }
        }
    }

    private void clear(Cache cache) {
        CompletionStage<Void> unused = shards.clear(cache);
        log.flush();
    }

    private long entries() {
        return caches.all().stream()
                .filter(cache -> !Namespaces.isInternal(cache.definition().namespace()))
                .mapToLong(Cache::entries)
                .sum();
    }

    private void save(PoolView view) {
        try {
            store.save(new PoolFile(view.membership(), view.self()).encode());
            saved = true;
        } catch (IOException e) {
            saved = false;
            LOG.error(
                    "the pool's members of epoch {} could not be kept in the data directory: {}. The node goes on;"
                            + " after a restart it drops what may have changed hands since the epoch that is there",
                    view.membership().epoch(),
                    e.getMessage());
        }
    }
}
