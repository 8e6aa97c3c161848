package io.distcache.client.internal.pool;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What must be said again to a node that has forgotten this connection's cache. Thread-safe. */
public final class CacheState {

    /** What {@link Command.Subscribe} said last, and who hears the events. */
    record Subscription(int kinds, int syncKinds, boolean oldValues, Consumer<Push.Event> listener) {}

    final int handle;
    final CacheDefinition definition;
    final boolean created;
    volatile @Nullable Subscription subscription;
    private volatile boolean destroyed;

    CacheState(int handle, CacheDefinition definition, boolean created) {
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

    void markDestroyed() {
        destroyed = true;
    }

    /** The cache as messages name it. */
    public String name() {
        return definition.namespace().isEmpty() ? definition.name() : definition.namespace() + "/" + definition.name();
    }
}
