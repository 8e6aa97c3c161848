package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Hello;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import org.jspecify.annotations.Nullable;

/** Whether a native client may come in, by what it says first. Stateless. */
final class Greeting {
    private Greeting() {}

    /**
     * Why a client is refused whoever it is; null if it is not.
     *
     * @param isReplicated whether this node is in a replicated pool
     */
    static Reply.@Nullable Failure refusal(Hello.Client hello, boolean isReplicated) {
        if (hello.minVersion() > Hello.VERSION || hello.maxVersion() < Hello.VERSION) {
            return new Reply.Failure(
                    Status.VERSION_MISMATCH,
                    "this node speaks protocol version " + Hello.VERSION + ", the client " + hello.minVersion() + " to "
                            + hello.maxVersion() + "; use a client of the node's version");
        }
        if (isReplicated && (hello.capabilities() & Hello.REPLICATED) == 0) {
            return new Reply.Failure(
                    Status.VERSION_MISMATCH,
                    "this node is a member of a replicated pool; use a client that knows them");
        }
        return null;
    }
}
