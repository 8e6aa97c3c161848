package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.NodeListener;
import io.distcache.client.OverloadedException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.UnreachableException;
import io.distcache.client.spi.Refusals;
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
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How one client stands with one node: what is in flight, who hears what the node pushes. How commands get across is the
 * subclass's. Thread-safe.
 */
public abstract class NodeSession implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSession.class);

    final ClientConfig config;
    final Places places;
    /** The client's open caches by their handles, the same for all its nodes. */
    final Map<Integer, CacheState> caches;

    final long callNanos;
    final long extensionNanos;
    final SessionOwner owner;
    private final OnceNumbers numbers;
    private volatile @Nullable HealthReport health;

    NodeSession(ClientConfig config, Map<Integer, CacheState> caches, SessionOwner owner) {
        this.config = config;
        this.caches = caches;
        this.owner = owner;
        this.places = new Places(config.maxInFlight());
        this.callNanos = config.callTimeout().toNanos();
        // It comes again within a call's time after it was made; twice that, and something for the clocks.
        this.numbers = new OnceNumbers(
                (int) Math.min(Integer.MAX_VALUE, 2 * config.callTimeout().toMillis() + 1000));
        // One wait for the lease and one for listeners elsewhere.
        this.extensionNanos = 2 * config.leaseLimit().toNanos();
    }

    // --- calls

    /** Sends a command and waits for its reply; failures are thrown, as {@code RemoteCache.call} documents. */
    public final Reply call(Command command) {
        return call(command, callNanos, null);
    }

    private Reply call(Command command, long limitNanos, @Nullable Consumer<Reply> firstHearer) {
        Reply reply = ask(command, limitNanos, null, firstHearer);
        if (reply instanceof Reply.Failure failure) {
            throw elsewhere(command, failure);
        }
        return reply;
    }

    /**
     * Sends a command and waits for its reply; failures are thrown, but for those that {@link #isElsewhere} tells.
     *
     * @param ownEvents gets the events that this command causes; may be null
     */
    public final Reply ask(Command command, long limitNanos, @Nullable Consumer<Push.Event> ownEvents) {
        return ask(command, limitNanos, ownEvents, null);
    }

    private Reply ask(
            Command command,
            long limitNanos,
            @Nullable Consumer<Push.Event> ownEvents,
            @Nullable Consumer<Reply> firstHearer) {
        refuseOnEventLoop();
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

    /**
     * Sends a command, to be executed after all that this thread has sent before; the future completes on the thread that brings the
     * reply, with what {@link #ask} returns or throws. Waits for a place in flight if the thread may wait.
     */
    public final CompletableFuture<Reply> askAsync(
            Command command, long limitNanos, @Nullable Consumer<Push.Event> ownEvents) {
        checkSize(command);
        CompletableFuture<Reply> future = new CompletableFuture<>();
        Call call = Call.async(command, limitNanos, extensionNanos, ownEvents, future);
        if (mayWait() ? !places.take(call.deadlineNanos()) : !places.takeNow()) {
            future.completeExceptionally(noPlace(command));
        } else {
            send(call);
        }
        return future;
    }

    /** As {@link #askAsync}, without waiting for a place: null if none is free. */
    public final @Nullable CompletableFuture<Reply> askAsyncIfFree(
            Command command, long limitNanos, @Nullable Consumer<Push.Event> ownEvents) {
        checkSize(command);
        if (!places.takeNow()) {
            return null;
        }
        CompletableFuture<Reply> future = new CompletableFuture<>();
        send(Call.async(command, limitNanos, extensionNanos, ownEvents, future));
        return future;
    }

    /** A change with a number, so that it can be sent again; without, if nothing can get lost on the way or too many are open. */
    public final Command.OnEntry openOnce(Command.OnEntry change) {
        Command.Once once = canLoseReplies() ? numbers.open(change) : null;
        return once == null ? change : once;
    }

    /** What {@link #openOnce} returned is not sent again. */
    public final void closeOnce(Command.OnEntry command) {
        if (command instanceof Command.Once once) {
            numbers.close(once);
        }
    }

    /** Whether a command may be executed without its reply coming back. */
    abstract boolean canLoseReplies();

    /** Whether a reply says that nothing was applied, and that the command should go to another node, or come again in a moment. */
    public static boolean isElsewhere(Reply reply) {
        return reply instanceof Reply.Failure failure
                && switch (failure.status()) {
                    case NOT_OWNER, DRAINING, STARTING -> true;
                    default -> false;
                };
    }

    /** What such a reply means for a caller that gives up. */
    public final DistCacheException elsewhere(Command command, Reply.Failure failure) {
        return Refusals.exception(describe(command), failure);
    }

    /** How long one call may take, in nanoseconds. */
    public final long callNanos() {
        return callNanos;
    }

    /** Sends a command whose reply nobody waits for, if there is a place. */
    public final void callUnheard(Command command) {
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
    public abstract boolean mayWait();

    /** The longest frame the node takes. */
    abstract int maxFrameBytes();

    /** How the client stands with the node. */
    public abstract NodeListener.State state();

    /** Whether calls may be given to it. */
    public boolean isUsable() {
        NodeListener.State now = state();
        return now == NodeListener.State.HEALTHY || now == NodeListener.State.SUSPECT;
    }

    /** The node as messages name it. */
    public abstract String where();

    /** Throws if the current thread may not wait. */
    public final void refuseOnEventLoop() {
        if (!mayWait()) {
            throw new IllegalStateException("a call that waits, for node " + where()
                    + ", was made on an event loop of the client, "
                    + Thread.currentThread().getName()
                    + ", which must go on meanwhile; listeners and callbacks must hand work to a thread of their own, or use"
                    + " calls that do not wait");
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
                RequestRefusedException.Reason.TOO_LARGE,
                describe(command) + " was not sent: its frame takes " + bytes + " bytes and the node takes at most "
                        + maxFrameBytes() + ". Send less at a time, or raise the node's limit.");
    }

    /** What it means for a caller that no place became free. */
    public final DistCacheException noPlace(Command command) {
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
            } catch (RuntimeException | Error e) {
                future.completeExceptionally(e);
            }
        }
    }

    private Reply replyOf(Call call, Object result) {
        if (result instanceof Reply.Failure failure) {
            if (isElsewhere(failure)) {
                return failure;
            }
            throw Refusals.exception(describe(call.command), failure);
        } else if (result instanceof Reply reply) {
            return reply;
        } else if (result instanceof Call.Lost lost) {
            throw Failures.lost(lost, call.command, describe(call.command));
        } else if (result instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) result;
    }

    private String describe(Command command) {
        CacheState cache = cacheOf(command);
        Command named = command instanceof Command.Once once ? once.change() : command;
        return named.opcode() + (cache == null ? "" : " on cache " + cache.name()) + " at node " + where();
    }

    private @Nullable CacheState cacheOf(Command command) {
        return command instanceof Command.OnCache of ? caches.get(of.cache()) : null;
    }

    // --- replies and pushes, on whatever thread brings them

    /** Ends a call that was sent; the caller has taken it out of the calls in flight. */
    final void reply(Call call, Reply reply) {
        Consumer<Reply> hearer = call.firstHearer;
        if (hearer != null && !call.ended()) {
            hearer.accept(reply);
        }
        if (reply instanceof Reply.Failure failure && failure.status() == Status.NO_SUCH_CACHE) {
            CacheState cache = cacheOf(call.command);
            if (cache != null) {
                cache.markDestroyed();
            }
        }
        answered(call.command, reply);
        giveBack(call);
        if (call.end(reply)) {
            complete(call);
        } else {
            giveLeasesBack(call.command, reply);
        }
    }

    /** A command was answered, whether anybody still waits or not. */
    void answered(Command command, Reply reply) {}

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
                reported(report);
                owner.reported(this, report);
            }
            case MEMBERS -> owner.membersChanged(this, ((Push.Members) push).membership());
            case DESTROYED -> {
                CacheState cache = caches.get(((Push.Destroyed) push).cache());
                if (cache != null) {
                    cache.markDestroyed();
                    // The node has given the handle back already.
                    forget(cache.handle());
                }
            }
        }
    }

    /** A cache is not open on the node any more. */
    void forget(int handle) {}

    /** The node said how it is. */
    void reported(HealthReport report) {}

    private void event(Push.Event event, @Nullable Call causing) {
        Consumer<Push.Event> own = causing != null && !causing.ended() ? causing.ownEvents : null;
        CacheState cache = own == null ? caches.get(event.cache()) : null;
        CacheState.Subscription subscription = cache == null ? null : cache.subscription();
        try {
            if (own != null) {
                own.accept(event);
            } else if (subscription != null) {
                subscription.listener().heard(event, () -> ack(event.ackId()));
            } else {
                // An event that nobody hears, or whose hearer fails, must not hold up the client that caused it.
                ack(event.ackId());
            }
        } catch (Throwable e) {
            LOG.warn("a listener of cache events failed on {} of node {}", event.event(), where(), e);
            ack(event.ackId());
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

    /**
     * Opens a cache under a handle, and registers it for all nodes where the reply arrives: whatever happens to the connection
     * afterwards, it is opened again.
     */
    public final Reply.Opened open(int handle, CacheDefinition definition, boolean create) {
        Command command = new Command.OpenCache(handle, definition, create);
        try {
            Reply reply = repeatable(command, first -> {
                if (first instanceof Reply.Opened opened) {
                    caches.computeIfAbsent(handle, h -> new CacheState(h, opened.definition(), opened.created()));
                    opened(handle);
                }
            });
            if (reply instanceof Reply.Opened opened) {
                return opened;
            }
        } catch (IndeterminateException e) {
            caches.remove(handle);
            closeHandle(handle);
            throw new UnreachableException(
                    "cache " + definition.name() + " could not be opened at node " + where()
                            + "; it may have been created",
                    e);
        }
        throw new UnreachableException("node " + where() + " did not answer OPEN_CACHE with OPENED");
    }

    /** A cache is open on the node. */
    void opened(int handle) {}

    /** Opens a cache that is registered already, if it is not open here. Null where it need not or cannot be opened now. */
    public abstract CompletableFuture<@Nullable Reply> openRegistered(CacheState cache);

    /** Says what a registered cache is subscribed to. Null where it cannot be said now: it is said when the cache is opened. */
    public abstract CompletableFuture<@Nullable Reply> subscribeRegistered(CacheState cache);

    /** Says what a cache is subscribed to. */
    public final void subscribe(CacheState cache) {
        CacheState.Subscription wanted = cache.subscription();
        if (wanted != null) {
            repeatable(
                    new Command.Subscribe(cache.handle, wanted.kinds(), wanted.syncKinds(), wanted.oldValues()), null);
        }
    }

    /** The same without waiting, for less than before. */
    public abstract void subscribeLater(CacheState cache);

    /** Gives a handle back without waiting. */
    public final void closeCache(CacheState cache) {
        closeHandle(cache.handle);
    }

    /** Takes no place in flight: a node keeps a handle that it is not told of, and has a bound of them. */
    abstract void closeHandle(int handle);

    /** A command that does no harm twice: if the connection is lost under it, it is sent again within the same limit. */
    private Reply repeatable(Command command, @Nullable Consumer<Reply> firstHearer) {
        Retry retry = new Retry(this);
        return retry.waiting(
                IndeterminateException.class::isInstance, () -> call(command, retry.leftNanos(), firstHearer));
    }

    final void tell(NodeListener.State state, String reason) {
        owner.stateChanged(this, state, reason);
    }

    /** Ends the session; what waits is ended at once. */
    @Override
    public abstract void close();
}
