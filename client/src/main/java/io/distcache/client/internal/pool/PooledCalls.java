package io.distcache.client.internal.pool;

import io.distcache.client.FailurePolicy;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Calls of one cache on a pool of several nodes. What has surely not been applied (a node is stopping, or sees the pool otherwise, or could
 * not be reached) is tried again while the call has time; what may have been is not, since a repeat could be seen, unless it is made once.
 * How is said by the attempts at each kind of call: {@link OneEntry}, {@link OnceCalls}, {@link ManyEntries}, {@link WholeCache}; in a
 * replicated pool {@link LeaderCall} and those beside it. Thread-safe.
 */
final class PooledCalls {
    private final Router router;
    private final DownPolicy down;
    private final StaleReads stale;
    private final Granters granters = new Granters();

    PooledCalls(Router router, CacheDefinition cache) {
        this.router = router;
        this.down = new DownPolicy(router, cache);
        this.stale = new StaleReads(router.staleAnswers, cache);
    }

    /** Whether calls are not simply sent to the only node, since they come to something without it, too. */
    boolean misses(NodeSession only) {
        return down.misses(only);
    }

    private FailurePolicy policy() {
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
                    .handle((reply, failure) -> isToGoOn(only, reply, failure)
                            ? retry().staged(attempts(command, null))
                            : failure == null
                                    ? CompletableFuture.completedFuture(reply)
                                    : CompletableFuture.<Reply>failedFuture(failure))
                    .thenCompose(outcome -> outcome);
        }
        return retry().staged(attempts(command, null));
    }

    /** Whether a command was not applied, and another node may take it; one that has become a member of a pool has others beside it. */
    private boolean isToGoOn(NodeSession only, @Nullable Reply reply, @Nullable Throwable failure) {
        return failure == null
                ? Calls.isElsewhere(Objects.requireNonNull(reply))
                : failure instanceof UnreachableException && router.only() != only;
    }

    /** Has a change made once, and waits for the reply. */
    Reply once(Command.OnEntry change) {
        return retry().waiting(onceAttempts(change));
    }

    /** Has a change made once; asynchronous as {@link #send} is. */
    CompletableFuture<Reply> sendOnce(Command.OnEntry change) {
        return retry().staged(onceAttempts(change));
    }

    private Retry retry() {
        return new Retry(router.some().calls());
    }

    private Retry.Attempts<Reply> onceAttempts(Command.OnEntry change) {
        Leaders leaders = router.leaders();
        return leaders == null
                ? new OnceCalls(router, down, granters, change)
                : new LeaderOnce(router, leaders, down, change, null);
    }

    private Retry.Attempts<Reply> attempts(Command command, @Nullable Consumer<Push.Event> ownEvents) {
        Leaders leaders = router.leaders();
        if (leaders != null) {
            return attempts(leaders, command, ownEvents);
        }
        if (command instanceof Command.OnEntry entry) {
            return new OneEntry(router, down, granters, entry, ownEvents);
        }
        Parts parts = Parts.of(command);
        return parts == null
                ? new WholeCache(router, down, command, ownEvents, begun -> attempts(begun, command, ownEvents))
                : new ManyEntries(router, down, granters, parts, ownEvents);
    }

    /** In a replicated pool every change of an entry that can be made once is. */
    private Retry.Attempts<Reply> attempts(Leaders leaders, Command command, @Nullable Consumer<Push.Event> ownEvents) {
        if (command instanceof Command.OnEntry entry) {
            return Command.Once.isFor(entry)
                    ? new LeaderOnce(router, leaders, down, entry, ownEvents)
                    : new LeaderCall(router, leaders, down, stale, entry, ownEvents);
        }
        if (command instanceof Command.Settle settle) {
            return new LeaderSettle(router, leaders, down, settle, ownEvents);
        }
        Parts parts = Parts.of(command);
        if (parts != null) {
            return command instanceof Command.PutAll || command instanceof Command.RemoveAll
                    ? new LeaderManyOnce(router, leaders, down, parts, ownEvents)
                    : new LeaderParts(router, leaders, down, stale, command, parts, ownEvents);
        }
        return command instanceof Command.OnCache whole && Command.OfGroup.isFor(whole)
                ? new LeaderGroups(router, leaders, down, whole, ownEvents)
                : new AnyMember(router, command);
    }

    /** The entries of the cache. */
    RemoteCache.Pages pages(RoutedCache cache, int maxEntries, boolean keysOnly, Bytes match) {
        Leaders leaders = router.leaders();
        return leaders == null
                ? new CachePages(
                        cache,
                        router,
                        policy(),
                        maxEntries,
                        keysOnly,
                        match,
                        begun -> leaderPages(cache, begun, maxEntries, keysOnly, match))
                : leaderPages(cache, leaders, maxEntries, keysOnly, match);
    }

    private LeaderPages leaderPages(RoutedCache cache, Leaders leaders, int maxEntries, boolean keysOnly, Bytes match) {
        return new LeaderPages(router, leaders, down, cache.handle(), maxEntries, keysOnly, match);
    }

    /**
     * Asks the nodes for a page, and waits for it.
     *
     * @param replicated makes the attempts at the first page in a replicated pool, should the node be a member of one by then
     */
    Reply page(Command.Scan scan, Function<Leaders, Retry.Attempts<Reply>> replicated) {
        router.some().calls().refuseOnEventLoop();
        return retry().waiting(new WholeCache(router, down, scan, null, replicated));
    }
}
