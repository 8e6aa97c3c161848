package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.operation.Cause;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way of one shard's changes from the decision to the answer: applied, appended to the log, committed, told. Nothing is told before
 * it is committed; what turns out not to be is taken back. Guarded by the shard's lock, which it takes itself when the log calls.
 */
final class Commits {
    private static final Logger LOG = LoggerFactory.getLogger(Commits.class);

    private final int index;
    private final ReentrantLock lock;
    private final CommitLog log;
    private final boolean isLogKept;
    private final boolean isReplicated;
    private final Touches touches;
    private final ShardState state;
    private final AcknowledgementBook acks;
    private final Uncommitted uncommitted;
    /** Changes made once, by the keys of their replies, that the failed log has or has not. */
    private final Set<Bytes> uncertain = new HashSet<>();

    Commits(int index, ReentrantLock lock, CommitLog log, ShardState state, AcknowledgementBook acks) {
        this.index = index;
        this.lock = lock;
        this.log = log;
        this.isLogKept = log.isKept();
        this.isReplicated = log.isReplicated();
        this.touches = new Touches(index, log, state);
        this.state = state;
        this.acks = acks;
        this.uncommitted = new Uncommitted(isReplicated);
    }

    /** Applies what was decided, and notes it for the log and for who listens. */
    void apply(Cache cache, CacheShard part, Mutation.OnEntry mutation, Cause cause, int hash, Outcome outcome) {
        if (cause == Cause.EXPIRED || cause == Cause.ENDED) {
            cache.expired();
        }
        if (cause == Cause.ACCESSED && touches.move(cache, part, mutation, hash, outcome)) {
            return;
        }
        record(cache, part, mutation, cause, hash, outcome);
    }

    /** Applies a change, and notes it; also one that an access made, which the log may otherwise hear of later. */
    void record(Cache cache, CacheShard part, Mutation.OnEntry mutation, Cause cause, int hash, Outcome outcome) {
        if ((isLogKept && cache.isLogged()) || !cache.subscriptions().isEmpty()) {
            Applied change = new Applied(cache, part, mutation, cause, hash);
            state.apply(change);
            outcome.record(change);
        } else {
            state.apply(cache, part, mutation, hash);
        }
    }

    /** Takes all entries away. */
    void clear(Cache cache, CacheShard part, Mutation.Clear clear, Outcome outcome) {
        Applied change = new Applied(cache, part, clear, Cause.REMOVED, 0);
        state.apply(change);
        if (isLogKept && cache.isLogged() && !cache.isDestroyed()) {
            outcome.record(change);
        }
    }

    // --- looking ---

    /** Whether what a look at an entry shows is committed. */
    boolean isCommitted(Cache cache, CacheShard part, Bytes key, byte @Nullable [] record) {
        return uncommitted.isEmpty() || !cache.isLogged() || uncommitted.under(part, key, record) == null;
    }

    /** Notes that the command has looked at an entry, and so tells nobody before that is committed. */
    void look(Cache cache, CacheShard part, Bytes key, byte @Nullable [] record, Outcome outcome) {
        if (!uncommitted.isEmpty() && cache.isLogged()) {
            CompletionStage<Void> under = uncommitted.under(part, key, record);
            if (under != null) {
                outcome.seen = outcome.seen == null ? under : uncommitted.later(outcome.seen, under);
            }
        }
    }

    /** Whether there is a log that anything is to wait for. */
    boolean areLogged() {
        return isLogKept;
    }

    /** When all that the shard has of a cache is committed; {@link CommitLog#COMMITTED} itself if it is. */
    CompletionStage<Void> everything(Cache cache) {
        CompletionStage<Void> last = cache.isLogged() ? uncommitted.everything() : null;
        return last == null ? CommitLog.COMMITTED : last;
    }

    // --- to the log, and back ---

    /**
     * Hands what a command changed to the log. Its events leave when it is committed, which is now if nothing must be waited for.
     *
     * @return completes when the changes are committed; {@link CommitLog#COMMITTED} itself if they are
     */
    CompletionStage<Void> commit(Outcome outcome) {
        List<Mutation> mutations = isLogKept ? outcome.toLog() : List.of();
        CompletionStage<Void> committed = mutations.isEmpty() ? CommitLog.COMMITTED : log.append(index, mutations);
        if (committed == CommitLog.COMMITTED) {
            Events.fire(outcome);
            return committed;
        }
        Uncommitted.Batch made = uncommitted.add(committed, outcome);
        if (made != null) {
            settleWhenComplete(made, outcome);
        }
        return committed;
    }

    /**
     * Hands what a look has found to be over to the log. Where another node may come to see the entry alive again, that it is gone is told
     * when it is committed; a deadline that has moved is not waited for.
     */
    void commitLook(Outcome outcome) {
        CompletionStage<Void> committed = commit(outcome);
        if (isReplicated
                && committed != CommitLog.COMMITTED
                && outcome.applied().stream().anyMatch(change -> change.cause == Cause.EXPIRED)) {
            // The last there is, so no other comes later.
            outcome.seen = uncommitted.everything();
        }
    }

    private void settleWhenComplete(Uncommitted.Batch batch, Outcome outcome) {
        // Not now: it may be complete already, and answers leave without the lock.
        outcome.afterwards(() -> batch.stage().whenComplete((done, failure) -> settle(batch, failure)));
    }

    /**
     * Settles what a thread has left behind that failed between its change and the answers, for want of memory: what comes later would
     * wait for it. A batch that is settled twice is settled once.
     */
    void settleOverdue(Outcome outcome) {
        Uncommitted.Batch overdue = uncommitted.overdue();
        if (overdue != null) {
            settleWhenComplete(overdue, outcome);
        }
    }

    /**
     * Hands what a command changed to the log.
     *
     * @param undone done if the command turns out not to be committed, before it is answered; not under the lock
     * @return the reply, or null if it waits for the log or for listeners elsewhere, and goes to the origin's responder then
     */
    @Nullable
    Reply commit(Outcome outcome, Reply reply, Origin origin, @Nullable Runnable undone) {
        if (commit(outcome) != CommitLog.COMMITTED) {
            outcome.then = failure -> {
                if (failure == null) {
                    answer(outcome, reply, origin);
                } else {
                    fail(undone, notLogged(failure), origin.responder());
                }
            };
            return null;
        }
        return answerSeen(outcome, reply, origin, undone);
    }

    /**
     * The reply, when what the command has looked at is committed, and who listens elsewhere has heard of its events. If what it has
     * looked at is taken back, the command is done again.
     */
    @Nullable
    Reply answerSeen(Outcome outcome, Reply reply, Origin origin, @Nullable Runnable undone) {
        CompletionStage<Void> seen = outcome.seen;
        if (seen != null) {
            log.awaited(seen);
            outcome.afterwards(() -> seen.whenComplete((done, failure) -> {
                if (failure == null) {
                    answer(outcome, reply, origin);
                    return;
                }
                Supplier<@Nullable Reply> again = outcome.again;
                if (again == null || isReplicated) {
                    fail(undone, notThere(failure), origin.responder());
                    return;
                }
                if (undone != null) {
                    undone.run();
                }
                Reply now = lookAgain(again);
                if (now != null) {
                    origin.responder().accept(now);
                }
            }));
            return null;
        }
        if (outcome.acks != null) {
            outcome.afterwards(() -> answer(outcome, reply, origin));
            return null;
        }
        return reply;
    }

    /**
     * Executes a command when a look at the shard shows the newest there is.
     *
     * @param newest fails if that is elsewhere
     * @return null: the reply comes later
     */
    @Nullable
    Reply whenNewest(CompletionStage<Void> newest, Origin origin, Supplier<@Nullable Reply> command) {
        newest.whenComplete((done, failure) -> {
            Reply reply = failure == null ? lookAgain(command) : notThere(failure);
            if (reply != null) {
                origin.responder().accept(reply);
            }
            log.flush();
        });
        return null;
    }

    private static @Nullable Reply lookAgain(Supplier<@Nullable Reply> again) {
        try {
            return again.get();
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("a command could not be done again", e);
            return new Reply.Failure(Status.INTERNAL, "the command failed inside the node: " + e);
        }
    }

    private void answer(Outcome outcome, Reply reply, Origin origin) {
        Acknowledgements due = outcome.acks;
        if (due == null) {
            origin.responder().accept(reply);
        } else {
            origin.session().push(new Push.Queued(origin.request(), acks.limitMillis()));
            due.whenComplete(() -> origin.responder().accept(reply));
        }
    }

    private static void fail(@Nullable Runnable undone, Reply.Failure reply, Consumer<Reply> responder) {
        if (undone != null) {
            undone.run();
        }
        responder.accept(reply);
    }

    /** What a client is told whose change may be in the log or not. */
    static Reply.Failure notLogged(Throwable failure) {
        if (cause(failure) instanceof RefusedException refused) {
            return refused.reply();
        }
        return new Reply.Failure(
                Status.INDETERMINATE,
                "logging the change failed: " + cause(failure)
                        + ". This node has taken it back; it may come again if the node restarts before bin/distcache resume");
    }

    /** What a client is told who would have seen what is not there. */
    static Reply.Failure notThere(Throwable failure) {
        if (cause(failure) instanceof RefusedException refused) {
            Reply.Failure reply = refused.reply();
            // Of the change that was looked at it is not known what becomes of it; the look itself did nothing.
            return reply.status() == Status.INDETERMINATE
                    ? new Reply.Failure(Status.NOT_LEADER, reply.message())
                    : reply;
        }
        return new Reply.Failure(
                Status.OVERLOADED,
                "what was looked at was being changed, and logging the change failed: " + cause(failure)
                        + ". The node has taken the change back, and this command did nothing; ask again");
    }

    private static Throwable cause(Throwable failure) {
        Throwable cause = failure.getCause();
        return failure instanceof CompletionException && cause != null ? cause : failure;
    }

    /** The log has committed a batch, or failed to. */
    private void settle(Uncommitted.Batch batch, @Nullable Throwable failure) {
        if (failure != null) {
            revoke(batch, failure);
            return;
        }
        List<Outcome> done;
        lock.lock();
        try {
            done = uncommitted.commit(batch);
            done.forEach(Events::fire);
        } finally {
            lock.unlock();
        }
        for (Outcome one : done) {
            one.end(null);
        }
    }

    /** The log has failed: what it has not committed will never be. */
    void revokeAll(Throwable failure) {
        revoke(null, failure);
    }

    private void revoke(Uncommitted.@Nullable Batch first, Throwable failure) {
        List<Outcome> done;
        List<Outcome> gone;
        lock.lock();
        try {
            done = commitDone();
            gone = revoke(first);
        } finally {
            lock.unlock();
        }
        done.forEach(outcome -> outcome.end(null));
        gone.forEach(outcome -> outcome.end(failure));
    }

    /** What is applied and not committed, in order; under the lock. */
    List<Applied> ahead() {
        return uncommitted.ahead();
    }

    /** What is committed, also where nobody has come to say so yet: it must not be taken back. Under the lock. */
    List<Outcome> commitDone() {
        List<Outcome> done = new ArrayList<>();
        for (Uncommitted.Batch batch = uncommitted.overdue();
                batch != null && !batch.stage().toCompletableFuture().isCompletedExceptionally();
                batch = uncommitted.overdue()) {
            done.addAll(uncommitted.commit(batch));
        }
        done.forEach(Events::fire);
        return done;
    }

    private List<Outcome> revoke(Uncommitted.@Nullable Batch first) {
        Uncommitted.Failed failed = uncommitted.fail(first);
        for (int i = failed.applied().size() - 1; i >= 0; i--) {
            Applied change = failed.applied().get(i);
            // A destroyed cache has no parts.
            if ((isReplicated || change.isRevocable()) && change.cache.part(index) == change.part) {
                state.revoke(change);
                if (!isReplicated && change.cache.isOfReplies() && change.mutation instanceof Mutation.OnEntry kept) {
                    uncertain.add(kept.key());
                }
            }
        }
        if (isReplicated) {
            // Whoever leads now lets time do it again, and tells.
            return failed.outcomes();
        }
        // Time does not wait for the log: what it took from those who had seen it, they hear of.
        long firstVersion = failed.firstVersion();
        for (Outcome outcome : failed.outcomes()) {
            for (Applied change : outcome.applied()) {
                byte[] before = change.before;
                if (change.cause == Cause.EXPIRED && before != null && EntryRecord.version(before) < firstVersion) {
                    Events.fire(change, outcome);
                }
            }
        }
        return failed.outcomes();
    }

    /**
     * Whether a change made once was taken back, and may be made all the same by a start from the log as it is. That is over when the log
     * takes changes again: it then begins behind what failed.
     *
     * @param changed the key that it changes
     * @param as its number, asked for only if there are such at all
     */
    boolean isUncertain(Bytes changed, Command.OnceNumber as) {
        if (uncertain.isEmpty()) {
            return false;
        }
        Reply.Failure refusal = log.refusal();
        if (refusal == null || refusal.status() != Status.READ_ONLY) {
            uncertain.clear();
        }
        return uncertain.contains(ReplyIndex.key(changed, as.client(), as.number()));
    }
}
