package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.server.pool.Hints;
import io.distcache.server.pool.Pool;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Namespaces;
import io.distcache.server.shard.Shards;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Commands with which clients keep the nodes of a pool in step. Thread-safe. */
final class PoolHandler {
    private final Pool pool;
    private final Caches caches;
    private final Shards shards;
    private final CommitLog log;

    PoolHandler(Pool pool, Caches caches, Shards shards, CommitLog log) {
        this.pool = pool;
        this.caches = caches;
        this.shards = shards;
        this.log = log;
    }

    /** {@link Command.Pool}. */
    @Nullable
    Reply pool(Command.Pool command, ClientSession session, int request, Consumer<Reply> responder) {
        pool.pool(command, session, responder);
        return null;
    }

    /** {@link Command.Away}. */
    @Nullable
    Reply away(Command.Away command, ClientSession session, int request, Consumer<Reply> responder) {
        pool.away(command, session, request, responder);
        return null;
    }

    /** {@link Command.HandedOver}. */
    @Nullable
    Reply handedOver(Command.HandedOver command, ClientSession session, int request, Consumer<Reply> responder) {
        pool.handedOver(session, responder);
        return null;
    }

    /** {@link Command.Standing}. */
    @Nullable
    Reply standing(Command.Standing command, ClientSession session, int request, Consumer<Reply> responder) {
        pool.standing(command, session, responder);
        return null;
    }

    /** {@link Command.Invalidate}: what others changed while this node was away. */
    @Nullable
    Reply invalidate(Command.Invalidate command, ClientSession session, int request, Consumer<Reply> responder) {
        if (Namespaces.isInternal(command.namespace())) {
            return CacheHandler.internal(command.namespace());
        }
        List<Cache> meant;
        if (command.everything()
                && command.namespace().isEmpty()
                && command.name().equals(Hints.ALL_CACHES)) {
            meant = caches.all().stream()
                    .filter(cache -> !Namespaces.isInternal(cache.definition().namespace()))
                    .toList();
        } else {
            Cache cache = caches.find(command.namespace(), command.name());
            meant = cache == null ? List.of() : List.of(cache);
        }
        Reply.Failure refusal = meant.stream().anyMatch(Cache::isLogged) ? log.refusal() : null;
        if (refusal != null) {
            return refusal;
        }
        CompletionStage<Void> committed = CommitLog.COMMITTED;
        for (Cache cache : meant) {
            if (command.everything()) {
                committed = CommitLog.both(committed, shards.clear(cache));
            }
            for (Bytes key : command.keys()) {
                committed = CommitLog.both(committed, shards.of(key).upkeep().drop(cache, key));
            }
        }
        return LoggedChange.answer(committed, Reply.Ok.INSTANCE, responder);
    }
}
