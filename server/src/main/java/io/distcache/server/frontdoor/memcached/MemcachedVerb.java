package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.distcache.server.shard.operation.EntryOperation;
import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * A command on one entry: what it does there, and what the client is told of it. An object for one use. Made on its connection's event
 * loop, decides under the shard's lock.
 */
abstract class MemcachedVerb extends PendingReply implements EntryOperation {
    private final Bytes key;
    private final boolean isRead;
    private final boolean silent;
    // Written by the thread that has the shard's lock. Whoever reads too old a false waits for the reply, which comes.
    private boolean executed;

    /** {@code silent} for noreply: nothing is answered, whatever happens. */
    MemcachedVerb(MemcachedConnection connection, Bytes key, boolean isRead, boolean silent) {
        super(connection.stream());
        this.key = key;
        this.isRead = isRead;
        this.silent = silent;
    }

    @Override
    public final Bytes key() {
        return key;
    }

    @Override
    public final boolean isRead() {
        return isRead;
    }

    @Override
    public final Reply decide(EntryView entry) {
        executed = true;
        run(entry);
        return Reply.Ok.INSTANCE;
    }

    @Override
    protected final boolean isExecuted() {
        return executed;
    }

    @Override
    protected final void encode(Reply reply, ByteBuf out) {
        if (silent) {
            return;
        }
        if (reply instanceof Reply.Failure failure) {
            out.writeBytes(ascii(failure(failure) + "\r\n"));
        } else {
            answer(out);
        }
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** What the node refuses, in words that clients of memcached know. */
    static String failure(Reply.Failure failure) {
        if (failure.status() == Status.FULL) {
            return "SERVER_ERROR out of memory storing object";
        }
        if (failure.status() == Status.UNAUTHORIZED) {
            return Errors.UNAUTHENTICATED;
        }
        if (failure.status() == Status.FORBIDDEN) {
            return "CLIENT_ERROR " + failure.message().replace('\r', ' ').replace('\n', ' ');
        }
        return failure.status() == Status.TOO_LARGE
                ? "SERVER_ERROR object too large for cache"
                : "SERVER_ERROR " + failure.message().replace('\r', ' ').replace('\n', ' ');
    }

    abstract void run(EntryView entry);

    abstract void answer(ByteBuf out);
}
