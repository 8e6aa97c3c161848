package io.distcache.client.internal.routing;

import io.distcache.client.NoSuchCacheException;
import io.distcache.client.RemoteCache;
import io.distcache.client.internal.pool.CacheState;
import io.distcache.client.internal.pool.NodeSession;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A cache whose commands go where the {@link Router} says. Thread-safe. */
public final class RoutedCache implements RemoteCache {
    private final Router router;
    private final CacheState state;
    private final AtomicBoolean closed = new AtomicBoolean();

    public RoutedCache(Router router, CacheState state) {
        this.router = router;
        this.state = state;
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
        return node(command).call(command, null);
    }

    @Override
    public Reply call(Command command, Consumer<Push.Event> ownEvents) {
        return node(command).call(command, Objects.requireNonNull(ownEvents, "ownEvents"));
    }

    @Override
    public CompletionStage<Reply> callAsync(Command command) {
        return node(command).callAsync(command);
    }

    private NodeSession node(@Nullable Command command) {
        Objects.requireNonNull(command, "command");
        if (closed.get()) {
            throw new IllegalStateException("cache " + state.name() + " is closed here");
        }
        if (state.destroyed()) {
            throw new NoSuchCacheException("cache " + state.name() + " was destroyed; open it anew");
        }
        return command instanceof Command.OnEntry entry ? router.nodeOf(entry.key()) : router.anyNode();
    }

    @Override
    public void subscribe(int kinds, int syncKinds, boolean oldValues, Consumer<Push.Event> listener) {
        Objects.requireNonNull(listener, "listener");
        if (closed.get()) {
            throw new IllegalStateException("cache " + state.name() + " is closed here");
        }
        router.anyNode().subscribe(state, kinds, syncKinds, oldValues, listener);
    }

    @Override
    public void ack(long ackId) {
        router.anyNode().ack(ackId);
    }

    @Override
    public boolean destroyed() {
        return state.destroyed();
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            router.anyNode().closeCache(state);
        }
    }

    @Override
    public String toString() {
        return "RemoteCache[" + state.name() + " handle=" + handle() + "]";
    }
}
