package io.distcache.server.dispatch;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.access.Principal;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Namespaces;
import io.distcache.server.shard.Shards;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Commands on caches as such: which there are, how large they are, and who listens to them. Thread-safe. */
final class CacheHandler {
    private final Caches caches;
    private final Shards shards;
    private final CommitLog log;
    private final WholeCache wholeCache;
    private final AcknowledgementBook acks;

    CacheHandler(Caches caches, Shards shards, CommitLog log, WholeCache wholeCache, AcknowledgementBook acks) {
        this.caches = caches;
        this.shards = shards;
        this.log = log;
        this.wholeCache = wholeCache;
        this.acks = acks;
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
            return internal(wanted.namespace());
        }
        Caches.Opened opened;
        if (command.create()) {
            Reply.Failure refusal = log.refusal();
            if (refusal != null && caches.find(wanted.namespace(), wanted.name()) == null) {
                return refusal;
            }
            opened = caches.openOrCreate(wanted);
            List<String> differences = wanted.differences(opened.cache().definition());
            if (!differences.isEmpty()) {
                return differs(wanted.name(), differences);
            }
        } else {
            Cache present = caches.find(wanted.namespace(), wanted.name());
            if (present == null) {
                return noSuchCache(wanted.namespace(), wanted.name());
            }
            opened = new Caches.Opened(present, false, CommitLog.COMMITTED);
        }
        if (!session.open(command.cache(), opened.cache())) {
            return new Reply.Failure(Status.BAD_REQUEST, "handle " + command.cache() + " was taken meanwhile");
        }
        Cache made = opened.cache();
        opened.committed().whenComplete((done, failure) -> {
            if (failure != null) {
                // Whoever asks again finds handle and name as they were.
                session.release(command.cache());
                caches.forget(made);
                CompletionStage<Void> unused = shards.clear(made);
            }
        });
        return LoggedChange.answer(
                opened.committed(),
                new Reply.Opened(opened.created(), opened.cache().definition()),
                responder);
    }

    /** Why a client may not name a namespace. */
    static Reply.Failure internal(String namespace) {
        return new Reply.Failure(
                Status.BAD_REQUEST, "namespace " + namespace + " is the node's own; use another for your caches");
    }

    static Reply.Failure differs(String name, List<String> differences) {
        return new Reply.Failure(
                Status.DEFINITION_DIFFERS,
                "cache " + name + " exists with another definition: " + String.join("; ", differences)
                        + ". Use the same definition, another name, or destroy the cache first");
    }

    /** The cache of a name, or null. */
    @Nullable
    Cache find(String namespace, String name) {
        return caches.find(namespace, name);
    }

    static Reply.Failure noSuchCache(String namespace, String name) {
        return new Reply.Failure(Status.NO_SUCH_CACHE, "there is no cache " + name + " in namespace " + namespace);
    }

    /** {@link Command.CloseCache}. */
    static Reply close(Command.CloseCache command, ClientSession session, int request, Consumer<Reply> responder) {
        session.release(command.cache());
        return Reply.Ok.INSTANCE;
    }

    /** {@link Command.DestroyCache}. */
    @Nullable
    Reply destroy(Command.DestroyCache command, ClientSession session, int request, Consumer<Reply> responder) {
        if (Namespaces.isInternal(command.namespace())) {
            return internal(command.namespace());
        }
        Reply.Failure refusal = log.refusal();
        if (refusal != null) {
            return refusal;
        }
        Cache going = caches.find(command.namespace(), command.name());
        refusal = going == null ? null : wholeCache.refusal(going, session);
        if (refusal != null) {
            return refusal;
        }
        Caches.Removed removed = caches.remove(command.namespace(), command.name());
        if (removed == null) {
            return noSuchCache(command.namespace(), command.name());
        }
        CompletionStage<Void> unused = shards.clear(removed.cache());
        for (Cache.OpenHandle open : removed.cache().openHandles()) {
            if (open.session() != session) {
                open.session().push(new Push.Destroyed(open.handle()));
            }
            // A client that never asks again, and so never closes it, would keep it for as long as it is connected.
            open.session().release(open.handle());
        }
        return LoggedChange.answer(removed.committed(), Reply.Ok.INSTANCE, responder);
    }

    /** {@link Command.ListCaches}. */
    Reply list(Command.ListCaches command, ClientSession session, int request, Consumer<Reply> responder) {
        List<CacheDefinition> all = caches.definitions(command.namespace());
        Principal who = session.principal();
        return new Reply.Caches(
                who == null ? all : all.stream().filter(who::mayKnow).toList());
    }

    /** {@link Command.CacheInfo}. */
    static @Nullable Reply info(
            Command.CacheInfo command, ClientSession session, int request, Consumer<Reply> responder) {
        return Handles.with(
                session,
                command.cache(),
                cache -> new Reply.Info(cache.entries(), cache.bytes(), cache.evictions(), cache.expirations()));
    }

    /** {@link Command.Size}. */
    static @Nullable Reply size(Command.Size command, ClientSession session, int request, Consumer<Reply> responder) {
        return Handles.with(session, command.cache(), cache -> new Reply.Count(cache.entries()));
    }

    /** {@link Command.Subscribe}. */
    static @Nullable Reply subscribe(
            Command.Subscribe command, ClientSession session, int request, Consumer<Reply> responder) {
        return Handles.with(session, command.cache(), cache -> {
            cache.subscriptions()
                    .set(session, command.cache(), command.kinds(), command.syncKinds(), command.oldValues());
            // The rules may have changed since the gate was passed.
            session.forgetUnreadable(command.cache());
            return Reply.Ok.INSTANCE;
        });
    }

    /** {@link Command.Ack}, which is not answered. */
    @Nullable
    Reply acknowledge(Command.Ack command, ClientSession session, int request, Consumer<Reply> responder) {
        acks.acknowledged(command.ackId(), session);
        return null;
    }

    /** {@link Command.Clear}. */
    @Nullable
    Reply clear(Command.Clear command, ClientSession session, int request, Consumer<Reply> responder) {
        return LoggedChange.with(log, session, command.cache(), cache -> {
            Reply.Failure refusal = wholeCache.refusal(cache, session);
            return refusal == null ? LoggedChange.answer(shards.clear(cache), Reply.Ok.INSTANCE, responder) : refusal;
        });
    }
}
