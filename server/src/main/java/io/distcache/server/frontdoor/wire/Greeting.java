package io.distcache.server.frontdoor.wire;

import io.distcache.protocol.Hello;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Secret;
import io.distcache.protocol.Status;
import org.jspecify.annotations.Nullable;

/** Whether a native client may come in, by what it says first. Stateless. */
final class Greeting {
    private Greeting() {}

    /**
     * Why a client is refused; null if it is not.
     *
     * @param wanted the node's token; empty if it wants none
     */
    static Reply.@Nullable Failure refusal(Hello.Client hello, Secret wanted) {
        if (hello.minVersion() > Hello.VERSION || hello.maxVersion() < Hello.VERSION) {
            return new Reply.Failure(
                    Status.VERSION_MISMATCH,
                    "this node speaks protocol version " + Hello.VERSION + ", the client " + hello.minVersion() + " to "
                            + hello.maxVersion() + "; use a client of the node's version");
        }
        if (!wanted.isEmpty() && !wanted.equals(hello.token())) {
            return new Reply.Failure(
                    Status.UNAUTHORIZED,
                    "the node wants its token (server.auth-token); the client sent "
                            + (hello.token().isEmpty() ? "none" : "another"));
        }
        return null;
    }
}
