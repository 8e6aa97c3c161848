package io.distcache.server.shard;

import io.distcache.protocol.Reply;
import java.util.function.Consumer;

/**
 * Where a command came from and where its reply goes.
 *
 * @param request the client's request id, 0 if none
 * @param responder called exactly once, on any thread, never under a shard's lock; must not block
 */
public record Origin(Session session, int request, Consumer<Reply> responder) {}
