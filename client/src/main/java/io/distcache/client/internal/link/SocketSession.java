package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.client.NodeListener;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.internal.ContextInternal;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session over TCP that outlives its connections: what the pool knows of one member, and asks of the link to it. Calls go by {@link
 * SocketTransport}, {@link Connections} come and go, and {@link Reachability} is what they amount to. Thread-safe.
 */
public final class SocketSession implements NodeSession {
    private static final Logger LOG = LoggerFactory.getLogger(SocketSession.class);
    private static final long CLOSE_SECONDS = 5;
    /** How long replies are waited for from a node that calls have left. */
    private static final long LAST_REPLIES_MILLIS = 200;

    private final SessionOwner owner;
    private final SharedVertx shared;
    private final EventLoop loop;
    private final ContextInternal context;
    private final Peer peer;
    private final Reachability reachability;
    private final SocketTransport transport;
    private final Calls calls;
    private final CachesAtNode atNode;
    private final SingleCaches singly;
    private final Pushes pushes;
    private final Connections connections;

    private SocketSession(
            ClientConfig config,
            PoolMember member,
            boolean alone,
            Map<Integer, CacheState> caches,
            SessionOwner owner,
            SharedVertx shared,
            ContextInternal context) {
        this.owner = owner;
        this.shared = shared;
        this.context = context;
        this.loop = context.nettyEventLoop();
        this.peer = new Peer(member);
        this.reachability = new Reachability(
                config, peer, alone, (state, reason) -> owner.stateChanged(SocketSession.this, state, reason));
        this.transport = new SocketTransport(loop, config, peer, reachability, caches);
        this.calls = new Calls(config, transport);
        this.atNode = new CachesAtNode(calls, transport, caches);
        this.singly = new SingleCaches(transport, atNode, calls.callNanos());
        this.pushes = new Pushes(caches, transport, new Said());
        this.connections = new Connections(
                config, peer, context, shared.netClient(), transport, reachability, atNode, pushes, new Links());
    }

    /**
     * A session that connects once it {@linkplain #begin begins}. Is a caller's to close.
     *
     * @param alone whether calls have nowhere else to go, and so wait for longer
     */
    public static SocketSession of(
            ClientConfig config,
            PoolMember member,
            boolean alone,
            Map<Integer, CacheState> caches,
            SessionOwner owner) {
        SharedVertx shared = SharedVertx.acquire();
        ContextInternal context = shared.newContext();
        return new SocketSession(config, member, alone, caches, owner, shared, context);
    }

    /** Begins to connect; its owner hears of it from now on. */
    public SocketSession begin() {
        context.runOnContext(ignored -> connections.begin());
        return this;
    }

    // --- as any session

    @Override
    public Calls calls() {
        return calls;
    }

    @Override
    public CachesAtNode caches() {
        return atNode;
    }

    @Override
    public NodeListener.State state() {
        return reachability.state();
    }

    @Override
    public String where() {
        return peer.where();
    }

    @Override
    public @Nullable HealthReport health() {
        return pushes.health();
    }

    // --- what the pool knows of it

    /** The node as a member of its pool. */
    public PoolMember member() {
        return peer.member();
    }

    /** The pool knows this node by another name or weight; the address is the same. */
    public void member(PoolMember known) {
        peer.member(known);
    }

    /** Whether calls have nowhere else to go while the node is away. */
    public void alone(boolean isAlone) {
        reachability.alone(isAlone);
    }

    /** A number of the present connection, if calls could go over it: other than any before; 0 while there is none. */
    public int link() {
        return transport.stage().link();
    }

    /** Whether the node has said, on the present or the last connection, that it is in a replicated pool. */
    public boolean isReplicated() {
        return peer.isReplicated();
    }

    /** Who leads what, as the node told last over the present connection; null if it has not. */
    public @Nullable Routes routes() {
        return pushes.routes();
    }

    /** Has the node tell who leads what; its owner hears of it. */
    public void askForRoutes() {
        CompletableFuture<?> unused = transport
                .direct(new Command.Routes(), calls.callNanos())
                .thenAccept(reply -> {
                    if (reply instanceof Reply.Routes told) {
                        pushes.routes(told.routes());
                    }
                });
    }

    /** The name by which the node has introduced itself; empty if it has not. */
    public String greetedAs() {
        Hello.Node said = peer.hello();
        return said == null ? "" : said.node();
    }

    /** Whether it answers, and says that it is still loading its data. */
    public boolean isStarting() {
        return transport.stage() instanceof Stage.Starting;
    }

    /** What is wrong, for people; empty if nothing is. */
    public String trouble() {
        return reachability.trouble();
    }

    /** Why the last attempt to connect failed; null if it did not. */
    public @Nullable Throwable troubleCause() {
        return reachability.troubleCause();
    }

    // --- what the pool asks of it

    /** Completes when the attempt to connect that is going on, or the next, has ended: with whether it is linked. */
    public CompletableFuture<Boolean> attempted() {
        return connections.attempted();
    }

    /** Tries to connect at once, if it is not connected; completes, with whether it is linked, when that or the present attempt has ended. */
    public CompletableFuture<Boolean> attemptNow() {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        transport.onLoop(() -> {
            connections.hasten();
            CompletableFuture<Boolean> unused =
                    connections.attempted().whenComplete((is, failure) -> result.complete(is));
        });
        return result;
    }

    /** Sends a command of the owner's, past the queue and also to a node that is not admitted. */
    public CompletableFuture<Reply> direct(Command command, long limitNanos) {
        return transport.direct(command, limitNanos);
    }

    /** Opens a cache that is registered already, if it is not open here. Null where it need not or cannot be opened now. */
    public CompletableFuture<@Nullable Reply> openRegistered(CacheState cache) {
        return singly.open(cache);
    }

    /** Says what a registered cache is subscribed to. Null where it cannot be said now: it is said when the cache is opened. */
    public CompletableFuture<@Nullable Reply> subscribeRegistered(CacheState cache) {
        return singly.subscribe(cache);
    }

    /** Lets calls go over a link, if it still stands. */
    public void admit(int toLink) {
        transport.onLoop(() -> connections.admit(toLink));
    }

    /** No calls yet over a link that stands, if it does: until it is admitted they go elsewhere. */
    public void hold(int held, String why) {
        transport.onLoop(() -> connections.hold(held, why));
    }

    /**
     * Ends calls that are of no use at this node any more: those that were not sent at once, and after a moment, in which their replies may
     * come, those that were sent, if they can be sent again or it can be found out elsewhere what became of them.
     *
     * @param moved whether a command has to go elsewhere; asked on the event loop
     */
    public void giveUp(Predicate<Command> moved, String why) {
        transport.onLoop(() -> transport.loseQueued(moved, why));
        try {
            ScheduledFuture<?> unused =
                    loop.schedule(() -> transport.giveUp(moved, why), LAST_REPLIES_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // The client was closed.
        }
    }

    /** Ends a link that turned out to be no good, if it still stands; another is tried. */
    public void reject(int rejected, String why) {
        transport.onLoop(() -> connections.reject(rejected, why));
    }

    /** The node is no longer in the pool: no further calls; closed when what is in flight is answered. */
    public void retire() {
        transport.onLoop(() -> {
            reachability.retire();
            connections.leave("it is no longer in the pool");
        });
        ScheduledFuture<?> unused = loop.schedule(this::closeAside, calls.callNanos(), TimeUnit.NANOSECONDS);
    }

    // --- the end

    private void closeAside() {
        // Waits for the event loop, so not on it.
        CompletableFuture<Void> unused = CompletableFuture.runAsync(
                this::close,
                task -> OwnThread.make(task, "distcache-retired-node").start());
    }

    @Override
    public void close() {
        if (!reachability.close()) {
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            loop.execute(() -> {
                connections.close();
                done.complete(null);
            });
            if (transport.mayWait()) {
                done.get(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RejectedExecutionException | ExecutionException | TimeoutException e) {
            LOG.warn("the session with node {} did not close within {} s", where(), CLOSE_SECONDS, e);
        }
        shared.release();
    }

    /** Passes on how far connections come. Confined to the event loop. */
    private final class Links implements Connections.Hearer {
        @Override
        public void linked() {
            owner.linked(SocketSession.this);
        }

        @Override
        public void over() {
            closeAside();
        }
    }

    /** Passes on what the node says of itself. Confined to the event loop. */
    private final class Said implements Pushes.Hearer {
        @Override
        public void reported(HealthReport report) {
            connections.reported(report);
            owner.reported(SocketSession.this, report);
        }

        @Override
        public void membersChanged(Membership membership) {
            owner.membersChanged(SocketSession.this, membership);
        }

        @Override
        public void routesChanged(Routes routes) {
            owner.routesChanged(SocketSession.this, routes);
        }

        @Override
        public void destroyed(int handle) {
            atNode.forget(handle);
        }
    }
}
