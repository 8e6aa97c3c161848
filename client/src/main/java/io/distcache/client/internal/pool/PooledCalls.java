package io.distcache.client.internal.pool;

import io.distcache.client.FailurePolicy;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.Retry;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Calls of one cache on a pool of several nodes. What has surely not been applied (a node is stopping, or sees the pool otherwise, or could
 * not be reached) is tried again while the call has time; what may have been is not, since a repeat could be seen, unless it is made once.
 * How is said by the attempts at each kind of call: {@link OneEntry}, {@link OnceCalls}, {@link ManyEntries}, {@link WholeCache}.
 * Thread-safe.
 */
final class PooledCalls {
    private final Router router;
    private final DownPolicy down;
    private final Granters granters = new Granters();

    PooledCalls(Router router, CacheDefinition cache) {
        this.router = router;
        this.down = new DownPolicy(router, cache);
    }

    /** Whether calls are not simply sent to the only node, since they come to something without it, too. */
    boolean misses(NodeSession only) {
        return down.misses(only);
    }

    FailurePolicy policy() {
        return down.policy();
    }

    /** Sends a command and waits for the whole reply. */
    Reply call(Command command, @Nullable Consumer<Push.Event> ownEvents) {
        if (!(command instanceof Command.OnEntry)) {
            // Its parts are sent without waiting, and then waited for.
            router.some().calls().refuseOnEventLoop();
        }
        return retry().waiting(attempts(command, ownEvents));
    }

    /** Sends a command; in order with what this thread sends before and after, unless it must be tried again. */
    CompletableFuture<Reply> send(Command command) {
        NodeSession only = router.only();
        if (only != null && !misses(only)) {
            return only.calls()
                    .askAsync(command, only.calls().callNanos(), null)
                    .thenCompose(reply -> Calls.isElsewhere(reply)
                            ? retry().staged(attempts(command, null))
                            : CompletableFuture.completedFuture(reply));
        }
        return retry().staged(attempts(command, null));
    }

    /** Has a change made once, and waits for the reply. */
    Reply once(Command.OnEntry change) {
        return retry().waiting(new OnceCalls(router, down, granters, change));
    }

    /** Has a change made once; asynchronous as {@link #send} is. */
    CompletableFuture<Reply> sendOnce(Command.OnEntry change) {
        return retry().staged(new OnceCalls(router, down, granters, change));
    }

    private Retry retry() {
        return new Retry(router.some().calls());
    }

    private Retry.Attempts<Reply> attempts(Command command, @Nullable Consumer<Push.Event> ownEvents) {
        if (command instanceof Command.OnEntry entry) {
            return new OneEntry(router, down, granters, entry, ownEvents);
        }
        Parts parts = Parts.of(command);
        return parts == null
                ? new WholeCache(router, down, command, ownEvents)
                : new ManyEntries(router, down, granters, parts, ownEvents);
    }
}
