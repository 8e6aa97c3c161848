package io.distcache.client.internal.pool;

import io.distcache.client.RemoteCache;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.OneLine;
import org.jspecify.annotations.Nullable;

/** An open cache, and what must be said of it to every node it is used on, and again to one that has forgotten it. Thread-safe. */
public final class CacheState {

    /** What {@link Command.Subscribe} said last, and who hears the events. */
    public record Subscription(int kinds, int syncKinds, boolean oldValues, RemoteCache.EventListener listener) {}

    final int handle;
    final CacheDefinition definition;
    final boolean created;
    private volatile @Nullable Subscription subscription;
    private volatile boolean destroyed;

    public CacheState(int handle, CacheDefinition definition, boolean created) {
        this.handle = handle;
        this.definition = definition;
        this.created = created;
    }

    public int handle() {
        return handle;
    }

    public CacheDefinition definition() {
        return definition;
    }

    public boolean created() {
        return created;
    }

    public boolean destroyed() {
        return destroyed;
    }

    /** From now on {@code wanted} is said when the cache is opened on a node. */
    public void subscription(@Nullable Subscription wanted) {
        subscription = wanted;
    }

    public @Nullable Subscription subscription() {
        return subscription;
    }

    public void markDestroyed() {
        destroyed = true;
    }

    /** The cache as messages name it. */
    public String name() {
        return OneLine.of(
                definition.namespace().isEmpty()
                        ? definition.name()
                        : definition.namespace() + "/" + definition.name());
    }
}
