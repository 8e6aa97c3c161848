package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.server.shard.operation.EntryOperation;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Operations on several entries as one step: the locks of their shards are held from {@link #begin} to {@link #end}, so that nobody sees
 * or makes a change in between. Locks are taken in the order of the shards' indexes, and in no other way is more than one held.
 *
 * <p>Confined to the thread that began it. The log gets what was changed shard by shard: a loss of power may take the end of it.
 */
public final class Transaction {
    private record Place(Shard shard, Cache cache) {}

    private final List<Shard> locked;
    private final InstantSource moment;
    private final Origin origin;
    private final Map<Place, Outcome> outcomes = new LinkedHashMap<>();
    private final List<Outcome> appended = new ArrayList<>();
    private final List<CompletableFuture<Void>> waited = new ArrayList<>();
    private boolean isChange;

    private Transaction(List<Shard> locked, InstantSource moment, Origin origin) {
        this.locked = locked;
        this.moment = moment;
        this.origin = origin;
    }

    /**
     * Takes the locks.
     *
     * @param shards distinct, by ascending index
     */
    public static Transaction begin(List<Shard> shards, InstantSource clock, Origin origin) {
        for (Shard shard : shards) {
            shard.lock();
        }
        Instant now = clock.instant();
        return new Transaction(shards, () -> now, origin);
    }

    /**
     * If the entry is leased, lets the locks go and has {@code retry} run when it is its turn, without any lock; if that takes too long
     * the origin's responder gets the refusal instead. To be asked before anything is changed.
     *
     * @param bytes what is kept meanwhile
     * @return whether the transaction has ended so
     */
    public boolean waitsFor(Shard shard, Cache cache, Bytes key, Runnable retry, long bytes) {
        Shard.LeaseWait wait = shard.waitForLease(cache, key, origin, retry, bytes);
        if (wait == Shard.LeaseWait.FREE) {
            return false;
        }
        unlock();
        if (wait == Shard.LeaseWait.REFUSED) {
            origin.responder().accept(Leases.tooMuchWaits());
        }
        return true;
    }

    /**
     * Does one of the operations.
     *
     * @return its reply, or why it was not done
     */
    public Reply execute(Shard shard, Cache cache, EntryOperation operation) {
        return shard.executeLocked(cache, operation, outcome(shard, cache));
    }

    /** Something else that was changed under the locks; there is no reply before it is committed. */
    public void changed(CompletionStage<Void> committed) {
        if (committed != CommitLog.COMMITTED) {
            isChange = true;
            waited.add(committed.toCompletableFuture());
        }
    }

    /** Something else that was looked at under the locks; there is no reply before it is committed. */
    public void seen(CompletionStage<Void> committed) {
        if (committed != CommitLog.COMMITTED) {
            waited.add(committed.toCompletableFuture());
        }
    }

    /** Hands what was changed so far to the log, before something else that is logged on its own. */
    public void append() {
        outcomes.forEach((place, outcome) -> {
            if (place.shard.commit(outcome) != CommitLog.COMMITTED) {
                CompletableFuture<Void> told = new CompletableFuture<>();
                outcome.then = failure -> {
                    if (failure == null) {
                        whenHeard(outcome, told);
                    } else {
                        told.completeExceptionally(failure);
                    }
                };
                waited.add(told);
                isChange = true;
            } else if (outcome.seen != null) {
                place.shard.awaited(outcome.seen);
                waited.add(outcome.seen.toCompletableFuture());
            }
            appended.add(outcome);
        });
        outcomes.clear();
    }

    private static void whenHeard(Outcome outcome, CompletableFuture<Void> told) {
        Acknowledgements acks = outcome.acks;
        if (acks == null) {
            told.complete(null);
        } else {
            acks.whenComplete(() -> told.complete(null));
        }
    }

    private Outcome outcome(Shard shard, Cache cache) {
        return outcomes.computeIfAbsent(new Place(shard, cache), place -> new Outcome(moment, origin));
    }

    /**
     * Hands the changes to the log and lets the locks go.
     *
     * @return the reply; null if it must wait for the log or for listeners elsewhere, and goes to the origin's responder then
     */
    public @Nullable Reply end(Reply reply) {
        try {
            append();
        } finally {
            unlock();
        }
        for (Outcome outcome : appended) {
            outcome.run();
            if (outcome.then == null && outcome.acks != null) {
                CompletableFuture<Void> told = new CompletableFuture<>();
                whenHeard(outcome, told);
                waited.add(told);
            }
        }
        if (waited.isEmpty()) {
            return reply;
        }
        CompletableFuture.allOf(waited.toArray(CompletableFuture[]::new))
                .whenComplete((done, failure) -> origin.responder().accept(failure == null ? reply : refused(failure)));
        return null;
    }

    private Reply.Failure refused(Throwable failure) {
        return isChange ? Commits.notLogged(failure) : Commits.notThere(failure);
    }

    private void unlock() {
        for (int i = locked.size() - 1; i >= 0; i--) {
            locked.get(i).unlock();
        }
    }
}
