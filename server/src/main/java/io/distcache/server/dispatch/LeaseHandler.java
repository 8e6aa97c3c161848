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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Leases on many entries at once, and the end of leases; one lease alone is a command on one entry. Thread-safe. */
final class LeaseHandler {
    private final Shards shards;
    private final Room room;
    private final int maxReplyBytes;

    LeaseHandler(Shards shards, Room room, int maxReplyBytes) {
        this.shards = shards;
        this.room = room;
        this.maxReplyBytes = maxReplyBytes;
    }

    /** {@link Command.LeaseMany}. */
    @Nullable
    Reply leaseMany(Command.LeaseMany command, ClientSession session, int request, Consumer<Reply> responder) {
        return Handles.with(session, command.cache(), cache -> {
            Gathering gathering = new Gathering(command.count(), Reply.Many::new, responder);
            long bytes = 0;
            for (int i = 0; i < command.count(); i++) {
                Bytes key = command.key(i);
                Origin origin = new Origin(session, request, gathering.part(i));
                // What does not fit into one reply is for the client to ask for alone, as what others hold.
                Reply reply = bytes > maxReplyBytes / 2
                        ? new Reply.Failure(Status.LEASE_BUSY, "the reply is full; ask for this entry alone")
                        : shards.of(key).tryLease(cache, key, command.onMiss(), command.leaseMillis(), origin);
                if (reply instanceof Reply.Leased leased && leased.value() != null) {
                    bytes += leased.value().length();
                } else if (reply instanceof Reply.Value value) {
                    bytes += value.value().length();
                }
                gathering.part(i, reply);
            }
            return gathering.allAsked();
        });
    }

    /** {@link Command.Settle}. */
    @Nullable
    Reply settle(Command.Settle command, ClientSession session, int request, Consumer<Reply> responder) {
        Cache cache = session.cache(command.cache());
        int count = command.settlements().size();
        if (cache == null) {
            return new Reply.Many(command.settlements().stream()
                    .map(settlement -> noCache(command.cache(), settlement))
                    .toList());
        }
        Gathering gathering = new Gathering(count, Reply.Many::new, responder);
        for (int i = 0; i < count; i++) {
            Command.Settlement settlement = command.settlements().get(i);
            Origin origin = new Origin(session, request, gathering.part(i));
            gathering.part(i, settle(cache, settlement, origin));
            room.makeAfter(cache, settlement.key());
        }
        return gathering.allAsked();
    }

    /** Destroyed or closed, and its leases with it; another connection may have settled one with a number before. */
    private static Reply noCache(int handle, Command.Settlement settlement) {
        return new Reply.Failure(
                settlement.as() == null ? Status.LEASE_LOST : Status.NO_SUCH_CACHE,
                "no cache is open under handle " + handle + ", so its leases have ended");
    }

    private @Nullable Reply settle(Cache cache, Command.Settlement settlement, Origin origin) {
        Shard shard = shards.of(settlement.key());
        Reply reply = shard.settlements().settle(cache, settlement, origin);
        Command.OnceNumber as = settlement.as();
        return as != null && reply instanceof Reply.Failure failure && failure.status() == Status.LEASE_LOST
                ? shard.settlements().settled(settlement, as, origin)
                : reply;
    }
}
