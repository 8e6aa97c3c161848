package io.distcache.server.shard;

import io.distcache.protocol.Push;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** One client's connection as the shards see it: its open caches, leases and events due. Thread-safe. */
public abstract class Session {
    private static final int MAX_HANDLES = 10_000;

    private volatile @Nullable Cache[] caches = new Cache[0];
    private volatile boolean closed;
    private final Set<LeasedEntry> leases = ConcurrentHashMap.newKeySet();
    private final Set<Acknowledgements> acksDue = ConcurrentHashMap.newKeySet();

    /** What the node's log calls this client. */
    public abstract String name();

    /** Sends a message to the client; keeps the order of calls, never blocks. */
    public abstract void push(Push push);

    /** The cache open under a handle, or null. */
    public @Nullable Cache cache(int handle) {
        @Nullable Cache[] open = caches;
        return handle >= 0 && handle < open.length ? open[handle] : null;
    }

    /** Whether a cache can be put under this handle: it is in range, not taken, and the client still there. */
    public boolean isFree(int handle) {
        return !closed && handle >= 0 && handle < MAX_HANDLES && cache(handle) == null;
    }

    /** Puts a cache under a handle; false if the handle is not free. */
    public synchronized boolean open(int handle, Cache cache) {
        if (!isFree(handle)) {
            return false;
        }
        @Nullable Cache[] open = caches;
        @Nullable Cache[] more = Arrays.copyOf(open, Math.max(open.length, handle + 1));
        more[handle] = cache;
        caches = more;
        cache.openHandles().add(new Cache.OpenHandle(this, handle));
        return true;
    }

    /** Gives a handle back, with its subscription. */
    public synchronized void release(int handle) {
        Cache cache = cache(handle);
        if (cache != null) {
            cache.subscriptions().remove(this, handle);
            cache.openHandles().remove(new Cache.OpenHandle(this, handle));
            @Nullable Cache[] fewer = caches.clone();
            fewer[handle] = null;
            caches = fewer;
        }
    }

    /** Whether the client is gone. */
    public boolean isClosed() {
        return closed;
    }

    /** The client is gone: its leases pass on, its subscriptions end, nobody waits for its acknowledgements. */
    public void close() {
        closed = true;
        synchronized (this) {
            for (int handle = 0; handle < caches.length; handle++) {
                release(handle);
            }
        }
        leases.forEach(lease -> lease.shard().endLease(lease));
        acksDue.forEach(acks -> acks.acknowledge(this));
    }

    void holds(LeasedEntry lease) {
        leases.add(lease);
    }

    void noLongerHolds(LeasedEntry lease) {
        leases.remove(lease);
    }

    void owes(Acknowledgements acks) {
        acksDue.add(acks);
        if (closed) {
            acks.acknowledge(this);
        }
    }

    void noLongerOwes(Acknowledgements acks) {
        acksDue.remove(acks);
    }
}
