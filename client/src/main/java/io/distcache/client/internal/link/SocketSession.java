package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.NodeAddress;
import io.distcache.client.NodeListener;
import io.distcache.client.spi.Refusals;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.Context;
import io.vertx.core.internal.ContextInternal;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A session over TCP that outlives its connections. Callers append to a queue and wake the event loop only if it is not about
 * to look; the loop sends everything queued in one write.
 *
 * <pre>
 *  HEALTHY ---- connection lost, or nothing comes, or nothing is answered ----&gt; SUSPECT ---- for too long ----&gt; DOWN
 *     ^                                                                           |                            |
 *     +---- something comes again, or: linked (hello, serving, caches open) and admitted by the owner ---------+
 * </pre>
 * While SUSPECT calls wait in the queue or for their replies up to their own time limit; while DOWN they fail at once. A node that
 * stops says so first (DRAINING): it gets no further calls, what is in flight is answered, leases are settled, and then this side
 * closes the connection, so that nothing is cut off.
 *
 * <p>Callers that write to the socket themselves, and a spin before parking, were tried: no clear gain from 8 threads
 * on. Besides, a file descriptor that Netty closes while another thread writes to it may by then be another socket's.
 *
 * <p>Thread-safe; what is not volatile or final is confined to the event loop.
 */
public final class SocketSession extends NodeSession {
    private static final Logger LOG = LoggerFactory.getLogger(SocketSession.class);
    private static final long CLOSE_SECONDS = 5;
    private static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int NEVER = 0;
    /** Longer than any connection that takes nothing lasts. */
    private static final long CLOSE_HANDLE_NANOS = TimeUnit.HOURS.toNanos(1);

    private static final Call[] NO_CALLS = {};
    private static final Stage AWAY = new Stage.Away();

    private final NodeAddress address;
    private final SharedVertx shared;
    private final ContextInternal context;
    private final EventLoop loop;
    private final Backoff backoff;
    private final Queue<Call> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainDue = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final Connecting connecting;
    private final CachesAtNode opened = new CachesAtNode(this);
    private final Liveness liveness;

    private volatile PoolMember member;
    private volatile NodeListener.State state = NodeListener.State.SUSPECT;
    private volatile String trouble = "the first attempt to connect is under way";
    private volatile @Nullable Throwable troubleCause;
    private volatile Hello.@Nullable Node node;
    private volatile Company company;
    private volatile Stage stage = AWAY;
    private volatile CompletableFuture<Boolean> attempted = new CompletableFuture<>();

    private @Nullable ScheduledFuture<?> nextAttempt;
    private @Nullable ScheduledFuture<?> ticks;
    private Seen seen = Seen.NEVER;
    private Outlook outlook = Outlook.MAY_PASS;
    private int links;
    private int leases;
    private long awaySinceNanos = System.nanoTime();

    /** What the session's node is among. */
    private enum Company {
        /** Calls have nowhere else to go while it is away. */
        ALONE,
        AMONG_OTHERS,
        /** It is no longer in the pool. */
        RETIRED
    }

    /** What has been seen of the node so far. */
    private enum Seen {
        NEVER,
        ATTEMPTED,
        ADMITTED
    }

    /** What is to be expected of the present trouble. */
    private enum Outlook {
        MAY_PASS,
        SURELY_DOWN,
        /** A wrong secret or version does not heal by itself. */
        REFUSED
    }

    private SocketSession(
            ClientConfig config,
            PoolMember member,
            boolean alone,
            Map<Integer, CacheState> caches,
            SessionOwner owner,
            SharedVertx shared) {
        super(config, caches, owner);
        this.member = member;
        this.company = alone ? Company.ALONE : Company.AMONG_OTHERS;
        this.address = NodeAddress.parse(member.address());
        this.shared = shared;
        this.context = shared.newContext();
        this.loop = context.nettyEventLoop();
        this.backoff = new Backoff(config.minBackoff(), config.maxBackoff());
        this.liveness = new Liveness(config, callNanos, extensionNanos);
        this.connecting = new Connecting(
                address, config.connectTimeout().toNanos(), shared.netClient(), context, this::onContext);
    }

    /**
     * A session that begins to connect. Is a caller's to close.
     *
     * @param alone whether calls have nowhere else to go, and so wait for longer
     */
    public static SocketSession start(
            ClientConfig config,
            PoolMember member,
            boolean alone,
            Map<Integer, CacheState> caches,
            SessionOwner owner) {
        SocketSession session = new SocketSession(config, member, alone, caches, owner, SharedVertx.acquire());
        session.context.runOnContext(ignored -> {
            session.ticks = session.loop.scheduleAtFixedRate(
                    session::tick, Liveness.TICK_MILLIS, Liveness.TICK_MILLIS, TimeUnit.MILLISECONDS);
            session.attempt();
        });
        return session;
    }

    /** The node as a member of its pool. */
    public PoolMember member() {
        return member;
    }

    /** The pool knows this node by another name or weight; the address is the same. */
    public void member(PoolMember known) {
        member = known;
    }

    /** Whether calls have nowhere else to go while the node is away. */
    public void alone(boolean isAlone) {
        if (company != Company.RETIRED) {
            company = isAlone ? Company.ALONE : Company.AMONG_OTHERS;
        }
    }

    /** A number of the present connection, if calls could go over it: other than any before; 0 while there is none. */
    public int link() {
        return stage.link();
    }

    /** Whether it answers, and says that it is still loading its data. */
    public boolean isStarting() {
        return stage instanceof Stage.Starting;
    }

    /** What is wrong, for people; empty if nothing is. */
    public String trouble() {
        return trouble;
    }

    /** Why the last attempt to connect failed; null if it did not. */
    public @Nullable Throwable troubleCause() {
        return troubleCause;
    }

    /** Completes when the attempt to connect that is going on, or the next, has ended: with whether it is linked. */
    public CompletableFuture<Boolean> attempted() {
        return attempted;
    }

    /** Tries to connect at once, if it is not connected; completes, with whether it is linked, when that or the present attempt has ended. */
    public CompletableFuture<Boolean> attemptNow() {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        onLoop(() -> {
            ScheduledFuture<?> due = nextAttempt;
            if (stage.connection() == null && due != null && due.cancel(false)) {
                attempt();
            }
            CompletableFuture<Boolean> unused = attempted.whenComplete((is, failure) -> result.complete(is));
        });
        return result;
    }

    /** Lets calls go over a link, if it still stands. */
    public void admit(int toLink) {
        onLoop(() -> {
            if (stage instanceof Stage.Linked linked && linked.link() == toLink) {
                admitted(linked);
            }
        });
    }

    /** No calls yet over a link that stands, if it does: until it is admitted they go elsewhere. */
    public void hold(int held, String why) {
        onLoop(() -> {
            if (stage instanceof Stage.Linked linked && linked.link() == held) {
                trouble = why;
                down();
            }
        });
    }

    /** Ends a link that turned out to be no good, if it still stands; another is tried. */
    public void reject(int rejected, String why) {
        onLoop(() -> {
            Connection current = stage.connection();
            if (rejected != NEVER && stage.link() == rejected && current != null) {
                outlook = Outlook.SURELY_DOWN;
                current.fail(why, null);
            }
        });
    }

    /** The node is no longer in the pool: no further calls; closed when what is in flight is answered. */
    public void retire() {
        onLoop(() -> {
            company = Company.RETIRED;
            leave("it is no longer in the pool");
        });
        ScheduledFuture<?> unused = loop.schedule(this::closeAside, callNanos, TimeUnit.NANOSECONDS);
    }

    private void closeAside() {
        // Waits for the event loop, so not on it.
        CompletableFuture<Void> unused = CompletableFuture.runAsync(
                this::close,
                task -> OwnThread.make(task, "distcache-retired-node").start());
    }

    private void onLoop(Runnable task) {
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            // The client was closed.
        }
    }

    /** Sends a command of the owner's, past the queue and also to a node that is not admitted. */
    public CompletableFuture<Reply> direct(Command command, long limitNanos) {
        CompletableFuture<Reply> future = new CompletableFuture<>();
        direct(Call.internal(command, limitNanos, future));
        return future;
    }

    private void direct(Call call) {
        try {
            loop.execute(() -> {
                Connection current = stage.connection();
                if (current == null || (call.takesPlace && !takesCalls())) {
                    lose(call, "there is no connection: " + trouble, troubleCause);
                } else {
                    current.drain(new ArrayDeque<>(List.of(call)));
                    if (!call.isSent() && !call.ended()) {
                        lose(call, "the socket takes no more", null);
                    }
                }
            });
        } catch (RejectedExecutionException e) {
            lose(call, "the client was closed", null);
        }
    }

    /** Whether the node serves and has the client's caches open, also while it is left. */
    private boolean takesCalls() {
        Stage now = stage;
        return now.link() != NEVER || (now instanceof Stage.Leaving leaving && leaving.before() != NEVER);
    }

    // --- connecting, on the event loop

    private void attempt() {
        if (closed.get()) {
            return;
        }
        nextAttempt = null;
        if (attempted.isDone()) {
            attempted = new CompletableFuture<>();
        }
        Connection attempting = new Connection(
                new ConnectionEvents(),
                new Hello.Client(
                        Hello.VERSION,
                        Hello.VERSION,
                        0,
                        config.clientName(),
                        config.token().secret(),
                        (int) config.healthInterval().toMillis()),
                config.maxReplyBytes());
        stage = new Stage.Attempting(attempting);
        connecting.begin(attempting);
    }

    private void onContext(Runnable task) {
        onLoop(() -> context.runOnContext(ignored -> task.run()));
    }

    private void refused(Connection refusing, Reply.Failure failure) {
        DistCacheException why = Refusals.exception("the handshake with node " + where() + " was", failure);
        // Callers hear of it at once.
        if (failure.status() == Status.UNAUTHORIZED || failure.status() == Status.VERSION_MISMATCH) {
            outlook = Outlook.REFUSED;
        } else if (outlook == Outlook.REFUSED) {
            outlook = Outlook.MAY_PASS;
        }
        refusing.fail(String.valueOf(why.getMessage()), why);
    }

    private void shookHands(Hello.Node said) {
        node = said;
        places.resize(Math.min(config.maxInFlight(), said.maxInFlight()));
        liveness.greeted();
        leases = 0;
        // What the node does comes with its first report, right behind the hello.
    }

    @Override
    void reported(HealthReport report) {
        Stage now = stage;
        Connection current = now.connection();
        if (current == null) {
            return;
        }
        switch (report.state()) {
            case STARTING -> {
                connecting.unlimit();
                trouble = "it is starting, " + report.progressPercent() + " % so far";
                if (now instanceof Stage.Attempting) {
                    stage = new Stage.Starting(current);
                }
                if (company != Company.ALONE) {
                    down();
                }
            }
            case SERVING, READ_ONLY -> {
                if (now instanceof Stage.Attempting || now instanceof Stage.Starting) {
                    reopen(current);
                }
            }
            case DRAINING -> leave("it is stopping");
        }
    }

    private void reopen(Connection greeted) {
        CachesAtNode.Reopening steps = opened.reopening(greeted);
        stage = new Stage.Opening(greeted, steps);
        greeted.drain(steps.ofAll());
    }

    /** What the node has said of itself; null before the first connection. */
    Hello.@Nullable Node hello() {
        return node;
    }

    @Override
    void opened(int handle) {
        opened.opened(handle);
    }

    @Override
    void forget(int handle) {
        opened.forget(handle);
    }

    @Override
    void closeHandle(int handle) {
        onLoop(() -> {
            forget(handle);
            // With the next connection it is not opened.
            tellLater(new Command.CloseCache(handle));
        });
    }

    @Override
    public void subscribeLater(CacheState cache) {
        onLoop(() -> {
            // With the next connection it is said what holds then.
            CacheState.Subscription wanted = cache.subscription();
            if (wanted != null) {
                tellLater(
                        new Command.Subscribe(cache.handle(), wanted.kinds(), wanted.syncKinds(), wanted.oldValues()));
            }
        });
    }

    /** On the event loop, over the present connection, if there is one; takes no place in flight, and nobody waits for the reply. */
    private void tellLater(Command command) {
        if (!takesCalls() && !(stage instanceof Stage.Opening)) {
            return;
        }
        Call call = Call.internal(command, CLOSE_HANDLE_NANOS, (Consumer<Reply>) null);
        if (stage instanceof Stage.Admitted) {
            // Behind what was asked of the cache before it was closed.
            queue.offer(call);
            drain();
        } else {
            direct(call);
        }
    }

    @Override
    public CompletableFuture<@Nullable Reply> openRegistered(CacheState cache) {
        return withConnection(
                steps -> steps.of(cache),
                () -> internally(CachesAtNode.opening(cache, true))
                        .thenCompose(reply -> CachesAtNode.isAnother(reply) && cache.isOnlyDeclared()
                                ? internally(CachesAtNode.attaching(cache))
                                : CompletableFuture.completedFuture(reply))
                        .whenComplete((reply, failure) -> {
                            if (reply instanceof Reply.Opened && !caches.containsKey(cache.handle())) {
                                closeHandle(cache.handle());
                            } else if (reply != null && cache.isOnlyDeclared()) {
                                boolean unused = opened.openedAs(cache, reply);
                            } else if (reply instanceof Reply.Opened) {
                                opened(cache.handle());
                            }
                        }));
    }

    @Override
    public CompletableFuture<@Nullable Reply> subscribeRegistered(CacheState cache) {
        Command subscribing = CachesAtNode.subscribing(cache);
        return subscribing == null
                ? CompletableFuture.completedFuture(null)
                : withConnection(steps -> List.of(steps.step(subscribing, reply -> {})), () -> internally(subscribing));
    }

    private CompletableFuture<Reply> internally(Command command) {
        CompletableFuture<Reply> asked = new CompletableFuture<>();
        direct(Call.internal(command, callNanos, asked));
        return asked;
    }

    /**
     * What is asked for beside a node's caches: if they are being opened, it is one of these steps. Null where there is no connection,
     * and so it comes with the next.
     */
    private CompletableFuture<@Nullable Reply> withConnection(
            Function<CachesAtNode.Reopening, List<Call>> whileOpening, Supplier<CompletableFuture<Reply>> whenLinked) {
        CompletableFuture<@Nullable Reply> result = new CompletableFuture<>();
        onLoop(() -> {
            if (stage instanceof Stage.Opening opening) {
                opening.connection().drain(new ArrayDeque<>(whileOpening.apply(opening.steps())));
                result.complete(null);
            } else if (!takesCalls()) {
                result.complete(null);
            } else {
                // Null if the connection is lost meanwhile: it comes with the next, then.
                CompletableFuture<Reply> unused =
                        whenLinked.get().whenComplete((reply, failure) -> result.complete(reply));
            }
        });
        return closed.get() ? CompletableFuture.completedFuture(null) : result;
    }

    /** The caches are open. */
    void linked(Connection over) {
        connecting.unlimit();
        links++;
        if (stage instanceof Stage.Leaving leaving) {
            stage = new Stage.Leaving(over, links, leaving.admittedSinceNanos());
        } else {
            stage = new Stage.Linked(over, links);
        }
        attempted.complete(true);
        owner.linked(this);
    }

    private void admitted(Stage.Linked linked) {
        outlook = Outlook.MAY_PASS;
        seen = Seen.ADMITTED;
        stage = new Stage.Admitted(linked.connection(), linked.link(), System.nanoTime());
        trouble = "";
        troubleCause = null;
        if (LOG.isInfoEnabled()) {
            LOG.info("connected to node {} in-flight bound {}", where(), places.bound());
        }
        become(NodeListener.State.HEALTHY, "");
        linked.connection().drain(queue);
    }

    private void become(NodeListener.State next, String reason) {
        if (state != next && state != NodeListener.State.CLOSED) {
            state = next;
            tell(next, reason);
        }
    }

    // --- losing the connection, on the event loop

    private static @Nullable Long admittedSinceNanos(Stage of) {
        if (of instanceof Stage.Admitted admitted) {
            return admitted.sinceNanos();
        }
        return of instanceof Stage.Leaving leaving ? leaving.admittedSinceNanos() : null;
    }

    private void gone(Connection lost, List<Call> inFlight, String why, @Nullable Throwable cause) {
        Stage before = stage;
        boolean wasLeft = before instanceof Stage.Leaving;
        if (connecting.ended(lost.wasInstalled() && !takesCalls())) {
            outlook = Outlook.SURELY_DOWN;
        }
        if (seen == Seen.NEVER) {
            seen = Seen.ATTEMPTED;
        }
        Long admittedSince = admittedSinceNanos(before);
        stage = AWAY;
        trouble = wasLeft ? trouble : why;
        troubleCause = cause;
        if (admittedSince != null) {
            awaySinceNanos = System.nanoTime();
            if (awaySinceNanos - admittedSince > STEADY_NANOS) {
                backoff.reset();
            }
            forgetHealth();
            if (wasLeft) {
                LOG.info("closed the connection to node {}: {}", where(), trouble);
            } else if (!closed.get()) {
                LOG.warn("lost the connection to node {}: {}; {} calls were in flight", where(), why, inFlight.size());
                if (state == NodeListener.State.HEALTHY) {
                    become(NodeListener.State.SUSPECT, why);
                }
            }
        }
        for (Call call : inFlight) {
            giveBack(call);
            lose(call, why, cause);
        }
        if (closed.get()) {
            return;
        }
        attempted.complete(false);
        if (company == Company.RETIRED) {
            closeAside();
            return;
        }
        tidyQueue();
        downIfAwayTooLong();
        nextAttempt = loop.schedule(
                () -> context.runOnContext(ignored -> attempt()), backoff.nextMillis(), TimeUnit.MILLISECONDS);
    }

    private void downIfAwayTooLong() {
        long away = System.nanoTime() - awaySinceNanos;
        // One that is alone is waited for while it starts again; one that never was there is not known to come.
        boolean tooLong = company == Company.ALONE && seen == Seen.ADMITTED
                ? away > callNanos
                : outlook == Outlook.SURELY_DOWN || away > config.downAfter().toNanos();
        if (state == NodeListener.State.SUSPECT && !takesCalls() && (outlook == Outlook.REFUSED || tooLong)) {
            down();
        }
        if (state == NodeListener.State.DOWN) {
            loseQueue();
        }
    }

    private void down() {
        if (state != NodeListener.State.DOWN && !closed.get()) {
            if (outlook == Outlook.REFUSED) {
                LOG.error("node {} is down for this client: {}", where(), trouble);
            } else if (seen != Seen.NEVER) {
                LOG.warn("node {} is down: {}", where(), trouble);
            } else {
                LOG.info("node {} is not there yet, and calls do not wait for it: {}", where(), trouble);
            }
            become(NodeListener.State.DOWN, trouble);
            loseQueue();
        }
    }

    /** No further calls. Alone they wait for the node to come back; else they go elsewhere. */
    private void leave(String why) {
        Stage before = stage;
        Connection current = before.connection();
        if (current == null || before instanceof Stage.Leaving) {
            return;
        }
        stage = new Stage.Leaving(current, before.link(), admittedSinceNanos(before));
        trouble = why;
        LOG.info("node {}: {}; no further calls go there", where(), why);
        if (company == Company.ALONE) {
            become(NodeListener.State.SUSPECT, why);
        } else {
            become(NodeListener.State.DOWN, why);
            loseQueue();
        }
        closeIfDrained();
    }

    private void closeIfDrained() {
        if (stage instanceof Stage.Leaving leaving
                && !leaving.connection().inFlight().iterator().hasNext()
                && leases <= 0) {
            leaving.connection().fail(trouble, null);
        }
    }

    @Override
    boolean canLoseReplies() {
        return true;
    }

    @Override
    void answered(Command command, Reply reply) {
        liveness.answered();
        if (reply instanceof Reply.Leased) {
            leases++;
        } else if (command instanceof Command.Settle settle) {
            for (Command.Settlement settlement : settle.settlements()) {
                leases -= settlement.share() instanceof Command.Share.Keep ? 0 : 1;
            }
        } else if (command instanceof Command.LeaseMany && reply instanceof Reply.Many many) {
            for (Reply part : many.replies()) {
                leases += part instanceof Reply.Leased ? 1 : 0;
            }
        }
    }

    /** Drops what has ended, and acknowledgements: the node has forgotten what they are about. */
    private void tidyQueue() {
        long now = System.nanoTime();
        for (Call call : queue.toArray(NO_CALLS)) {
            if (call.future != null && call.deadlineNanos() - now <= 0) {
                expire(call);
            }
        }
        queue.removeIf(call -> call.ended() || call.command instanceof Command.Ack);
    }

    private void loseQueue() {
        String why = closed.get() ? "the client was closed" : "the node is down: " + trouble;
        Call call;
        while ((call = queue.poll()) != null) {
            lose(call, why, troubleCause);
        }
    }

    /** Looks after what no event looks after: silence, and calls that nobody waits for. */
    private void tick() {
        long now = System.nanoTime();
        long sinceTick = liveness.sinceTick(now);
        connecting.count(stage.connection(), sinceTick);
        if (liveness.stoodStill(sinceTick, now)) {
            return;
        }
        if (admittedSinceNanos(stage) == null) {
            tidyQueue();
            downIfAwayTooLong();
        }
        Connection current = stage.connection();
        if (current == null || node == null || !current.isGreeted()) {
            return;
        }
        Liveness.Verdict verdict = liveness.look(current, now, this::expire, this::giveBack);
        if (verdict instanceof Liveness.Dead dead) {
            outlook = Outlook.SURELY_DOWN;
            current.abandon(dead.why());
            return;
        }
        if (stage instanceof Stage.Admitted) {
            if (verdict instanceof Liveness.Suspect suspect) {
                trouble = suspect.why();
                become(NodeListener.State.SUSPECT, trouble);
            } else if (state == NodeListener.State.SUSPECT) {
                trouble = "";
                become(NodeListener.State.HEALTHY, "it is heard again");
            }
        }
        closeIfDrained();
    }

    private static void cancel(@Nullable ScheduledFuture<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }

    // --- calls

    @Override
    void send(Call call) {
        if (closed.get()) {
            giveBack(call);
            throw new IllegalStateException("the client of node " + where() + " is closed");
        }
        if (call.command instanceof Command.Settle && stage instanceof Stage.Leaving) {
            // The node that gave the lease still takes what it was taken for.
            direct(call);
            return;
        }
        queue.offer(call);
        drainSoon();
    }

    @Override
    void sendAck(Command.Ack ack) {
        if (takesCalls()) {
            direct(Call.internal(ack, callNanos, (Consumer<Reply>) null));
        }
    }

    private void drainSoon() {
        if (!drainDue.get() && drainDue.compareAndSet(false, true)) {
            try {
                loop.execute(this::drain);
            } catch (RejectedExecutionException e) {
                // The client was closed between the check and here.
                loseQueue();
            }
        }
    }

    private void drain() {
        drainDue.set(false);
        if (stage instanceof Stage.Admitted admitted) {
            admitted.connection().drain(queue);
        } else if (state == NodeListener.State.DOWN || closed.get()) {
            loseQueue();
        }
    }

    private void unsendable(Call call, Throwable why) {
        giveBack(call);
        if (call.end(why)) {
            complete(call);
        }
    }

    @Override
    public NodeListener.State state() {
        return state;
    }

    @Override
    public boolean mayWait() {
        if (!Context.isOnEventLoopThread()) {
            return true;
        }
        // Nor on another session's, which may be waiting for this one's.
        for (EventExecutor any : loop.parent()) {
            if (any.inEventLoop()) {
                return false;
            }
        }
        return true;
    }

    @Override
    int maxFrameBytes() {
        Hello.Node said = node;
        return said == null ? Integer.MAX_VALUE : said.maxFrameBytes();
    }

    @Override
    public String where() {
        PoolMember as = member;
        Hello.Node said = node;
        String name =
                !as.name().equals(as.address()) || said == null || said.node().isEmpty() ? as.name() : said.node();
        return name.equals(address.toString()) ? name : name + " (" + address + ")";
    }

    @Override
    String whyNoReply() {
        return state == NodeListener.State.HEALTHY ? "" : ", and the node has been away: " + trouble;
    }

    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        try {
            loop.execute(() -> {
                closeOnLoop();
                done.complete(null);
            });
            if (mayWait()) {
                done.get(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RejectedExecutionException | ExecutionException | TimeoutException e) {
            LOG.warn("the session with node {} did not close within {} s", where(), CLOSE_SECONDS, e);
        }
        shared.release();
    }

    private void closeOnLoop() {
        cancel(ticks);
        cancel(nextAttempt);
        Connection current = stage.connection();
        if (current != null) {
            current.fail("the client was closed", null);
        }
        become(NodeListener.State.CLOSED, "");
        attempted.complete(false);
        loseQueue();
    }

    /** What a connection tells, on the event loop. */
    private final class ConnectionEvents implements Connection.Owner {
        @Override
        public void shookHands(Connection shaken, Hello.Node said) {
            SocketSession.this.shookHands(said);
        }

        @Override
        public void refused(Connection refusing, Reply.Failure failure) {
            SocketSession.this.refused(refusing, failure);
        }

        @Override
        public void reply(Call call, Reply reply) {
            SocketSession.this.reply(call, reply);
        }

        @Override
        public void push(Push push, @Nullable Call causing) {
            SocketSession.this.push(push, causing);
        }

        @Override
        public void writable() {
            drain();
        }

        @Override
        public void unsendable(Call call, Throwable why) {
            SocketSession.this.unsendable(call, why);
        }

        @Override
        public void tooLarge(Call call, int frameBytes) {
            SocketSession.this.unsendable(call, frameTooLarge(call.command, frameBytes));
        }

        @Override
        public void gone(Connection lost, List<Call> inFlight, String why, @Nullable Throwable cause) {
            SocketSession.this.gone(lost, inFlight, why, cause);
        }
    }
}
