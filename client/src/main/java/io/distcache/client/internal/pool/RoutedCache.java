package io.distcache.client.internal.pool;

import io.distcache.client.DefinitionDiffersException;
import io.distcache.client.NoSuchCacheException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.CacheState;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A cache whose commands go where the {@link Router} says. Thread-safe. */
public final class RoutedCache implements RemoteCache {
    private final Router router;
    private final Map<Integer, CacheState> caches;
    private final CacheState state;
    private final PooledCalls pooled;
    private final AtomicBoolean closed = new AtomicBoolean();

    /** {@code caches} is the client's register of open caches, in which {@code state} is. */
    public RoutedCache(Router router, Map<Integer, CacheState> caches, CacheState state) {
        this.router = router;
        this.caches = caches;
        this.state = state;
        this.pooled = new PooledCalls(router, state.definition());
    }

    @Override
    public CacheDefinition definition() {
        return state.definition();
    }

    @Override
    public int handle() {
        return state.handle();
    }

    @Override
    public boolean created() {
        return state.created();
    }

    @Override
    public Reply call(Command command) {
        return send(command, null);
    }

    @Override
    public Reply call(Command command, Consumer<Push.Event> ownEvents) {
        return send(command, Objects.requireNonNull(ownEvents, "ownEvents"));
    }

    private Reply send(Command command, @Nullable Consumer<Push.Event> ownEvents) {
        Reply reply = askOnly(command, ownEvents);
        return reply == null ? pooled.call(command, ownEvents) : reply;
    }

    /**
     * Asks the only node for a page of its entries.
     *
     * @param replicated makes the attempts at the first page in a replicated pool, if the node has become a member of one
     */
    Reply page(Command.Scan scan, Function<Leaders, Retry.Attempts<Reply>> replicated) {
        Reply reply = askOnly(scan, null);
        return reply == null ? pooled.page(scan, replicated) : reply;
    }

    /** What the only node says; null if there is none, or it does not take the command and others may. */
    private @Nullable Reply askOnly(Command command, @Nullable Consumer<Push.Event> ownEvents) {
        check(command);
        NodeSession only = router.only();
        if (only != null && !pooled.misses(only)) {
            try {
                Reply reply = only.calls().ask(command, only.calls().callNanos(), ownEvents);
                if (!Calls.isElsewhere(reply) && !WholeCache.isPageOfMember(only, reply)) {
                    return reply;
                }
            } catch (UnreachableException e) {
                // It was not applied. A node that has become a member of a pool meanwhile has others beside it.
                if (router.only() == only) {
                    throw e;
                }
            }
        }
        return null;
    }

    @Override
    public CompletionStage<Reply> callAsync(Command command) {
        check(command);
        return pooled.send(command);
    }

    @Override
    public Reply callOnce(Command.OnEntry change) {
        check(change);
        return pooled.once(change);
    }

    @Override
    public CompletionStage<Reply> callOnceAsync(Command.OnEntry change) {
        check(change);
        return pooled.sendOnce(change);
    }

    private void check(@Nullable Command command) {
        Objects.requireNonNull(command, "command");
        if (state.destroyed()) {
            throw new NoSuchCacheException("cache " + state.name() + " was destroyed; open it anew");
        }
        if (closed.get()) {
            throw new IllegalStateException("cache " + state.name() + " is closed here");
        }
        String refusal = state.refusal();
        if (refusal != null) {
            throw new DefinitionDiffersException("cache " + state.name() + " cannot be used here: " + refusal);
        }
    }

    @Override
    public Pages pages(int maxEntries, boolean keysOnly, Bytes match) {
        return pooled.pages(this, maxEntries, keysOnly, match);
    }

    @Override
    public void subscribe(int kinds, int syncKinds, boolean oldValues, EventListener listener) {
        Objects.requireNonNull(listener, "listener");
        if (closed.get()) {
            throw new IllegalStateException("cache " + state.name() + " is closed here");
        }
        CacheState.Subscription before = state.subscription();
        state.subscription(new CacheState.Subscription(kinds, syncKinds, oldValues, listener));
        boolean subscribed = false;
        try {
            NodeSession only = router.only();
            if (only != null && !(only instanceof SocketSession)) {
                only.caches().subscribe(state);
            } else {
                for (SocketSession session : router.view().sessions()) {
                    subscribe(session);
                }
            }
            subscribed = true;
        } finally {
            if (!subscribed) {
                state.subscription(before);
            }
        }
    }

    @Override
    public void subscribeLater(int kinds, int syncKinds, boolean oldValues, EventListener listener) {
        Objects.requireNonNull(listener, "listener");
        if (closed.get()) {
            return;
        }
        state.subscription(new CacheState.Subscription(kinds, syncKinds, oldValues, listener));
        NodeSession only = router.only();
        if (only != null) {
            only.caches().subscribeLater(state);
        } else {
            router.view().sessions().forEach(session -> session.caches().subscribeLater(state));
        }
    }

    private void subscribe(SocketSession session) {
        if (session.link() == 0) {
            // It is told with the cache when it is back, or now if that is just happening.
            CompletableFuture<?> unused = session.subscribeRegistered(state);
            return;
        }
        try {
            boolean unused = new Retry(session.calls())
                    .waiting(e -> e instanceof UnreachableException && session.link() != 0, () -> {
                        session.caches().subscribe(state);
                        return true;
                    });
        } catch (UnreachableException e) {
            // Gone meanwhile: it is told with the cache when it is back.
            if (session.link() != 0) {
                throw e;
            }
        }
    }

    @Override
    public boolean destroyed() {
        return state.destroyed();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            state.subscription(null);
            caches.remove(state.handle());
            NodeSession only = router.only();
            if (only != null) {
                only.caches().close(state.handle());
            } else {
                router.view().sessions().forEach(session -> session.caches().close(state.handle()));
            }
        }
    }

    @Override
    public String toString() {
        return "RemoteCache[" + state.name() + " handle=" + handle() + "]";
    }
}
