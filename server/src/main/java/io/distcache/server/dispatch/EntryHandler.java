package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Origin;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.Get;
import io.distcache.server.shard.operation.Operations;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Commands on one entry. Thread-safe. */
final class EntryHandler {
    private final Shards shards;
    private final Room room;
    private final ReadCounts reads;

    EntryHandler(Shards shards, Room room, ReadCounts reads) {
        this.shards = shards;
        this.room = room;
        this.reads = reads;
    }

    /** {@link Command.Get}. */
    @Nullable
    Reply get(Command.Get command, ClientSession session, int request, Consumer<Reply> responder) {
        Cache cache = session.cache(command.cache());
        if (cache == null || cache.isDestroyed()) {
            return Handles.gone(cache, command.cache());
        }
        return getFrom(cache, command.key(), session, request, responder);
    }

    /** The same from a cache that is at hand. */
    @Nullable
    Reply getFrom(Cache cache, Bytes key, ClientSession session, int request, Consumer<Reply> responder) {
        Shard shard = shards.of(key);
        Reply reply = shard.get(cache, key);
        if (reply == null) {
            Consumer<Reply> counting = later -> responder.accept(reads.counted(later));
            reply = shard.read(cache, new Get(key), new Origin(session, request, counting));
        }
        return reply == null ? null : reads.counted(reply);
    }

    /** A command that looks at an entry, also while it is leased. */
    @Nullable
    Reply look(Command.OnEntry command, ClientSession session, int request, Consumer<Reply> responder) {
        EntryOperation look = Operations.of(command);
        return look == null || !look.isRead()
                ? new Reply.Failure(Status.BAD_REQUEST, command.opcode() + " does more than look at an entry")
                : Handles.with(
                        session,
                        command.cache(),
                        cache -> shards.of(look.key()).read(cache, look, new Origin(session, request, responder)));
    }

    /** A command that changes an entry, or keeps others from changing it. */
    @Nullable
    Reply change(Command.OnEntry command, ClientSession session, int request, Consumer<Reply> responder) {
        Cache cache = session.cache(command.cache());
        return cache == null
                ? Handles.unknown(command.cache())
                : changeIn(cache, command, new Origin(session, request, responder));
    }

    /** The same on a cache that is at hand. */
    @Nullable
    Reply changeIn(Cache cache, Command.OnEntry command, Origin origin) {
        Reply reply =
                command instanceof Command.Put put && Room.isLarge(put.value().length())
                        ? room.makeBefore(
                                cache,
                                put.key(),
                                put.value().length(),
                                origin.session(),
                                () -> shards.of(put.key()).execute(cache, put, origin))
                        : shards.of(command.key()).execute(cache, command, origin);
        room.makeAfter(cache, command.key());
        return reply;
    }
}
