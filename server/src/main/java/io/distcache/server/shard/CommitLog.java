package io.distcache.server.shard;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Where mutations go before their commands are answered. Appends of one shard come in order, under that shard's lock, and must
 * not block; a replicated log fits behind the same interface.
 */
public interface CommitLog {

    /** Done already: what {@link #append} returns where there is nothing to wait for. */
    CompletionStage<Void> COMMITTED = CompletableFuture.completedFuture(null);

    /** The log of a node that keeps its data in memory only. */
    CommitLog NONE = (shard, batch) -> COMMITTED;

    /**
     * Appends what one command changed on one shard.
     *
     * @return completes when the commands behind the batch may be answered; {@link #COMMITTED} itself if that is now
     */
    CompletionStage<Void> append(int shard, List<Mutation> batch);
}
