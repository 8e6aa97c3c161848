package io.distcache.client.internal.pool;

import io.distcache.protocol.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What has come of a command that was sent. Stateless. */
final class Arrived {
    private Arrived() {}

    /** The reply that has arrived; what came in its place is thrown. */
    static Reply reply(@Nullable CompletableFuture<Reply> sent) {
        if (sent == null) {
            throw new IllegalStateException("nothing was sent");
        }
        try {
            return sent.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
    }
}
