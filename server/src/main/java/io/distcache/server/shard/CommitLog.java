package io.distcache.server.shard;

import io.distcache.protocol.Reply;
import io.distcache.server.mutation.Mutation;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Where mutations go before their commands are answered. Appends of entries come in order, under their shard's lock; those of caches
 * under the lock of {@link Caches}. None may block; a replicated log fits behind the same interface. Thread-safe.
 */
public interface CommitLog {

    /** Done already: what {@link #append} returns where there is nothing to wait for. */
    CompletionStage<Void> COMMITTED = CompletableFuture.completedFuture(null);

    /** Completes when both do; {@link #COMMITTED} itself if both are. */
    static CompletionStage<Void> both(CompletionStage<Void> one, CompletionStage<Void> other) {
        if (other == COMMITTED || other == one) {
            return one;
        }
        return one == COMMITTED
                ? other
                : CompletableFuture.allOf(one.toCompletableFuture(), other.toCompletableFuture());
    }

    /** The log of a node that keeps its data in memory only. */
    CommitLog NONE = new CommitLog() {
        @Override
        public CompletionStage<Void> append(int shard, List<Mutation> batch) {
            return COMMITTED;
        }

        @Override
        public boolean isKept() {
            return false;
        }
    };

    /**
     * Appends what one command changed on one shard. What the mutations refer to is copied here and now, since a record's header
     * may change as soon as the shard's lock is released.
     *
     * @return completes when the commands behind the batch may be answered; {@link #COMMITTED} itself if that is now; fails if the
     *     batch may be lost. Never throws
     */
    CompletionStage<Void> append(int shard, List<Mutation> batch);

    /** Whether anything becomes of what is appended; if not, it need not be made. */
    default boolean isKept() {
        return true;
    }

    /** Sends what was appended on its way; to be called without a lock, before a thread that appended turns to something else. */
    default void flush() {}

    /**
     * Whether other nodes have what is committed and nothing else: then what turns out not to be committed is taken back whatever its cause, and
     * only the shards that this node {@link #leads} change by themselves.
     */
    default boolean isReplicated() {
        return false;
    }

    /**
     * Whether a deadline that an access has moved by little need not be appended at once. Where it is not, it is taken back when this node stops
     * to lead.
     */
    default boolean bundlesTouches() {
        return false;
    }

    /** Whether the node may change a shard now; asked under the shard's lock. */
    default boolean leads(int shard) {
        return true;
    }

    /**
     * When it is known that a look at a shard which begins after that shows the newest there is; {@link #COMMITTED} itself if that is now.
     *
     * @return fails with {@link RefusedException} if it is to be looked at elsewhere
     */
    default CompletionStage<Void> newest(int shard) {
        return COMMITTED;
    }

    /** Whether {@link #newest} would be {@link #COMMITTED} itself. */
    default boolean isNewest(int shard) {
        return newest(shard) == COMMITTED;
    }

    /** An answer waits for this stage: for the commit of what somebody else has changed. To be counted. */
    default void awaited(CompletionStage<Void> stage) {}

    /** Why changes that need the log are refused now, before anything is applied; null if they are not. */
    default Reply.@Nullable Failure refusal() {
        return null;
    }
}
