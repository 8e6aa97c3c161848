package io.distcache.server.shard;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.log.LogWriter;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.mutation.MutationCodec;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Commits to the log on this node's own disk. Thread-safe. */
public final class LocalLog implements CommitLog {
    private static final Reply.Failure OVERLOADED = new Reply.Failure(
            Status.OVERLOADED,
            "more changes wait to be logged than log.max-pending-bytes allows; nothing was applied, try again");

    private final LogWriter log;
    private volatile Reply.@Nullable Failure readOnly;

    public LocalLog(LogWriter log) {
        this.log = log;
    }

    @Override
    public CompletionStage<Void> append(int shard, List<Mutation> batch) {
        return log.append(
                shard, MutationCodec.bytes(batch), (array, offset) -> MutationCodec.encode(batch, array, offset));
    }

    @Override
    public void flush() {
        log.flush();
    }

    @Override
    public Reply.@Nullable Failure refusal() {
        Reply.Failure refusal = readOnly;
        return refusal == null && log.isOverloaded() ? OVERLOADED : refusal;
    }

    /** Whether changes are refused because of a failure. */
    public boolean isReadOnly() {
        return readOnly != null;
    }

    /** From now on changes are refused, or taken again if the cause is null. */
    public void readOnly(@Nullable String cause) {
        readOnly = cause == null
                ? null
                : new Reply.Failure(
                        Status.READ_ONLY,
                        "the node is read-only: " + cause
                                + ". Nothing was applied. When the cause is gone: bin/distcache resume, or restart it");
    }
}
