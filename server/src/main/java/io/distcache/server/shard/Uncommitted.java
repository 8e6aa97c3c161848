package io.distcache.server.shard;

import io.distcache.protocol.Bytes;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.store.EntryRecord;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What one shard has handed to the log and the log has not committed yet. It is in the tables already, so that the next command on the
 * entry finds it; whoever would show it to somebody waits until it is committed. If the log fails it is taken back, the newest first.
 *
 * <pre>
 *  a change      applied -> appended -> its batch here -> committed: its events leave, its reply goes out
 *                                                      -> failed: taken back, the reply says so
 *  a look        at an entry that a batch here has changed -> waits for that batch -> committed: its reply goes out
 *                                                                                  -> failed: it looks again
 * </pre>
 *
 * <p>A batch is what was appended while the log gathered one group, so there are few. Guarded by the shard's lock.
 */
final class Uncommitted {

    /** What shares one stage of the log. */
    static final class Batch {
        private final CompletionStage<Void> stage;
        private final List<Applied> applied = new ArrayList<>();
        private final List<Outcome> outcomes = new ArrayList<>();
        private long firstVersion = Long.MAX_VALUE;
        private boolean committed;
        private @Nullable CompletableFuture<Void> settled;

        // What is gone or has another deadline cannot be told by its version; put together when somebody asks.
        private @Nullable Set<Named> hidden;
        private int looked;

        Batch(CompletionStage<Void> stage) {
            this.stage = stage;
        }

        /** Completes when it is committed, or has failed. */
        CompletionStage<Void> stage() {
            return stage;
        }

        /** Completes when the shard has settled it: then its outcomes are told, or taken back and told so. */
        private CompletionStage<Void> settled() {
            CompletableFuture<Void> known = settled;
            if (known == null) {
                CompletableFuture<Void> made = new CompletableFuture<>();
                settled = made;
                outcomes.add(Outcome.of(failure -> {
                    if (failure == null) {
                        made.complete(null);
                    } else {
                        made.completeExceptionally(failure);
                    }
                }));
                return made;
            }
            return known;
        }

        private record Named(CacheShard part, @Nullable Bytes key) {}

        private void add(Outcome outcome) {
            outcomes.add(outcome);
            List<Applied> more = outcome.applied();
            for (int i = 0; i < more.size(); i++) {
                Applied one = more.get(i);
                applied.add(one);
                if (one.mutation instanceof Mutation.Store store) {
                    firstVersion = Math.min(
                            firstVersion, EntryRecord.version(store.record().array()));
                }
            }
        }

        private boolean hides(CacheShard part, Bytes key, boolean isReplicated) {
            for (; looked < applied.size(); looked++) {
                Applied one = applied.get(looked);
                if (one.isHidden(isReplicated)) {
                    if (hidden == null) {
                        hidden = new HashSet<>();
                    }
                    hidden.add(
                            new Named(one.part, one.mutation instanceof Mutation.OnEntry entry ? entry.key() : null));
                }
            }
            return hidden != null && (hidden.contains(new Named(part, key)) || hidden.contains(new Named(part, null)));
        }
    }

    private final boolean isReplicated;
    private final Deque<Batch> batches = new ArrayDeque<>(2);

    /**
     * Of a shard.
     *
     * @param isReplicated whether what time or want of space decided is taken back, too
     */
    Uncommitted(boolean isReplicated) {
        this.isReplicated = isReplicated;
    }

    /** Whether everything is committed. */
    boolean isEmpty() {
        return batches.isEmpty();
    }

    /** The oldest batch if its stage is complete: then whoever was to say so has not come to it yet, or never will. */
    @Nullable
    Batch overdue() {
        Batch oldest = batches.peek();
        return oldest != null && oldest.stage.toCompletableFuture().isDone() ? oldest : null;
    }

    /** Takes what a command did; the batch if that is a new one, which somebody is to {@link #commit} or {@link #fail} when the stage completes. */
    @Nullable
    Batch add(CompletionStage<Void> stage, Outcome outcome) {
        Batch last = batches.peekLast();
        if (last != null && last.stage == stage) {
            last.add(outcome);
            return null;
        }
        Batch made = new Batch(stage);
        made.add(outcome);
        batches.add(made);
        return made;
    }

    /** When what a look at an entry has found is committed, or taken back; null if it is committed. */
    @Nullable
    CompletionStage<Void> under(CacheShard part, Bytes key, byte @Nullable [] record) {
        for (Iterator<Batch> newest = batches.descendingIterator(); newest.hasNext(); ) {
            Batch batch = newest.next();
            if ((record != null && EntryRecord.version(record) >= batch.firstVersion)
                    || batch.hides(part, key, isReplicated)) {
                return batch.settled();
            }
        }
        return null;
    }

    /** Which of two such stages completes later. */
    CompletionStage<Void> later(CompletionStage<Void> one, CompletionStage<Void> other) {
        for (Iterator<Batch> newest = batches.descendingIterator(); newest.hasNext(); ) {
            CompletionStage<Void> stage = newest.next().settled();
            if (stage == one || stage == other) {
                return stage;
            }
        }
        return other;
    }

    /** When everything so far is committed, or taken back; null if it is committed. */
    @Nullable
    CompletionStage<Void> everything() {
        Batch last = batches.peekLast();
        return last == null ? null : last.settled();
    }

    /**
     * A batch is committed.
     *
     * @return the outcomes that are committed with it and were not before, in order: not those of a batch behind one that is open
     */
    List<Outcome> commit(Batch batch) {
        batch.committed = true;
        Batch first = batches.peek();
        if (first == batch && batches.size() == 1) {
            batches.clear();
            return batch.outcomes;
        }
        List<Outcome> done = new ArrayList<>();
        for (; first != null && first.committed; first = batches.peek()) {
            batches.remove();
            done.addAll(first.outcomes);
        }
        return done;
    }

    /** All that it has, in order. */
    List<Applied> ahead() {
        if (batches.isEmpty()) {
            return List.of();
        }
        List<Applied> all = new ArrayList<>();
        batches.forEach(batch -> all.addAll(batch.applied));
        return all;
    }

    /** What a failure of the log takes. */
    record Failed(List<Applied> applied, List<Outcome> outcomes, long firstVersion) {}

    /**
     * A batch is not in the log for sure, and so none behind it is. They are forgotten here; what they did is for the caller to take back.
     *
     * @param batch the first that failed; null for the first there is
     */
    Failed fail(@Nullable Batch batch) {
        List<Applied> applied = new ArrayList<>();
        List<Outcome> outcomes = new ArrayList<>();
        long firstVersion = Long.MAX_VALUE;
        boolean found = batch == null;
        for (Iterator<Batch> all = batches.iterator(); all.hasNext(); ) {
            Batch one = all.next();
            found |= one == batch;
            if (found) {
                all.remove();
                applied.addAll(one.applied);
                outcomes.addAll(one.outcomes);
                firstVersion = Math.min(firstVersion, one.firstVersion);
            }
        }
        return new Failed(applied, outcomes, firstVersion);
    }
}
