package io.distcache.client.internal.link;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens and subscribes single caches over the connection that there is: as a step of those that open all, if that is under way. Where
 * there is no connection it comes with the next. Thread-safe.
 */
final class SingleCaches {
    private final SocketTransport transport;
    private final CachesAtNode caches;
    private final long callNanos;

    SingleCaches(SocketTransport transport, CachesAtNode caches, long callNanos) {
        this.transport = transport;
        this.caches = caches;
        this.callNanos = callNanos;
    }

    /** Opens a cache that is registered already. Null where it need not or cannot be opened now. */
    CompletableFuture<@Nullable Reply> open(CacheState cache) {
        return now(
                steps -> steps.open(cache),
                () -> ask(CachesAtNode.opening(cache, true))
                        .thenCompose(reply -> CachesAtNode.isAnother(reply) && cache.isOnlyDeclared()
                                ? ask(CachesAtNode.attaching(cache))
                                : CompletableFuture.completedFuture(reply))
                        .whenComplete((reply, failure) -> {
                            if (reply instanceof Reply.Opened && !caches.isRegistered(cache)) {
                                caches.close(cache.handle());
                            } else if (reply != null && cache.isOnlyDeclared()) {
                                boolean unused = caches.openedAs(cache, reply);
                            } else if (reply instanceof Reply.Opened) {
                                caches.opened(cache.handle());
                            }
                        }));
    }

    /** Says what a registered cache is subscribed to. Null where it cannot be said now. */
    CompletableFuture<@Nullable Reply> subscribe(CacheState cache) {
        Command subscribing = CachesAtNode.subscribing(cache);
        return subscribing == null
                ? CompletableFuture.completedFuture(null)
                : now(steps -> steps.also(subscribing), () -> ask(subscribing));
    }

    private CompletableFuture<Reply> ask(Command command) {
        return transport.direct(command, callNanos);
    }

    private CompletableFuture<@Nullable Reply> now(
            Consumer<Reopening> whileOpening, Supplier<CompletableFuture<Reply>> whenOpen) {
        CompletableFuture<@Nullable Reply> result = new CompletableFuture<>();
        transport.onLoop(() -> {
            if (transport.stage() instanceof Stage.Opening opening) {
                whileOpening.accept(opening.steps());
                result.complete(null);
            } else if (!transport.stage().takesCommands()) {
                result.complete(null);
            } else {
                // Null if the connection is lost meanwhile: it comes with the next, then.
                CompletableFuture<Reply> unused =
                        whenOpen.get().whenComplete((reply, failure) -> result.complete(reply));
            }
        });
        return transport.isClosed() ? CompletableFuture.completedFuture(null) : result;
    }
}
