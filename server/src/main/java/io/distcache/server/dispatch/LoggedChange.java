package io.distcache.server.dispatch;

import io.distcache.protocol.Reply;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Shard;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A change that is not of one entry: it is refused while the log takes none, and answered when the log has it. Stateless. */
final class LoggedChange {
    private LoggedChange() {}

    /** What an action answers for the cache under a handle, if that is there and the log takes changes. */
    static @Nullable Reply with(
            CommitLog log, ClientSession session, int handle, Function<Cache, @Nullable Reply> action) {
        return Handles.with(session, handle, cache -> {
            Reply.Failure refusal = cache.isLogged() ? log.refusal() : null;
            return refusal == null ? action.apply(cache) : refusal;
        });
    }

    /** The reply if the change is logged already; else null, and it comes when it is. */
    static @Nullable Reply answer(CompletionStage<Void> committed, Reply reply, Consumer<Reply> responder) {
        if (committed == CommitLog.COMMITTED) {
            return reply;
        }
        committed.whenComplete((done, failure) -> responder.accept(failure == null ? reply : Shard.notLogged(failure)));
        return null;
    }
}
