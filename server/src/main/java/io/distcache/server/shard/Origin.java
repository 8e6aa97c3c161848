package io.distcache.server.shard;

import io.distcache.protocol.Reply;
import java.util.function.Consumer;

/**
 * Where a command came from and where its reply goes.
 *
 * @param request the client's request id, 0 if none
 * @param responder called exactly once, on any thread, never under a shard's lock; must not block
 * @param wholeCache whether it is part of a command on a whole cache, which has seen to the members that are away already
 */
public record Origin(Session session, int request, Consumer<Reply> responder, boolean wholeCache) {

    /** Where a command on entries came from. */
    public Origin(Session session, int request, Consumer<Reply> responder) {
        this(session, request, responder, false);
    }
}
