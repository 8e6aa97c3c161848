package io.distcache.server.frontdoor.stream;

import io.distcache.protocol.Reply;
import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The place of one reply among those of its connection, for a request whose reply may come later. An object for one use. {@link
 * #accept} may be called on any thread; all else is confined to the connection's event loop.
 */
public abstract class PendingReply implements Consumer<Reply> {
    private final StreamConnection connection;
    private volatile @Nullable Reply reply;
    /** What the connection has counted as kept. */
    long countedBytes;
    /** Nothing of it is sent, since the client wants no reply. */
    boolean isMuted;

    protected PendingReply(StreamConnection connection) {
        this.connection = connection;
    }

    @Override
    public final void accept(Reply late) {
        reply = late;
        connection.completed();
    }

    /** The connection whose request it answers. */
    protected final StreamConnection connection() {
        return connection;
    }

    final @Nullable Reply reply() {
        return reply;
    }

    /**
     * Whether the request is executed, and only its reply is still to come; if not, nothing that the client sent after it may be
     * executed.
     */
    protected abstract boolean isExecuted();

    /** How many bytes of values are in the reply, as far as they can be many. */
    protected long valueBytes() {
        return 0;
    }

    /** What is kept for the reply, as far as it can be much. */
    protected long keptBytes() {
        return valueBytes();
    }

    /** Writes the reply as the client wants it. */
    protected abstract void encode(Reply reply, ByteBuf out);

    /**
     * Whether the reply is so long that it is written part by part, as the client takes it; asked when it is there. {@link #encode} then
     * writes its begin.
     */
    protected boolean isInParts() {
        return false;
    }

    /** Writes the next part of a reply in parts; whether there was one. */
    protected boolean encodePart(ByteBuf out) {
        return false;
    }
}
