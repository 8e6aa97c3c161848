package io.distcache.client.internal.link;

import io.distcache.client.spi.RemoteCache;
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
    private volatile boolean opened;
    private volatile @Nullable String refusal;

    /** A cache that a node has opened. */
    public CacheState(int handle, CacheDefinition definition, boolean created) {
        this(handle, definition, created, true);
    }

    private CacheState(int handle, CacheDefinition definition, boolean created, boolean opened) {
        this.handle = handle;
        this.definition = definition;
        this.created = created;
        this.opened = opened;
    }

    /** A cache that is opened when a node is there. */
    public static CacheState declared(int handle, CacheDefinition definition) {
        return new CacheState(handle, definition, false, false);
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

    /** A node has opened it as it should be. */
    void accept() {
        opened = true;
        refusal = null;
    }

    /**
     * What a node has is another cache. One that had been opened is gone, then; one that was only declared cannot be used, and says why.
     *
     * @return whether that is news
     */
    boolean refuse(String why) {
        if (opened) {
            destroyed = true;
            return false;
        }
        boolean isNews = !why.equals(refusal);
        refusal = why;
        return isNews;
    }

    /** Whether no node has opened it yet. */
    boolean isOnlyDeclared() {
        return !opened;
    }

    /** Why it cannot be used, if a node has another cache of that name. */
    public @Nullable String refusal() {
        return refusal;
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
