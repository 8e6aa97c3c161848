package io.distcache.server.session;

import io.distcache.protocol.Effect;
import io.distcache.protocol.Push;
import io.distcache.server.access.Principal;
import io.distcache.server.memory.Account;
import io.distcache.server.pool.PoolClient;
import io.distcache.server.pool.PoolView;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Dues;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One client of the node: who it is, which caches it has open, what it knows of the pool, and what ends with it. It belongs to a {@link
 * Connection}, which closes it. Thread-safe.
 */
public final class ClientSession implements PoolClient {
    private final Connection connection;
    private final Account account;
    private final PoolRules rules;
    private final Dues dues = new Dues(this);
    private volatile HandleTable<Cache> caches = HandleTable.empty();
    private volatile boolean closed;
    private final List<Runnable> whenClosed = new ArrayList<>();
    private volatile @Nullable PoolView poolView;
    private volatile boolean poolAware;
    private volatile @Nullable Principal principal;
    private Runnable whenKnown = () -> {};
    /** Guarded by this. */
    private Supplier<@Nullable Principal> unsaid = () -> null;

    private volatile Set<String> away = Set.of();
    private volatile Set<String> revoked = Set.of();

    /**
     * The session of a client that has just come.
     *
     * @param account what the node holds for it
     */
    public ClientSession(Connection connection, Account account, PoolRules rules) {
        this.connection = connection;
        this.account = account;
        this.rules = rules;
    }

    @Override
    public String name() {
        return connection.name();
    }

    @Override
    public void push(Push push) {
        connection.push(push);
    }

    @Override
    public boolean isGivenUp() {
        return connection.isGivenUp();
    }

    @Override
    public Account account() {
        return account;
    }

    @Override
    public Dues dues() {
        return dues;
    }

    // --- who it is ---

    /** The user that the client has proved to be; null if it has not, or need not. */
    public @Nullable Principal principal() {
        return principal;
    }

    /** Has something done when the client has proved to be a user; to be called before. On any thread, must not block. */
    public synchronized void whenKnown(Runnable action) {
        whenKnown = action;
    }

    /** The client has proved to be a user. */
    public synchronized void principal(Principal now) {
        Principal before = principal;
        if (before != null) {
            before.leave();
        }
        principal = now;
        whenKnown.run();
        if (closed) {
            now.leave();
        }
        now.whenChanged(this::rightsChanged);
        if (now.isVoid()) {
            rightsChanged();
        }
    }

    /**
     * Tells who the client is as long as it has not said so.
     *
     * @param who by its certificate; is asked now, and when what it has said is forgotten
     */
    public synchronized void unsaid(Supplier<@Nullable Principal> who) {
        unsaid = who;
        forgetPrincipal();
    }

    /** What the client has said is forgotten. */
    public synchronized void forgetPrincipal() {
        Principal before = principal;
        principal = null;
        if (before != null) {
            before.leave();
        }
        Principal own = unsaid.get();
        if (own != null) {
            principal(own);
        }
    }

    /** Whether the client is in the same process, and so needs no leave. */
    public boolean isEmbedded() {
        return rules == PoolRules.EXEMPT;
    }

    private void rightsChanged() {
        Principal now = principal;
        if (now == null) {
            return;
        }
        // Also one that is let finish what it has begun hears of nothing more.
        for (int handle : caches.handles()) {
            forgetUnreadable(handle);
        }
        if (now.isVoid()) {
            connection.dismiss("what user " + now.name() + " came in with is no longer good");
        }
    }

    /** A client that may not read a cache, or not any more, hears no more of it. */
    public void forgetUnreadable(int handle) {
        Principal now = principal;
        Cache cache = cache(handle);
        if (now != null && cache != null && !now.may(Effect.READ, cache.definition())) {
            cache.subscriptions().remove(this, handle);
        }
    }

    // --- open caches ---

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

    @Override
    public synchronized void release(int handle) {
        Cache cache = cache(handle);
        if (cache != null) {
            cache.subscriptions().remove(this, handle);
            cache.openHandles().remove(new Cache.OpenHandle(this, handle));
            caches = caches.without(handle);
        }
    }

    // --- the pool, as this client sees it ---

    @Override
    public boolean speaksPool() {
        return rules == PoolRules.MUST_TELL;
    }

    @Override
    public boolean isOfOneNode() {
        return rules == PoolRules.OWN_KEYS_ONLY;
    }

    @Override
    public void becomePoolAware() {
        poolAware = true;
    }

    @Override
    public boolean isPoolAware() {
        return poolAware;
    }

    @Override
    public @Nullable PoolView poolView() {
        return poolView;
    }

    @Override
    public void poolView(@Nullable PoolView known) {
        poolView = known;
    }

    @Override
    public Set<String> away() {
        return away;
    }

    @Override
    public Set<String> revoked() {
        return revoked;
    }

    @Override
    public void away(Set<String> names) {
        revoked = Set.of();
        away = Set.copyOf(names);
    }

    @Override
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

    @Override
    public void onClose(Runnable action) {
        synchronized (whenClosed) {
            if (!closed) {
                whenClosed.add(action);
                return;
            }
        }
        action.run();
    }

    @Override
    public boolean isClosed() {
        return closed;
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
            Principal gone = principal;
            if (gone != null) {
                gone.leave();
            }
        }
        dues.end();
        actions.forEach(Runnable::run);
    }
}
