package io.distcache.server.consensus;

import io.distcache.protocol.Reply;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.CommitLog;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionStage;

/** A log that something is wrong with. Thread-safe as what it stands before. */
abstract class WrongLog implements CommitLog {

    final CommitLog log;

    WrongLog(CommitLog log) {
        this.log = log;
    }

    @Override
    public boolean isReplicated() {
        return true;
    }

    @Override
    public boolean leads(int shard) {
        return log.leads(shard);
    }

    @Override
    public CompletionStage<Void> newest(int shard) {
        return log.newest(shard);
    }

    @Override
    public boolean bundlesTouches() {
        return log.bundlesTouches();
    }

    @Override
    public void flush() {
        log.flush();
    }

    @Override
    public Reply.Failure refusal() {
        return log.refusal();
    }

    /** Replies to changes made once stay where they were given. */
    static final class WithoutReplies extends WrongLog {
        private static final Set<Long> REPLIES = Set.of(1L);

        WithoutReplies(CommitLog log) {
            super(log);
        }

        @Override
        public CompletionStage<Void> append(int shard, List<Mutation> batch) {
            return log.append(
                    shard,
                    batch.stream()
                            .filter(one -> !REPLIES.contains(one.cacheId()))
                            .toList());
        }
    }

    /** Tells of changes before they are committed. */
    static final class Hasty extends WrongLog {
        Hasty(CommitLog log) {
            super(log);
        }

        @Override
        public CompletionStage<Void> append(int shard, List<Mutation> batch) {
            CompletionStage<Void> unused = log.append(shard, batch);
            return COMMITTED;
        }
    }
}
