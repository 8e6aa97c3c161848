package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Evictor;
import io.distcache.server.shard.Session;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The room that what is written takes: for a large value it is made before, for others afterwards. Thread-safe. */
final class Room {
    /** A value of this length is large. */
    private static final int LARGE_VALUE_BYTES = 1 << 20;

    private final Evictor evictor;

    Room(Evictor evictor) {
        this.evictor = evictor;
    }

    /** Whether room is to be made before so many bytes are stored. */
    static boolean isLarge(long valueBytes) {
        return valueBytes >= LARGE_VALUE_BYTES;
    }

    /** Drops others until a cache that has been written to is within its bounds, and the node is. */
    void makeAfter(Cache cache, Bytes written) {
        evictor.makeRoom(cache, written);
    }

    /** Executes a command with a large value: room is made for it before, and it is refused if the heap has none. */
    @Nullable
    Reply makeBefore(Cache cache, Bytes key, long bytes, Session session, Supplier<@Nullable Reply> execution) {
        evictor.makeRoomFor(cache, key, bytes);
        try {
            return execution.get();
        } catch (OutOfMemoryError e) {
            // Nothing is changed before the record is there.
            session.account().notFound((int) bytes);
            return new Reply.Failure(
                    Status.OVERLOADED, "the node has no room for a value of " + bytes + " bytes in one piece now");
        }
    }
}
