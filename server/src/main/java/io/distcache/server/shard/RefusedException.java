package io.distcache.server.shard;

import io.distcache.protocol.Reply;

/** Why a log does not have something, with what its client is to be told. Immutable. */
public final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final transient Reply.Failure reply;

    public RefusedException(Reply.Failure reply) {
        super(reply.message(), null, false, false);
        this.reply = reply;
    }

    /** What a client is told. */
    public Reply.Failure reply() {
        return reply;
    }
}
