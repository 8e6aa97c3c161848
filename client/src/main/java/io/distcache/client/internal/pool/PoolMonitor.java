package io.distcache.client.internal.pool;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.NodeListener;
import io.distcache.client.NodeStatus;
import io.distcache.client.PoolStatus;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.CacheState;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.SessionOwner;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Returns;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Status;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the picture that calls are routed by: who is in the pool, and who of them serves. Whatever happens (a connection, its loss, a
 * node's word of other members, a refusal) leads to the same steps on one thread, which can be taken any number of times:
 *
 * <ol>
 *   <li>All nodes that are linked get to know the newest membership that any of them or this client knows, and only then calls go by
 *       it. A node that knows it refuses what is sent by an older one.
 *   <li>All of them are told who of the members is used no longer, and say what they have seen. A node that is back, and whose entries
 *       somebody may have changed who cannot be asked, is kept waiting for him a while; then it drops all it has ({@link Returns}).
 *   <li>All of them are told who of the members is away. They answer with hints: what was changed on behalf of members that are back.
 *   <li>What the hints name is invalidated at its owners (hinted handoff, Dynamo §4.6), and the hints are dropped.
 *   <li>All of them are told who is used from now on, and only then calls are let to the nodes that are back.
 * </ol>
 *
 * Thread-safe; what is not final or volatile is confined to the monitor's thread.
 */
public final class PoolMonitor implements SessionOwner, Router.Watcher, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PoolMonitor.class);
    private static final long AGAIN_MILLIS = 50;
    private static final long WAITING_MILLIS = 100;
    private static final long IN_BETWEEN_MILLIS = 20;

    private static final long IDLE_SECONDS = 10;
    private static final int LONGEST_ATTEMPTS = 4;

    private final ClientConfig config;
    private final Listeners listeners;
    private final Briefings briefings = new Briefings();
    private final MemberSessions sessions;
    private final Agreement agreement;
    private final HintedHandoff handoff;
    private final Comebacks comebacks;
    private final RouteFollower follower;
    private final ScheduledThreadPoolExecutor thread;
    private final AtomicBoolean due = new AtomicBoolean();
    private final Router router;
    private volatile Membership heard = Membership.NONE;
    private volatile boolean begun;
    private volatile boolean closed;
    /** A node that knew who is away refused what went past one of them. */
    private volatile boolean contradicted;

    private volatile String unsettled = "";

    /** How far the steps have come. */
    private enum Outcome {
        DONE,
        /** All but nodes that are kept waiting, if any is used at all. */
        WAITING,
        AGAIN
    }

    private PoolMonitor(ClientConfig config, Map<Integer, CacheState> caches, List<NodeListener> listeners) {
        this.config = config;
        this.listeners = new Listeners(listeners);
        this.thread = new ScheduledThreadPoolExecutor(1, task -> OwnThread.make(task, "distcache-pool"));
        thread.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
        thread.setRemoveOnCancelPolicy(true);
        this.sessions = new MemberSessions(config, caches, this);
        this.router = new Router(sessions.first());
        router.watcher(this);
        this.handoff = new HintedHandoff(briefings, router.dropped);
        this.comebacks = new Comebacks(briefings, handoff, sessions::named);
        this.follower = new RouteFollower(sessions, router, this.listeners, this::wake);
        this.agreement = new Agreement(sessions, briefings, router, this.listeners, comebacks::forget);
        // When all is there that hears of it.
        sessions.begin();
    }

    /**
     * Connects to the pool that these nodes belong to: to all of its nodes that can be reached within the call timeout. A client that
     * is {@linkplain ClientConfig#lazy lazy} does not wait for any.
     *
     * @throws UnreachableException if none can; its suppressed exceptions tell why, node by node
     * @throws io.distcache.client.RequestRefusedException if a node refuses this client
     */
    public static PoolMonitor connect(
            ClientConfig config, Map<Integer, CacheState> caches, List<NodeListener> listeners) {
        PoolMonitor monitor = new PoolMonitor(config, caches, listeners);
        boolean connected = false;
        try {
            if (config.lazy()) {
                monitor.begun = true;
                monitor.wake();
            } else {
                monitor.begin();
            }
            connected = true;
            return monitor;
        } finally {
            if (!connected) {
                monitor.close();
            }
        }
    }

    public Router router() {
        return router;
    }

    // --- beginning

    private void begin() {
        router.any().calls().refuseOnEventLoop();
        // Attempts end by themselves; on a machine with other things to do later than by the clock on the wall.
        sessions.awaitLinks(
                sessions.all(),
                System.nanoTime() + LONGEST_ATTEMPTS * config.connectTimeout().toNanos());
        long deadline = System.nanoTime() + config.connectTimeout().toNanos();
        if (!sessions.isAnyLinked()) {
            throw sessions.unreachable();
        }
        try {
            thread.submit(() -> {
                        while (!isBegun(steps(deadline))) {
                            TimeUnit.MILLISECONDS.sleep(IN_BETWEEN_MILLIS);
                        }
                        return true;
                    })
                    .get(2 * config.connectTimeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UnreachableException("interrupted while connecting to " + config.members(), e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DistCacheException known) {
                throw known;
            }
            throw new UnreachableException("the pool of " + config.members() + " cannot be used", e.getCause());
        } catch (TimeoutException e) {
            throw new UnreachableException(
                    "the nodes " + config.members() + " could not be used within "
                            + 2 * config.connectTimeout().toMillis() + " ms: " + unsettled,
                    e);
        }
        begun = true;
        wake();
    }

    /** Calls can be served as soon as one node is used; the others come when they may. */
    private boolean isBegun(Outcome outcome) {
        return outcome == Outcome.DONE
                || (outcome == Outcome.WAITING && (comebacks.isAnyAdmitted() || follower.isAnyUsed()));
    }

    // --- what leads to the steps

    private void wake() {
        if (begun && due.compareAndSet(false, true)) {
            execute(0);
        }
    }

    private void execute(long delayMillis) {
        try {
            var unused = thread.schedule(this::takeSteps, delayMillis, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            // Closed.
        }
    }

    private void takeSteps() {
        due.set(false);
        Outcome outcome = Outcome.AGAIN;
        try {
            outcome = closed ? Outcome.DONE : steps(System.nanoTime());
        } catch (RuntimeException e) {
            LOG.error("the pool's monitor failed; it tries again", e);
        } finally {
            if (outcome != Outcome.DONE && due.compareAndSet(false, true)) {
                execute(outcome == Outcome.WAITING ? WAITING_MILLIS : AGAIN_MILLIS);
            }
        }
    }

    @Override
    public void linked(NodeSession session) {
        wake();
    }

    @Override
    public void stateChanged(NodeSession session, NodeListener.State state, String reason) {
        listeners.stateChanged(session, state, reason);
        wake();
    }

    @Override
    public void reported(NodeSession session, HealthReport report) {
        listeners.reported(session, report);
    }

    @Override
    public void membersChanged(NodeSession session, Membership membership) {
        if (membership.isNewerThan(heard) || membership.isFarFrom(heard)) {
            // Two nodes may say so at once; what is lost here comes with the first step.
            heard = membership;
        }
        if (session instanceof SocketSession by) {
            briefings.membersChanged(by);
        }
        wake();
    }

    @Override
    public void routesChanged(NodeSession session, Routes routes) {
        follower.told(routes);
    }

    @Override
    public void refused(SocketSession session, Status status) {
        if (status == Status.NOT_OWNER) {
            if (briefings.contradicted(session, sessions.all())) {
                contradicted = true;
            }
            wake();
        } else if (status == Status.NOT_LEADER || status == Status.UNAVAILABLE) {
            follower.refused();
        }
    }

    @Override
    public boolean isDeclaredAway(SocketSession session) {
        String name = session.member().name();
        return sessions.all().stream()
                .filter(SocketSession::isUsable)
                .allMatch(used -> briefings.knowsAway(used, name));
    }

    // --- the steps, on the monitor's thread

    private Outcome steps(long connectDeadline) {
        try {
            RouteFollower.Progress progress = follower.follow(connectDeadline);
            if (progress != RouteFollower.Progress.NOT_REPLICATED) {
                return followed(progress);
            }
            agreement.agree(heard, connectDeadline);
            Membership known = sessions.known();
            if (known.members().size() <= 1) {
                for (SocketSession session : sessions.linked()) {
                    int link = session.link();
                    handoff.invalidateDropped(session, link);
                    session.admit(link);
                }
                return Outcome.DONE;
            }
            if (sessions.isAnyInBetween()) {
                unsettled = "a node is neither connected nor down";
                return Outcome.AGAIN;
            }
            if (contradicted && begun) {
                contradicted = false;
                sessions.reachThoseAway();
            }
            List<SocketSession> ready = sessions.linked();
            Set<String> members = names(known);
            Set<String> away = new TreeSet<>(members);
            ready.forEach(session -> away.remove(session.member().name()));
            comebacks.noteLosses(members);
            Set<SocketSession> held = comebacks.held(ready, members, away);
            if (!held.isEmpty()) {
                unsettled = comebacks.waiting();
            }
            held.forEach(session -> away.add(session.member().name()));
            List<SocketSession> used =
                    ready.stream().filter(session -> !held.contains(session)).toList();
            // Also one that was lost for a moment only may have been written past: all are asked for hints then.
            boolean isAnyNew = used.stream().anyMatch(comebacks::isNew);
            for (SocketSession session : ready) {
                handoff.declare(session, away, isAnyNew, ready);
            }
            comebacks.settle(ready, used, members);
            for (SocketSession session : used) {
                Told was = briefings.peek(session);
                if (was != null && was.link() == session.link()) {
                    handoff.invalidateDropped(session, was.link());
                    comebacks.admitted(session, was.link());
                    session.admit(was.link());
                }
            }
            return held.isEmpty() ? Outcome.DONE : Outcome.WAITING;
        } catch (StepFailed e) {
            unsettled = String.valueOf(e.getMessage());
            LOG.debug("the pool is not settled yet: {}", unsettled);
            return Outcome.AGAIN;
        }
    }

    /** What the steps have come to in a replicated pool, which needs no others. */
    private Outcome followed(RouteFollower.Progress progress) {
        return switch (progress) {
            case AGAIN, NOT_REPLICATED -> {
                unsettled = "no node has said yet who leads what in its replicated pool";
                yield Outcome.AGAIN;
            }
            case WAITING -> Outcome.WAITING;
            case DONE -> Outcome.DONE;
        };
    }

    private static Set<String> names(Membership of) {
        Set<String> names = new TreeSet<>();
        of.members().forEach(member -> names.add(member.name()));
        return names;
    }

    // --- for people

    /** How the client stands with its pool. */
    public PoolStatus status() {
        Router.View now = router.view();
        Leaders leaders = now.leaders();
        List<NodeStatus> nodes = now.sessions().stream()
                .map(session -> new NodeStatus(
                        Members.shown(session.member()),
                        session.state(),
                        session.trouble(),
                        LastReport.of(session.health()),
                        leaders == null ? 0 : leaders.table().ledBy(session)))
                .toList();
        return new PoolStatus(
                now.membership().epoch(),
                nodes,
                router.servedElsewhere.sum(),
                router.missedReads.sum(),
                router.droppedWrites.sum(),
                router.repeatedChanges.sum(),
                router.staleAnswers.count(),
                leaders == null ? 0 : leaders.table().routes().groups());
    }

    @Override
    public void close() {
        closed = true;
        thread.shutdownNow();
        sessions.close();
    }
}
