package io.distcache.client.internal.link;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.NodeAddress;
import io.distcache.client.NodeListener;
import io.distcache.client.spi.Refusals;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
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
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetSocket;
import java.net.InetAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
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
import java.util.stream.Collectors;
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
    private static final long TICK_MILLIS = 50;
    private static final long MOST_COUNTED_NANOS = TimeUnit.MILLISECONDS.toNanos(2 * TICK_MILLIS);
    private static final long STILL_NANOS = TimeUnit.MILLISECONDS.toNanos(10 * TICK_MILLIS);
    private static final long CLOSE_SECONDS = 5;
    private static final long STEADY_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final int NEVER = 0;
    private static final long NO_LIMIT = Long.MAX_VALUE;
    /** The system gives up an address only then; the session's own limit comes before. */
    private static final int LONGEST_DIAL_MILLIS = 60_000;

    private static final Call[] NO_CALLS = {};

    private final NodeAddress address;
    private final SharedVertx shared;
    private final ContextInternal context;
    private final EventLoop loop;
    private final Backoff backoff;
    private final Queue<Call> queue = new ConcurrentLinkedQueue<>();
    private final AtomicBoolean drainDue = new AtomicBoolean();
    private final AtomicBoolean closed = new AtomicBoolean();
    private final long suspectNanos;

    private volatile PoolMember member;
    private volatile NodeListener.State state = NodeListener.State.SUSPECT;
    private volatile String trouble = "the first attempt to connect is under way";
    private volatile @Nullable Throwable troubleCause;
    private volatile Hello.@Nullable Node node;
    private volatile boolean alone;
    private volatile boolean leaving;
    private volatile boolean starting;
    private volatile int link = NEVER;
    private volatile CompletableFuture<Boolean> attempted = new CompletableFuture<>();

    private @Nullable Connection connection;
    private @Nullable Reopening reopening;
    private final HostLookup lookup;
    private @Nullable Dial dial;
    /** How much longer the attempt may take, not counting what this process stands still; {@link #NO_LIMIT} if it need not end. */
    private long attemptLeftNanos = NO_LIMIT;

    private String attemptAt = "";
    /** How often a node that had accepted a connection was no good, and so which of its host's addresses is tried first. */
    private int badAnswers;

    private boolean everAttempted;
    private boolean everAdmitted;
    private @Nullable ScheduledFuture<?> nextAttempt;
    private @Nullable ScheduledFuture<?> ticks;
    /** Longer than any connection that takes nothing lasts. */
    private static final long CLOSE_HANDLE_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Map<Integer, Long> openedAt = new HashMap<>();
    private int links;
    private boolean admitted;
    private boolean retired;
    private boolean refusedForGood;
    private boolean surelyDown;
    private int leases;
    private long awaySinceNanos = System.nanoTime();
    private long admittedSinceNanos;
    private long heardNanos;

    private long tickedNanos = System.nanoTime();
    private boolean answered;
    private long answeredNanos;

    private SocketSession(
            ClientConfig config,
            PoolMember member,
            boolean alone,
            Map<Integer, CacheState> caches,
            SessionOwner owner,
            SharedVertx shared) {
        super(config, caches, owner);
        this.member = member;
        this.alone = alone;
        this.address = NodeAddress.parse(member.address());
        this.lookup = new HostLookup(address.host());
        this.shared = shared;
        this.context = shared.newContext();
        this.loop = context.nettyEventLoop();
        this.backoff = new Backoff(config.minBackoff(), config.maxBackoff());
        // One report may be lost, and the next one late by half.
        this.suspectNanos = Math.min(
                config.healthInterval().toNanos() * 5 / 2, config.silenceLimit().toNanos());
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
            session.ticks =
                    session.loop.scheduleAtFixedRate(session::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
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
        alone = isAlone;
    }

    /** A number of the present connection, if calls could go over it: other than any before; 0 while there is none. */
    public int link() {
        return leaving ? NEVER : link;
    }

    /** Whether it answers, and says that it is still loading its data. */
    public boolean isStarting() {
        return starting;
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
            if (connection == null && due != null && due.cancel(false)) {
                attempt();
            }
            CompletableFuture<Boolean> unused = attempted.whenComplete((is, failure) -> result.complete(is));
        });
        return result;
    }

    /** Lets calls go over a link, if it still stands. */
    public void admit(int toLink) {
        onLoop(() -> {
            Connection current = connection;
            if (link == toLink && current != null && !admitted && !leaving) {
                admitted(current);
            }
        });
    }

    /** No calls yet over a link that stands, if it does: until it is admitted they go elsewhere. */
    public void hold(int held, String why) {
        onLoop(() -> {
            if (link == held && link != NEVER && !admitted) {
                trouble = why;
                down();
            }
        });
    }

    /** Ends a link that turned out to be no good, if it still stands; another is tried. */
    public void reject(int rejected, String why) {
        onLoop(() -> {
            Connection current = connection;
            if (link == rejected && current != null) {
                surelyDown = true;
                current.fail(why, null);
            }
        });
    }

    /** The node is no longer in the pool: no further calls; closed when what is in flight is answered. */
    public void retire() {
        onLoop(() -> {
            retired = true;
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
                Connection current = connection;
                if (current == null || (link == NEVER && call.takesPlace)) {
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
        connection = attempting;
        attemptLeftNanos = config.connectTimeout().toNanos();
        attemptAt = "the addresses of its host " + address.host() + " were not found";
        CompletableFuture<Void> unused = lookup.begin().handle((found, failure) -> {
            onContext(() -> lookedUp(attempting, found, failure));
            return null;
        });
    }

    private void onContext(Runnable task) {
        onLoop(() -> context.runOnContext(ignored -> task.run()));
    }

    private void lookedUp(Connection attempting, @Nullable List<InetAddress> found, @Nullable Throwable failure) {
        if (attempting.isGone()) {
            return;
        }
        if (found == null || found.isEmpty()) {
            surelyDown = true;
            attempting.fail("its host " + address.host() + " is not known", failure);
            return;
        }
        List<InetAddress> addresses = new ArrayList<>(found);
        Collections.rotate(addresses, -(badAnswers % addresses.size()));
        attemptAt = "no connection was made to " + shown(addresses);
        Dial dialing = new Dial(
                shared.netClient(),
                context,
                addresses,
                address.port(),
                LONGEST_DIAL_MILLIS,
                socket -> {
                    attemptAt = "it accepted the connection, but did not finish the handshake";
                    install(socket, attempting);
                },
                (why, cause) -> {
                    surelyDown = true;
                    attempting.fail("it does not accept connections: " + why, cause);
                });
        dial = dialing;
        dialing.next();
    }

    private static String shown(List<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(" or "));
    }

    /**
     * Ends an attempt that has had its time. What counts is the time that this process ran: classes that were loaded on the event loop,
     * or a machine with other things to do, are no fault of the node's.
     */
    private void countAttempt(long sinceTick) {
        Connection attempting = connection;
        if (attempting == null || attemptLeftNanos == NO_LIMIT) {
            return;
        }
        attemptLeftNanos -= Math.min(sinceTick, MOST_COUNTED_NANOS);
        if (attemptLeftNanos <= 0) {
            attempting.fail(attemptAt + " within " + config.connectTimeout().toMillis() + " ms", null);
        }
    }

    /** Runs before the event loop reads from the new socket, so no byte passes by. */
    private static void install(NetSocket socket, Connection attempted) {
        if (attempted.isGone()) {
            socket.close();
            return;
        }
        ((NetSocketInternal) socket).channelHandlerContext().pipeline().addBefore("handler", "distcache", attempted);
    }

    private void refused(Connection refusing, Reply.Failure failure) {
        DistCacheException why = Refusals.exception("the handshake with node " + where() + " was", failure);
        // A wrong secret or version does not heal by itself: callers hear of it at once.
        refusedForGood = failure.status() == Status.UNAUTHORIZED || failure.status() == Status.VERSION_MISMATCH;
        refusing.fail(String.valueOf(why.getMessage()), why);
    }

    private void shookHands(Hello.Node said) {
        node = said;
        places.resize(Math.min(config.maxInFlight(), said.maxInFlight()));
        heardNanos = System.nanoTime();
        answeredNanos = heardNanos;
        leases = 0;
        // What the node does comes with its first report, right behind the hello.
    }

    @Override
    void reported(HealthReport report) {
        Connection current = connection;
        if (current == null) {
            return;
        }
        starting = report.state() == HealthReport.State.STARTING;
        switch (report.state()) {
            case STARTING -> {
                attemptLeftNanos = NO_LIMIT;
                trouble = "it is starting, " + report.progressPercent() + " % so far";
                if (!alone) {
                    down();
                }
            }
            case SERVING, READ_ONLY -> {
                if (link == NEVER && reopening == null) {
                    reopen(current);
                }
            }
            case DRAINING -> leave("it is stopping");
        }
    }

    private void reopen(Connection greeted) {
        Reopening steps = new Reopening(greeted);
        reopening = steps;
        Queue<Call> again = new ConcurrentLinkedQueue<>();
        for (CacheState cache : caches.values()) {
            if (!cache.destroyed()) {
                again.addAll(steps.of(cache));
            }
        }
        again.add(steps.answersAboutThePool());
        greeted.drain(again);
    }

    private void reopened(Connection shaken, CacheState cache, Reply reply) {
        if (!caches.containsKey(cache.handle())) {
            if (reply instanceof Reply.Opened) {
                closeHandle(cache.handle());
            } else {
                LOG.debug("cache {} was closed while it was opened: {}", cache.name(), reply);
            }
        } else if (!openedAs(cache, reply)) {
            shaken.fail("cache " + cache.name() + " could not be opened again: " + reply, null);
        }
    }

    /** What an answer to opening a cache means for it; false if it means something else. */
    private boolean openedAs(CacheState cache, Reply reply) {
        if (reply instanceof Reply.Opened is) {
            opened(cache.handle());
            List<String> differences = cache.definition().differencesToShared(is.definition());
            if (differences.isEmpty()) {
                cache.accept();
            } else {
                refuse(cache, String.join("; ", differences));
                closeHandle(cache.handle());
            }
            return true;
        }
        if (reply instanceof Reply.Failure failure && failure.status() == Status.DEFINITION_DIFFERS) {
            refuse(cache, failure.message());
            return true;
        }
        if (reply instanceof Reply.Failure failure && failure.status() == Status.NO_SUCH_CACHE) {
            cache.markDestroyed();
            return true;
        }
        return false;
    }

    private void refuse(CacheState cache, String differences) {
        if (cache.refuse("it is another one at node " + where() + ": " + differences)) {
            LOG.error(
                    "cache {} cannot be used here, since it is another one at node {}: {}. Create it alike everywhere, or destroy it"
                            + " there; it is looked at again with the next connection",
                    cache.name(),
                    where(),
                    differences);
        }
    }

    @Override
    void opened(int handle) {
        Hello.Node said = node;
        if (said != null) {
            openedAt.put(handle, said.incarnation());
        }
    }

    @Override
    void forget(int handle) {
        openedAt.remove(handle);
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
        if (connection == null || (link == NEVER && reopening == null)) {
            return;
        }
        Call call = Call.internal(command, CLOSE_HANDLE_NANOS, (Consumer<Reply>) null);
        if (admitted && !leaving) {
            // Behind what was asked of the cache before it was closed.
            queue.offer(call);
            drain();
        } else {
            direct(call);
        }
    }

    /** Counts the replies that must come before calls go on. */
    private final class Reopening {
        private final Connection shaken;
        private int left;

        Reopening(Connection shaken) {
            this.shaken = shaken;
        }

        /** What greets and answers nothing must not keep the owner waiting, who asks one node after the other. */
        Call answersAboutThePool() {
            return step(new Command.Pool("", Membership.NONE), reply -> {});
        }

        /**
         * Opening and subscribing. A node that was restarted may have come back empty; one that was not, and had the cache, has been
         * told to forget it if it is not there now.
         */
        List<Call> of(CacheState cache) {
            Hello.Node said = node;
            Long at = openedAt.get(cache.handle());
            boolean create = said == null || at == null || at != said.incarnation();
            return of(cache, opening(cache, create), reply -> {
                if (isAnother(reply) && cache.definition().isTyped()) {
                    // One that the native API or a door made first has no types, and so can have these.
                    shaken.drain(new ArrayDeque<>(
                            of(cache, attaching(cache), attached -> reopened(shaken, cache, attached))));
                } else {
                    reopened(shaken, cache, reply);
                }
            });
        }

        private List<Call> of(CacheState cache, Command opening, Consumer<Reply> then) {
            List<Call> steps = new ArrayList<>(2);
            steps.add(step(opening, then));
            Command subscribing = subscribing(cache);
            if (subscribing != null) {
                steps.add(step(subscribing, reply -> {}));
            }
            return steps;
        }

        private Call step(Command command, Consumer<Reply> then) {
            left++;
            return Call.internal(command, callNanos, (Reply reply) -> {
                then.accept(reply);
                left--;
                if (left == 0 && !shaken.isGone()) {
                    linked();
                }
            });
        }
    }

    private static Command opening(CacheState cache, boolean create) {
        return new Command.OpenCache(cache.handle(), cache.definition(), create);
    }

    private static Command attaching(CacheState cache) {
        CacheDefinition definition = cache.definition();
        return new Command.OpenCache(
                cache.handle(), CacheDefinition.of(definition.namespace(), definition.name()), false);
    }

    private static @Nullable Command subscribing(CacheState cache) {
        CacheState.Subscription wanted = cache.subscription();
        return wanted == null
                ? null
                : new Command.Subscribe(cache.handle(), wanted.kinds(), wanted.syncKinds(), wanted.oldValues());
    }

    private static boolean isAnother(Reply reply) {
        return reply instanceof Reply.Failure failure && failure.status() == Status.DEFINITION_DIFFERS;
    }

    @Override
    public CompletableFuture<@Nullable Reply> openRegistered(CacheState cache) {
        return withConnection(
                steps -> steps.of(cache),
                () -> internally(opening(cache, true))
                        .thenCompose(reply -> isAnother(reply) && cache.isOnlyDeclared()
                                ? internally(attaching(cache))
                                : CompletableFuture.completedFuture(reply))
                        .whenComplete((reply, failure) -> {
                            if (reply instanceof Reply.Opened && !caches.containsKey(cache.handle())) {
                                closeHandle(cache.handle());
                            } else if (reply != null && cache.isOnlyDeclared()) {
                                boolean unused = openedAs(cache, reply);
                            } else if (reply instanceof Reply.Opened) {
                                opened(cache.handle());
                            }
                        }));
    }

    @Override
    public CompletableFuture<@Nullable Reply> subscribeRegistered(CacheState cache) {
        Command subscribing = subscribing(cache);
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
            Function<Reopening, List<Call>> whileOpening, Supplier<CompletableFuture<Reply>> whenLinked) {
        CompletableFuture<@Nullable Reply> result = new CompletableFuture<>();
        onLoop(() -> {
            Connection current = connection;
            Reopening steps = reopening;
            if (current == null || (steps == null && link == NEVER)) {
                result.complete(null);
            } else if (link == NEVER && steps != null) {
                current.drain(new ArrayDeque<>(whileOpening.apply(steps)));
                result.complete(null);
            } else {
                // Null if the connection is lost meanwhile: it comes with the next, then.
                CompletableFuture<Reply> unused =
                        whenLinked.get().whenComplete((reply, failure) -> result.complete(reply));
            }
        });
        return closed.get() ? CompletableFuture.completedFuture(null) : result;
    }

    private void linked() {
        attemptLeftNanos = NO_LIMIT;
        reopening = null;
        links++;
        link = links;
        attempted.complete(true);
        owner.linked(this);
    }

    private void admitted(Connection current) {
        refusedForGood = false;
        surelyDown = false;
        admitted = true;
        everAdmitted = true;
        admittedSinceNanos = System.nanoTime();
        trouble = "";
        troubleCause = null;
        if (LOG.isInfoEnabled()) {
            LOG.info("connected to node {} in-flight bound {}", where(), places.bound());
        }
        become(NodeListener.State.HEALTHY, "");
        current.drain(queue);
    }

    private void become(NodeListener.State next, String reason) {
        if (state != next && state != NodeListener.State.CLOSED) {
            state = next;
            tell(next, reason);
        }
    }

    // --- losing the connection, on the event loop

    private void gone(List<Call> inFlight, String why, @Nullable Throwable cause) {
        attemptLeftNanos = NO_LIMIT;
        everAttempted = true;
        Dial dialing = dial;
        dial = null;
        if (dialing != null) {
            dialing.end();
        }
        if (connection != null && connection.wasInstalled() && link == NEVER) {
            badAnswers++;
        }
        connection = null;
        reopening = null;
        starting = false;
        link = NEVER;
        boolean left = leaving;
        leaving = false;
        trouble = left ? trouble : why;
        troubleCause = cause;
        if (admitted) {
            admitted = false;
            awaySinceNanos = System.nanoTime();
            if (awaySinceNanos - admittedSinceNanos > STEADY_NANOS) {
                backoff.reset();
            }
            forgetHealth();
            if (left) {
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
        if (retired) {
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
        boolean tooLong = alone && everAdmitted
                ? away > callNanos
                : surelyDown || away > config.downAfter().toNanos();
        if (state == NodeListener.State.SUSPECT && link == NEVER && (refusedForGood || tooLong)) {
            down();
        }
        if (state == NodeListener.State.DOWN) {
            loseQueue();
        }
    }

    private void down() {
        if (state != NodeListener.State.DOWN && !closed.get()) {
            if (refusedForGood) {
                LOG.error("node {} is down for this client: {}", where(), trouble);
            } else if (everAttempted) {
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
        if (leaving || connection == null) {
            return;
        }
        leaving = true;
        trouble = why;
        LOG.info("node {}: {}; no further calls go there", where(), why);
        if (alone && !retired) {
            become(NodeListener.State.SUSPECT, why);
        } else {
            become(NodeListener.State.DOWN, why);
            loseQueue();
        }
        closeIfDrained();
    }

    private void closeIfDrained() {
        Connection current = connection;
        if (leaving && current != null && !current.inFlight().iterator().hasNext() && leases <= 0) {
            current.fail(trouble, null);
        }
    }

    @Override
    boolean canLoseReplies() {
        return true;
    }

    @Override
    void answered(Command command, Reply reply) {
        answered = true;
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
        long sinceTick = now - tickedNanos;
        tickedNanos = now;
        countAttempt(sinceTick);
        if (sinceTick > STILL_NANOS) {
            // It is this process that stood still: what has come meanwhile is read before the next tick, and then
            // judged.
            heardNanos += Math.min(sinceTick, now - heardNanos);
            return;
        }
        Connection current = connection;
        if (!admitted) {
            tidyQueue();
            downIfAwayTooLong();
        }
        if (current == null || node == null || !current.isGreeted()) {
            return;
        }
        if (current.heardSinceLastAsked()) {
            heardNanos = now;
        }
        if (answered) {
            answered = false;
            answeredNanos = now;
        }
        long silent = now - heardNanos;
        if (silent > config.silenceLimit().toNanos()) {
            surelyDown = true;
            current.abandon(
                    "nothing came from the node for " + config.silenceLimit().toMillis() + " ms");
            return;
        }
        long unanswered = unansweredNanos(current, now);
        if (unanswered > Math.max(callNanos, config.silenceLimit().toNanos() / 2)) {
            surelyDown = true;
            current.abandon((silent > suspectNanos ? "nothing has come from it, and" : "it reports, but")
                    + " no command has been answered for "
                    + TimeUnit.NANOSECONDS.toMillis(now - answeredNanos) + " ms");
            return;
        }
        if (admitted && !leaving) {
            if (silent > suspectNanos) {
                trouble = "nothing has come from it for " + TimeUnit.NANOSECONDS.toMillis(silent) + " ms";
                become(NodeListener.State.SUSPECT, trouble);
            } else if (unanswered > 0) {
                trouble = "it reports, but answers no commands";
                become(NodeListener.State.SUSPECT, trouble);
            } else if (state == NodeListener.State.SUSPECT) {
                trouble = "";
                become(NodeListener.State.HEALTHY, "it is heard again");
            }
        }
        closeIfDrained();
    }

    /** For how long calls have been over their time limits without any reply since they were sent; 0 if none is. Ends those. */
    private long unansweredNanos(Connection current, long now) {
        long longest = 0;
        List<Call> overdue = new ArrayList<>(0);
        for (Call call : current.inFlight()) {
            if (call.deadlineNanos() - now <= 0) {
                overdue.add(call);
            }
        }
        List<Call> forgotten = new ArrayList<>(0);
        for (Call call : overdue) {
            if (answeredNanos - call.startNanos() < 0) {
                longest = Math.max(longest, now - call.deadlineNanos());
            }
            if (call.future != null) {
                expire(call);
            }
            if (now - call.deadlineNanos() > extensionNanos) {
                forgotten.add(call);
            }
        }
        current.forget(forgotten).forEach(this::giveBack);
        return longest;
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
        if (leaving && call.command instanceof Command.Settle) {
            // The node that gave the lease still takes what it was taken for.
            direct(call);
            return;
        }
        queue.offer(call);
        drainSoon();
    }

    @Override
    void sendAck(Command.Ack ack) {
        if (link != NEVER) {
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
        Connection current = connection;
        if (admitted && !leaving && current != null) {
            current.drain(queue);
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
        if (connection != null) {
            connection.fail("the client was closed", null);
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
            SocketSession.this.gone(inFlight, why, cause);
        }
    }
}
