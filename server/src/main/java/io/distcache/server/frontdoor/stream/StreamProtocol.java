package io.distcache.server.frontdoor.stream;

import io.distcache.protocol.Reply;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What the bytes of one client mean: the port of a {@link StreamConnection}, which a protocol implements with an object for each client. It
 * reads requests from {@link RequestBytes} and answers them by {@link OrderedReplies}. Confined to the connection's event loop.
 */
public interface StreamProtocol {

    /** What the node's log calls the client; asked on any thread. */
    String name();

    /**
     * Executes the request that comes first and moves {@link RequestBytes#from} behind it. Returns false if the request is not complete, or
     * the connection is to be closed.
     */
    boolean executeNext();

    /** How many bytes the request that comes first takes, as far as that can be told yet; 0 if not at all. */
    int wantedBytes();

    /** The request that comes first is refused, for want of room; what comes next is what is behind it, or nothing. */
    void refuseForRoom();

    /** Writes that a request was refused or failed, as the client's protocol says it. */
    void writeFailure(Reply.Failure failure, ByteBuf out);

    /** The bytes have moved inside their array or to another one: {@code delta} is added to all positions. */
    default void moved(int delta) {}

    /** A request was executed, as far as that could be done there and then, which took so long; its bytes are still where they were. */
    default void executed(long nanos) {}

    /** Whether the request that comes first has been executed in part, and the rest of it lies there. */
    default boolean isMidway() {
        return false;
    }

    /** Memory that is taken for a request that is not complete, besides its bytes. */
    default long parsingBytes() {
        return 0;
    }

    /** The protocol that a client speaks whose first byte this is, if it is not this one; else null. */
    default @Nullable String strangeProtocol(byte first) {
        return Strangers.byFirstByte(first);
    }
}
