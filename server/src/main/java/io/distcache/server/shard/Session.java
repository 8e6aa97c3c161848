package io.distcache.server.shard;

import io.distcache.protocol.Push;
import io.distcache.server.memory.Account;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One client's connection as the shards see it: its open caches, leases and events due. Thread-safe. */
public abstract class Session {
    private volatile HandleTable caches = HandleTable.EMPTY;
    private volatile boolean closed;
    private final Set<LeasedEntry> leases = ConcurrentHashMap.newKeySet();
    private final Set<Acknowledgements> acksDue = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Promptness promptness;
    private final List<Runnable> whenClosed = new ArrayList<>();
    private volatile @Nullable PoolView poolView;
    private volatile boolean poolAware;
    private volatile Set<String> away = Set.of();
    private volatile Set<String> revoked = Set.of();

    /** What the node's log calls this client. */
    public abstract String name();

    /** Sends a message to the client; keeps the order of calls, never blocks. */
    public abstract void push(Push push);

    /** What the node holds for this client. */
    public Account account() {
        return Account.UNBOUNDED;
    }

    /** The cache open under a handle, or null. */
    public @Nullable Cache cache(int handle) {
        return caches.get(handle);
    }

    /** Why no cache can be put under this handle; null if one can. */
    public @Nullable String whyNotFree(int handle) {
        if (caches.isFull()) {
            return "this connection has " + HandleTable.MAX_OPEN
                    + " caches open, which is the most; close one that is not used any more";
        }
        return closed || cache(handle) != null ? "handle " + handle + " is in use already" : null;
    }

    /** Puts a cache under a handle; false if the handle is not free. */
    public synchronized boolean open(int handle, Cache cache) {
        if (whyNotFree(handle) != null) {
            return false;
        }
        caches = caches.with(handle, cache);
        cache.openHandles().add(new Cache.OpenHandle(this, handle));
        return true;
    }

    /** Gives a handle back, with its subscription. */
    public synchronized void release(int handle) {
        Cache cache = cache(handle);
        if (cache != null) {
            cache.subscriptions().remove(this, handle);
            cache.openHandles().remove(new Cache.OpenHandle(this, handle));
            caches = caches.without(handle);
        }
    }

    /** Whether the client can say who is in the pool, and so must before it may use a node that is one of several. */
    public boolean speaksPool() {
        return false;
    }

    /** Whether the client knows no pools, and so may use keys of this node only. */
    public boolean isOfOneNode() {
        return false;
    }

    // --- the pool, as this client sees it ---

    /** The client has said who is in the pool, or who of it is away. */
    public void becomePoolAware() {
        poolAware = true;
    }

    /** Whether it ever has. */
    public boolean isPoolAware() {
        return poolAware;
    }

    /** What the client knows of the pool: the node's view if they are the same, an earlier one, or none. */
    public @Nullable PoolView poolView() {
        return poolView;
    }

    /** The client knows this. */
    public void poolView(@Nullable PoolView known) {
        poolView = known;
    }

    /** The members that the client cannot reach, for all it has said and nobody contradicted. */
    public Set<String> away() {
        return away;
    }

    /** The members it called away, until others said that they are not. */
    public Set<String> revoked() {
        return revoked;
    }

    /** The client names all members that are away. Guarded by the caller, as {@link #revoke} is. */
    public void away(Set<String> names) {
        revoked = Set.of();
        away = Set.copyOf(names);
    }

    /** Another client has reached these. */
    public void revoke(Set<String> back) {
        Set<String> still = new HashSet<>(away);
        Set<String> gone = new HashSet<>(revoked);
        for (String name : back) {
            if (still.remove(name)) {
                gone.add(name);
            }
        }
        if (gone.size() > revoked.size()) {
            revoked = Set.copyOf(gone);
            away = Set.copyOf(still);
        }
    }

    // --- the end ---

    /** Has something done when the client is gone, or now if it is. */
    public void onClose(Runnable action) {
        synchronized (whenClosed) {
            if (!closed) {
                whenClosed.add(action);
                return;
            }
        }
        action.run();
    }

    /** Whether the client is gone. */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Whether the client must have given this node up, since that stood still for longer than the client waits; its connection ends
     * then. What it has sent is not to be executed any more: it may have done it elsewhere.
     */
    public boolean isGivenUp() {
        return false;
    }

    /** The client is gone: its leases pass on, its subscriptions end, nobody waits for its acknowledgements. */
    public void close() {
        List<Runnable> actions;
        synchronized (whenClosed) {
            closed = true;
            actions = List.copyOf(whenClosed);
            whenClosed.clear();
        }
        synchronized (this) {
            for (int handle : caches.handles()) {
                release(handle);
            }
        }
        leases.forEach(LeasedEntry::holderGone);
        forgive();
        actions.forEach(Runnable::run);
    }

    void holds(LeasedEntry lease) {
        leases.add(lease);
    }

    void noLongerHolds(LeasedEntry lease) {
        leases.remove(lease);
    }

    void owes(Acknowledgements acks) {
        acksDue.add(acks);
        if (closed || isLate()) {
            acks.acknowledge(this);
        }
    }

    void noLongerOwes(Acknowledgements acks) {
        acksDue.remove(acks);
    }

    /** Whether its synchronous listeners are not waited for at present. */
    boolean isLate() {
        Promptness known = promptness;
        return known != null && known.isLate();
    }

    /** Made with the first event that it has to acknowledge. */
    Promptness promptness(Supplier<Promptness> maker) {
        Promptness known = promptness;
        if (known == null) {
            synchronized (acksDue) {
                known = promptness;
                if (known == null) {
                    known = maker.get();
                    promptness = known;
                    onClose(known::gone);
                }
            }
        }
        return known;
    }

    /** Nobody waits any longer for what it has not acknowledged. */
    void forgive() {
        acksDue.forEach(acks -> acks.acknowledge(this));
    }
}
