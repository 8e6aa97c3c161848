package io.distcache.server.dispatch;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Origin;
import io.distcache.server.shard.Shards;
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
    Reply get(Command.Get command, ClientSession session, int request, Consumer<Reply> responder) {
        Cache cache = session.cache(command.cache());
        if (cache == null || cache.isDestroyed()) {
            return Handles.gone(cache, command.cache());
        }
        return reads.counted(shards.of(command.key()).get(cache, command.key()));
    }

    /** {@link Command.Contains}. */
    @Nullable
    Reply contains(Command.Contains command, ClientSession session, int request, Consumer<Reply> responder) {
        return Handles.with(
                session,
                command.cache(),
                cache -> new Reply.Count(shards.of(command.key()).contains(cache, command.key()) ? 1 : 0));
    }

    /** {@link Command.TtlOf}. */
    @Nullable
    Reply ttlOf(Command.TtlOf command, ClientSession session, int request, Consumer<Reply> responder) {
        return Handles.with(
                session,
                command.cache(),
                cache -> new Reply.Count(shards.of(command.key()).ttl(cache, command.key())));
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
