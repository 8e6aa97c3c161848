package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.spi.Refusals;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.NetClient;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections to one node, one after the other: each is made, becomes good for calls, and is lost, by the steps of {@link Stage}. A
 * node that stops, or takes no more of this client as it came in, says so first (DRAINING): it gets no further calls, what is in flight is answered, leases are settled, and then this
 * side closes the connection, so that nothing is cut off. Confined to the event loop.
 */
final class Connections implements Connection.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);
    private static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final Stage AWAY = new Stage.Away();

    /** Hears how far connections come, on the event loop. */
    interface Hearer {
        /** Calls could go over the present one, once it is admitted. */
        void linked();

        /** The last one of a node that is no longer in the pool is gone. */
        void over();
    }

    private final ClientConfig config;
    private final Peer peer;
    private final ContextInternal context;
    private final EventLoop loop;
    private final SocketTransport transport;
    private final Outcomes outcomes;
    private final Reachability reachability;
    private final CachesAtNode caches;
    private final Pushes pushes;
    private final Hearer hearer;
    private final Connecting connecting;
    private final Liveness liveness;
    private final Backoff backoff;
    private final OpenLeases leases = new OpenLeases();
    private final long callNanos;
    private volatile CompletableFuture<Boolean> attempted = new CompletableFuture<>();
    private @Nullable ScheduledFuture<?> nextAttempt;
    private @Nullable ScheduledFuture<?> ticks;
    private int links;

    Connections(
            ClientConfig config,
            Peer peer,
            ContextInternal context,
            NetClient client,
            SocketTransport transport,
            Reachability reachability,
            CachesAtNode caches,
            Pushes pushes,
            Hearer hearer) {
        this.config = config;
        this.peer = peer;
        this.context = context;
        this.loop = context.nettyEventLoop();
        this.transport = transport;
        this.outcomes = transport.outcomes();
        this.reachability = reachability;
        this.caches = caches;
        this.pushes = pushes;
        this.hearer = hearer;
        this.callNanos = config.callTimeout().toNanos();
        this.backoff = new Backoff(config.minBackoff(), config.maxBackoff());
        this.liveness = new Liveness(config, callNanos, Calls.extensionNanos(config));
        this.connecting = new Connecting(
                peer.address(),
                config.connectTimeout().toNanos(),
                new Encryption(config.tls()),
                new Introduction(config),
                client,
                context,
                this::onContext);
    }

    private void onContext(Runnable task) {
        transport.onLoop(() -> context.runOnContext(ignored -> task.run()));
    }

    // --- making one

    /** Begins the first attempt; on the context. */
    void begin() {
        ticks = loop.scheduleAtFixedRate(this::tick, Liveness.TICK_MILLIS, Liveness.TICK_MILLIS, TimeUnit.MILLISECONDS);
        attempt();
    }

    /** Completes when the present attempt, or the next, has ended: with whether it is linked. Any thread may ask. */
    CompletableFuture<Boolean> attempted() {
        return attempted;
    }

    /** Begins the next attempt now, if there is no connection. */
    void hasten() {
        ScheduledFuture<?> due = nextAttempt;
        if (transport.stage().connection() == null && due != null && due.cancel(false)) {
            attempt();
        }
    }

    private void attempt() {
        if (reachability.isClosed()) {
            return;
        }
        nextAttempt = null;
        if (attempted.isDone()) {
            attempted = new CompletableFuture<>();
        }
        Connection attempting = new Connection(this, config.maxReplyBytes());
        transport.become(new Stage.Attempting(attempting));
        connecting.begin(attempting);
    }

    @Override
    public void refused(Connection refusing, Reply.Failure failure) {
        DistCacheException why = Refusals.exception("the handshake with node " + peer.where() + " was", failure);
        reachability.refused(failure.status());
        refusing.fail(String.valueOf(why.getMessage()), why);
    }

    @Override
    public void shookHands(Connection shaken, Hello.Node said) {
        peer.greeted(said);
        caches.greeted(said.incarnation());
        outcomes.places().resize(Math.min(config.maxInFlight(), said.maxInFlight()));
        liveness.greeted();
        leases.reset();
        pushes.forgetRoutes();
        // What the node does comes with its first report, right behind the hello.
    }

    /** The node has said how it is. */
    void reported(HealthReport report) {
        Stage now = transport.stage();
        Connection current = now.connection();
        if (current == null) {
            return;
        }
        switch (report.state()) {
            case STARTING -> {
                connecting.unlimit();
                if (now instanceof Stage.Attempting) {
                    transport.become(new Stage.Starting(current));
                }
                reachability.starting(report.progressPercent());
                loseQueueIfDown();
            }
            case SERVING, READ_ONLY -> {
                if (now instanceof Stage.Attempting || now instanceof Stage.Starting) {
                    Reopening steps = new Reopening(
                            caches, current, peer.isReplicated(), pushes::routes, callNanos, () -> linked(current));
                    transport.become(new Stage.Opening(current, steps));
                    steps.begin();
                }
            }
            case DRAINING -> {
                if (report.cause().isEmpty()) {
                    leave("it is stopping");
                } else {
                    // Not the node: this connection may not go on.
                    leave(() -> reachability.suspect(report.cause()));
                }
            }
        }
    }

    /** The caches are open. */
    private void linked(Connection over) {
        connecting.unlimit();
        links++;
        transport.become(
                transport.stage() instanceof Stage.Leaving leaving
                        ? new Stage.Leaving(over, links, leaving.admittedSinceNanos())
                        : new Stage.Linked(over, links));
        attempted.complete(true);
        hearer.linked();
    }

    /** Lets calls go over a link, if it still stands. */
    void admit(int toLink) {
        if (transport.stage() instanceof Stage.Linked linked && linked.link() == toLink) {
            transport.become(new Stage.Admitted(linked.connection(), linked.link(), System.nanoTime()));
            if (LOG.isInfoEnabled()) {
                LOG.info(
                        "connected to node {} in-flight bound {}",
                        peer.where(),
                        outcomes.places().bound());
            }
            reachability.admitted();
            transport.drain();
        }
    }

    /** No calls yet over a link that stands, if it does. */
    void hold(int held, String why) {
        if (transport.stage() instanceof Stage.Linked linked && linked.link() == held) {
            reachability.held(why);
            loseQueueIfDown();
        }
    }

    // --- while there is one

    @Override
    public void reply(Call call, Reply reply) {
        liveness.answered();
        leases.answered(call.command, reply);
        outcomes.reply(call, reply);
    }

    @Override
    public void push(Push push, @Nullable Call causing) {
        pushes.push(push, causing);
    }

    @Override
    public void writable() {
        transport.drain();
    }

    @Override
    public void unsendable(Call call, Throwable why) {
        outcomes.unsendable(call, why);
    }

    @Override
    public void tooLarge(Call call, int frameBytes) {
        outcomes.unsendable(call, outcomes.tooLarge(call.command, frameBytes));
    }

    /** Looks after what no event looks after: silence, and calls that nobody waits for. */
    private void tick() {
        long now = System.nanoTime();
        long sinceTick = liveness.sinceTick(now);
        connecting.count(transport.stage().connection(), sinceTick);
        if (liveness.stoodStill(sinceTick, now)) {
            return;
        }
        if (transport.stage().admittedSinceNanos() == null) {
            lookAfterThoseThatWait();
        }
        Connection current = transport.stage().connection();
        if (current == null || !current.isGreeted()) {
            return;
        }
        Liveness.Verdict verdict = liveness.look(current, now, outcomes::expire, outcomes::giveBack);
        if (verdict instanceof Liveness.Dead dead) {
            reachability.surelyDown();
            current.abandon(dead.why());
            return;
        }
        if (transport.stage() instanceof Stage.Admitted) {
            if (verdict instanceof Liveness.Suspect suspect) {
                reachability.suspect(suspect.why());
            } else {
                reachability.heard();
            }
        }
        closeIfDrained();
    }

    // --- losing it

    /** No further calls go over the present one, and it is closed when those in flight are answered. */
    void leave(String why) {
        leave(() -> reachability.left(why));
    }

    private void leave(Runnable told) {
        Stage before = transport.stage();
        Connection current = before.connection();
        if (current == null || before instanceof Stage.Leaving) {
            return;
        }
        transport.become(new Stage.Leaving(current, before.link(), before.admittedSinceNanos()));
        transport.drain();
        told.run();
        loseQueueIfDown();
        closeIfDrained();
    }

    private void closeIfDrained() {
        if (transport.stage() instanceof Stage.Leaving leaving
                && !leaving.connection().inFlight().iterator().hasNext()
                && leases.isNone()) {
            leaving.connection().fail(reachability.trouble(), null);
        }
    }

    /** Ends a link that turned out to be no good, if it still stands; another is tried. */
    void reject(int rejected, String why) {
        Stage now = transport.stage();
        Connection current = now.connection();
        if (now.link() != 0 && now.link() == rejected && current != null) {
            reachability.surelyDown();
            current.fail(why, null);
        }
    }

    @Override
    public void gone(Connection lost, List<Call> inFlight, String why, @Nullable Throwable cause) {
        Stage before = transport.stage();
        boolean wasLeft = before instanceof Stage.Leaving;
        if (connecting.ended(lost.wasInstalled() && !before.takesCommands())) {
            reachability.surelyDown();
        }
        transport.become(AWAY);
        reachability.lost(wasLeft ? null : why, cause);
        Long admittedSince = before.admittedSinceNanos();
        if (admittedSince != null) {
            if (reachability.away() - admittedSince > STEADY_NANOS) {
                backoff.reset();
            }
            pushes.forgetHealth();
            if (wasLeft) {
                LOG.info("closed the connection to node {}: {}", peer.where(), reachability.trouble());
            } else if (!reachability.isClosed()) {
                LOG.warn(
                        "lost the connection to node {}: {}; {} calls were in flight",
                        peer.where(),
                        why,
                        inFlight.size());
                reachability.suspectIfHealthy(why);
            }
        }
        for (Call call : inFlight) {
            outcomes.giveBack(call);
            outcomes.lose(call, why, cause);
        }
        if (reachability.isClosed()) {
            return;
        }
        attempted.complete(false);
        if (reachability.isRetired()) {
            hearer.over();
            return;
        }
        lookAfterThoseThatWait();
        nextAttempt = loop.schedule(
                () -> context.runOnContext(ignored -> attempt()), backoff.nextMillis(), TimeUnit.MILLISECONDS);
    }

    /** Calls wait for the next connection, but not for ever. */
    private void lookAfterThoseThatWait() {
        transport.tidyQueue();
        if (!transport.stage().takesCommands()) {
            reachability.downIfAwayTooLong();
        }
        loseQueueIfDown();
    }

    private void loseQueueIfDown() {
        if (reachability.isDown()) {
            transport.loseQueue();
        }
    }

    /** Ends the present one, and makes no more. */
    void close() {
        cancel(ticks);
        cancel(nextAttempt);
        Connection current = transport.stage().connection();
        if (current != null) {
            current.fail("the client was closed", null);
        }
        reachability.closed();
        attempted.complete(false);
        transport.loseQueue();
    }

    private static void cancel(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }
}
