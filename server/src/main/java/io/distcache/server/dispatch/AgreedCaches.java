package io.distcache.server.dispatch;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Namespaces;
import io.distcache.server.shard.Shard;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Commands on caches as such, in a replicated pool: all its nodes agree on which there are. Thread-safe. */
final class AgreedCaches {
    private final Replicas replicas;
    private final CacheHandler here;

    AgreedCaches(Replicas replicas, CacheHandler here) {
        this.replicas = replicas;
        this.here = here;
    }

    /** {@link Command.OpenCache}. */
    @Nullable
    Reply open(Command.OpenCache command, ClientSession session, int request, Consumer<Reply> responder) {
        String whyNot = session.whyNotFree(command.cache());
        if (whyNot != null) {
            return new Reply.Failure(Status.BAD_REQUEST, whyNot);
        }
        CacheDefinition wanted = command.definition();
        if (Namespaces.isInternal(wanted.namespace())) {
            return CacheHandler.internal(wanted.namespace());
        }
        Reply known = known(command, session);
        if (known != null) {
            return known;
        }
        if (!command.create()) {
            return answer(replicas.catchUp(), done -> openPresent(command, session), responder);
        }
        return answer(
                replicas.open(wanted),
                opened -> {
                    List<String> differences = wanted.differences(opened.cache().definition());
                    return differences.isEmpty()
                            ? opened(command, session, opened.cache(), opened.created())
                            : CacheHandler.differs(wanted.name(), differences);
                },
                responder);
    }

    /**
     * While nobody leads, a cache whose entries may be read all the same is opened as this node knows it, or clients that start or lose a
     * connection meanwhile could not. If the others have agreed that it is gone, its clients are told when this node hears of that, as ever.
     */
    private @Nullable Reply known(Command.OpenCache command, ClientSession session) {
        CacheDefinition wanted = command.definition();
        Cache present = here.find(wanted.namespace(), wanted.name());
        if (present == null || !present.definition().allowsStaleReads() || replicas.staleRefusalOfCaches() != null) {
            return null;
        }
        boolean isWanted =
                !command.create() || wanted.differences(present.definition()).isEmpty();
        return isWanted ? opened(command, session, present, false) : null;
    }

    private Reply openPresent(Command.OpenCache command, ClientSession session) {
        CacheDefinition wanted = command.definition();
        Cache present = here.find(wanted.namespace(), wanted.name());
        return present == null
                ? CacheHandler.noSuchCache(wanted.namespace(), wanted.name())
                : opened(command, session, present, false);
    }

    private static Reply opened(Command.OpenCache command, ClientSession session, Cache cache, boolean created) {
        return session.open(command.cache(), cache)
                ? new Reply.Opened(created, cache.definition())
                : new Reply.Failure(Status.BAD_REQUEST, "handle " + command.cache() + " was taken meanwhile");
    }

    /** {@link Command.DestroyCache}. */
    @Nullable
    Reply destroy(Command.DestroyCache command, ClientSession session, int request, Consumer<Reply> responder) {
        if (Namespaces.isInternal(command.namespace())) {
            return CacheHandler.internal(command.namespace());
        }
        return answer(
                replicas.destroy(command.namespace(), command.name()),
                wasThere ->
                        wasThere ? Reply.Ok.INSTANCE : CacheHandler.noSuchCache(command.namespace(), command.name()),
                responder);
    }

    /** {@link Command.ListCaches}. */
    @Nullable
    Reply list(Command.ListCaches command, ClientSession session, int request, Consumer<Reply> responder) {
        return answer(replicas.catchUp(), done -> here.list(command, session, request, responder), responder);
    }

    private static <T extends @Nullable Object> @Nullable Reply answer(
            CompletionStage<T> agreed, Function<T, Reply> reply, Consumer<Reply> responder) {
        agreed.whenComplete(
                (done, failure) -> responder.accept(failure == null ? reply.apply(done) : Shard.notLogged(failure)));
        return null;
    }
}
