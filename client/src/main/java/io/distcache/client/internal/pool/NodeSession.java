package io.distcache.client.internal.pool;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.NoSuchCacheException;
import io.distcache.client.NodeListener;
import io.distcache.client.OverloadedException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.UnreachableException;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one client stands with one node: which caches it has open there, what is in flight, who hears what the node pushes.
 * How commands get across is the subclass's. Thread-safe.
 */
public abstract class NodeSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSession.class);

    final ClientConfig config;
    final Places places;
    final Map<Integer, CacheState> caches = new ConcurrentHashMap<>();
    final long callNanos;
    final long extensionNanos;
    private final List<NodeListener> listeners;
    private volatile @Nullable HealthReport health;

    NodeSession(ClientConfig config, List<NodeListener> listeners) {
        this.config = config;
        this.listeners = listeners;
        this.places = new Places(config.maxInFlight());
        this.callNanos = config.callTimeout().toNanos();
        // One wait for the lease and one for listeners elsewhere.
        this.extensionNanos = 2 * config.leaseLimit().toNanos();
    }

    // --- calls

    /** Sends a command and waits for its reply; failures are thrown, as {@code RemoteCache.call} documents. */
    public final Reply call(Command command, @Nullable Consumer<Push.Event> ownEvents) {
        return call(command, callNanos, ownEvents, null);
    }

    private Reply call(
            Command command,
            long limitNanos,
            @Nullable Consumer<Push.Event> ownEvents,
            @Nullable Consumer<Reply> firstHearer) {
        checkMayWait();
        checkSize(command);
        Call call = Call.waiting(command, limitNanos, extensionNanos, ownEvents, firstHearer);
        if (!places.take(call.deadlineNanos())) {
            throw noPlace(command);
        }
        send(call);
        Object result = call.await();
        if (result == null) {
            expire(call);
            result = call.result();
        }
        return replyOf(call, result);
    }

    /** Sends a command; the stage completes on the thread that brings the reply. */
    public final CompletionStage<Reply> callAsync(Command command) {
        checkSize(command);
        CompletableFuture<Reply> future = new CompletableFuture<>();
        Call call = Call.async(command, callNanos, extensionNanos, future);
        if (mayWait() ? !places.take(call.deadlineNanos()) : !places.takeNow()) {
            future.completeExceptionally(noPlace(command));
        } else {
            send(call);
        }
        return future;
    }

    /** Sends a command whose reply nobody waits for, if there is a place. */
    final void callUnheard(Command command) {
        if (places.takeNow()) {
            send(Call.unheard(command, callNanos));
        }
    }

    /** The listeners of a synchronous event have run. */
    public final void ack(long ackId) {
        if (ackId != 0) {
            sendAck(new Command.Ack(ackId));
        }
    }

    /** Brings a call that holds a place to the node, or ends it. */
    abstract void send(Call call);

    abstract void sendAck(Command.Ack ack);

    /** Whether the current thread may wait for this session; its event loop may not. */
    abstract boolean mayWait();

    /** The longest frame the node takes. */
    abstract int maxFrameBytes();

    /** How the client stands with the node. */
    public abstract NodeListener.State state();

    /** The node as messages name it. */
    public abstract String where();

    private void checkMayWait() {
        if (!mayWait()) {
            throw new IllegalStateException("a call was made on the event loop of " + where()
                    + ", where it would wait for itself; listeners must hand work to a thread of their own");
        }
    }

    private void checkSize(Command command) {
        long least = FrameSize.atLeast(command);
        if (least > maxFrameBytes()) {
            throw frameTooLarge(command, least);
        }
    }

    final RequestRefusedException frameTooLarge(Command command, long bytes) {
        return new RequestRefusedException(
                Status.TOO_LARGE,
                describe(command) + " was not sent: its frame takes " + bytes + " bytes and the node takes at most "
                        + maxFrameBytes() + ". Send less at a time, or raise the node's limit.");
    }

    private DistCacheException noPlace(Command command) {
        String outage = whyNoReply();
        if (!outage.isEmpty()) {
            return new UnreachableException(describe(command) + " was not sent: no place became free" + outage);
        }
        return new OverloadedException(describe(command) + " was not sent: all " + places.bound()
                + " places for commands in flight stayed taken. Back off, or raise maxInFlight here and on the node.");
    }

    /** Ends a call whose time has passed. */
    final void expire(Call call) {
        lose(call, "its time limit passed after " + call.waitedMillis() + " ms" + whyNoReply(), null);
    }

    /**
     * Ends a call without a reply. If it was queued, this gives its place back; if it was sent, whoever takes it out of the
     * calls in flight does.
     */
    final void lose(Call call, String why, @Nullable Throwable cause) {
        if (call.lose(why, cause)) {
            giveBack(call);
        }
        if (call.ended()) {
            complete(call);
        }
    }

    final void giveBack(Call call) {
        if (call.takesPlace) {
            places.giveBack();
        }
    }

    /** What is known about why replies do not come; empty or starting with a comma. */
    abstract String whyNoReply();

    /** Tells a call's future how it ended, if it has one. */
    final void complete(Call call) {
        CompletableFuture<Reply> future = call.future;
        if (future != null && !future.isDone()) {
            try {
                future.complete(replyOf(call, call.result()));
            } catch (RuntimeException e) {
                future.completeExceptionally(e);
            }
        }
    }

    private Reply replyOf(Call call, Object result) {
        if (result instanceof Reply.Failure failure) {
            throw Failures.refused(failure, describe(call.command));
        } else if (result instanceof Reply reply) {
            return reply;
        } else if (result instanceof Call.Lost lost) {
            throw Failures.lost(lost, call.command, describe(call.command));
        }
        throw (RuntimeException) result;
    }

    private String describe(Command command) {
        int handle = FrameSize.cacheOf(command);
        CacheState cache = handle == 0 ? null : caches.get(handle);
        return command.opcode() + (cache == null ? "" : " on cache " + cache.name()) + " at node " + where();
    }

    // --- replies and pushes, on whatever thread brings them

    /** Ends a call that was sent; the caller has taken it out of the calls in flight. */
    final void reply(Call call, Reply reply) {
        Consumer<Reply> hearer = call.firstHearer;
        if (hearer != null && !call.ended()) {
            hearer.accept(reply);
        }
        if (reply instanceof Reply.Failure failure && failure.status() == Status.NO_SUCH_CACHE) {
            CacheState cache = caches.get(FrameSize.cacheOf(call.command));
            if (cache != null) {
                cache.markDestroyed();
            }
        }
        giveBack(call);
        if (call.end(reply)) {
            complete(call);
        } else {
            giveLeasesBack(call.command, reply);
        }
    }

    /** A lease granted to a call that has ended would keep others waiting until its time limit. */
    private void giveLeasesBack(Command command, Reply reply) {
        if (command instanceof Command.Lease lease && reply instanceof Reply.Leased leased) {
            settleNothing(lease.cache(), lease.key(), leased);
        } else if (command instanceof Command.LeaseMany lease && reply instanceof Reply.Many many) {
            for (int i = 0; i < Math.min(many.replies().size(), lease.keys().size()); i++) {
                if (many.replies().get(i) instanceof Reply.Leased leased) {
                    settleNothing(lease.cache(), lease.keys().get(i), leased);
                }
            }
        }
    }

    private void settleNothing(int cache, Bytes key, Reply.Leased leased) {
        callUnheard(new Command.Settle(cache, List.of(new Command.Settlement(key, leased.token(), List.of(), null))));
    }

    /** Handles what the node pushed; {@code causing} is the call in flight that the push names, if any. */
    final void push(Push push, @Nullable Call causing) {
        switch (push.kind()) {
            case EVENT -> event((Push.Event) push, causing);
            case QUEUED -> {
                if (causing != null) {
                    causing.extend(((Push.Queued) push).waitMillis());
                }
            }
            case HEALTH -> {
                HealthReport report = ((Push.Health) push).report();
                health = report;
                listeners.forEach(listener -> guarded(() -> listener.health(report)));
            }
            case MEMBERS -> {}
            case DESTROYED -> {
                CacheState cache = caches.get(((Push.Destroyed) push).cache());
                if (cache != null) {
                    cache.markDestroyed();
                }
            }
        }
    }

    private void event(Push.Event event, @Nullable Call causing) {
        Consumer<Push.Event> hearer = null;
        if (causing != null && !causing.ended()) {
            hearer = causing.ownEvents;
        }
        if (hearer == null) {
            CacheState cache = caches.get(event.cache());
            CacheState.Subscription subscription = cache == null ? null : cache.subscription;
            hearer = subscription == null ? null : subscription.listener();
        }
        // An event that nobody hears, or whose hearer fails, must not hold up the client that caused it.
        if (hearer == null) {
            ack(event.ackId());
            return;
        }
        try {
            hearer.accept(event);
        } catch (RuntimeException e) {
            LOG.warn("a listener of cache events failed on {} of node {}", event.event(), where(), e);
            ack(event.ackId());
        }
    }

    final void tell(NodeListener.State state, String reason) {
        listeners.forEach(listener -> guarded(() -> listener.stateChanged(where(), state, reason)));
    }

    private void guarded(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            LOG.warn("a listener of node {} failed", where(), e);
        }
    }

    /** The last report, if there was one on the present connection. */
    public final @Nullable HealthReport health() {
        return health;
    }

    final void forgetHealth() {
        health = null;
    }

    // --- caches

    /** Opens a cache under a handle of the client's choice; it stays open until {@link #closeCache}. */
    public final CacheState open(int handle, CacheDefinition definition, boolean create) {
        Command command = new Command.OpenCache(handle, definition, create);
        try {
            // Registered where the reply arrives: whatever happens to the connection afterwards, it is opened again.
            repeatable(command, reply -> {
                if (reply instanceof Reply.Opened opened) {
                    caches.put(handle, new CacheState(handle, opened.definition(), opened.created()));
                }
            });
        } catch (IndeterminateException e) {
            caches.remove(handle);
            callUnheard(new Command.CloseCache(handle));
            throw new UnreachableException(
                    "cache " + definition.name() + " could not be opened at node " + where()
                            + "; it may have been created",
                    e);
        }
        CacheState state = caches.get(handle);
        if (state == null) {
            throw new UnreachableException("node " + where() + " did not answer OPEN_CACHE with OPENED");
        }
        return state;
    }

    /** Subscribes now and after every reconnect. */
    public final void subscribe(
            CacheState cache, int kinds, int syncKinds, boolean oldValues, Consumer<Push.Event> listener) {
        CacheState.Subscription before = cache.subscription;
        cache.subscription = new CacheState.Subscription(kinds, syncKinds, oldValues, listener);
        boolean subscribed = false;
        try {
            repeatable(new Command.Subscribe(cache.handle, kinds, syncKinds, oldValues), null);
            subscribed = true;
        } finally {
            if (!subscribed) {
                cache.subscription = before;
            }
        }
    }

    /** Gives a handle back without waiting. */
    public final void closeCache(CacheState cache) {
        cache.subscription = null;
        caches.remove(cache.handle);
        callUnheard(new Command.CloseCache(cache.handle));
    }

    /** Removes a cache; false if there is none. Its open handles are destroyed. */
    public final boolean destroy(String namespace, String name) {
        try {
            call(new Command.DestroyCache(namespace, name), null);
        } catch (NoSuchCacheException e) {
            return false;
        }
        // The node spares the connection that asked, so no push tells.
        for (CacheState cache : caches.values()) {
            if (cache.definition.namespace().equals(namespace)
                    && cache.definition.name().equals(name)) {
                cache.markDestroyed();
            }
        }
        return true;
    }

    /** A command that does no harm twice: if the connection is lost under it, it is sent again within the same limit. */
    private Reply repeatable(Command command, @Nullable Consumer<Reply> firstHearer) {
        long deadline = System.nanoTime() + callNanos;
        while (true) {
            try {
                return call(command, Math.max(1, deadline - System.nanoTime()), null, firstHearer);
            } catch (IndeterminateException e) {
                if (deadline - System.nanoTime() <= 0) {
                    throw e;
                }
            }
        }
    }

    /** Ends the session; what waits is ended at once. */
    @Override
    public abstract void close();
}
