package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.protocol.Hello;
import io.distcache.protocol.OwnThread;
import java.util.concurrent.CompletableFuture;

/**
 * What a client says first on each of its connections, and by which it proves who it is. A token that is in a file is read again each
 * time, on a thread of its own: tokens are replaced while clients run. Thread-safe.
 */
final class Introduction {
    private final ClientConfig config;

    Introduction(ClientConfig config) {
        this.config = config;
    }

    /** Completes, on any thread, with what is to be said on the next connection. */
    CompletableFuture<Hello.Client> ready() {
        if (config.token().file() == null) {
            return CompletableFuture.completedFuture(hello());
        }
        CompletableFuture<Hello.Client> ready = new CompletableFuture<>();
        OwnThread.make(
                        () -> {
                            try {
                                ready.complete(hello());
                            } catch (Throwable e) {
                                ready.completeExceptionally(e);
                            }
                        },
                        "distcache-token-file",
                        null)
                .start();
        return ready;
    }

    private Hello.Client hello() {
        return new Hello.Client(
                Hello.VERSION,
                Hello.VERSION,
                Hello.REPLICATED,
                config.clientName(),
                config.token().read(),
                (int) config.healthInterval().toMillis(),
                config.user());
    }
}
