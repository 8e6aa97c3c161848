package io.distcache.client.internal.routing;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.NodeListener;
import io.distcache.client.NodeStatus;
import io.distcache.client.PoolStatus;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.pool.CacheState;
import io.distcache.client.internal.pool.NodeSession;
import io.distcache.client.internal.pool.SessionOwner;
import io.distcache.client.internal.pool.SocketSession;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.ring.HashRing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the picture that calls are routed by: who is in the pool, and who of them serves. Whatever happens (a connection, its loss, a
 * node's word of other members, a refusal) leads to the same steps on one thread, which can be taken any number of times:
 *
 * <ol>
 *   <li>All nodes that are linked get to know the newest membership that any of them or this client knows, and only then calls go by
 *       it. A node that knows it refuses what is sent by an older one.
 *   <li>All of them are told who of the members is away. They answer with hints: what was changed on behalf of members that are back.
 *   <li>What the hints name is invalidated at its owners (hinted handoff, Dynamo §4.6), and the hints are dropped.
 *   <li>Only then calls are let to the nodes that are back.
 * </ol>
 *
 * Thread-safe; what is not final or volatile is confined to the monitor's thread.
 */
public final class PoolMonitor implements SessionOwner, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PoolMonitor.class);
    private static final long AGAIN_MILLIS = 50;
    private static final long IN_BETWEEN_MILLIS = 20;
    private static final long REACH_MILLIS = 500;
    private static final long IDLE_SECONDS = 10;

    private final ClientConfig config;
    private final Listeners listeners;
    private final Map<Integer, CacheState> caches;
    private final Map<String, SocketSession> sessions = new ConcurrentHashMap<>();
    private final Map<SocketSession, Told> told = new ConcurrentHashMap<>();
    /** The link over which each session was last let to have calls. */
    private final Map<SocketSession, Integer> admitted = new HashMap<>();

    private final ScheduledThreadPoolExecutor thread;
    private final AtomicBoolean due = new AtomicBoolean();
    private final Router router;
    private volatile Membership heard = Membership.NONE;
    private volatile boolean begun;
    private volatile boolean closed;
    /** A node that knew who is away refused what went past one of them. */
    private volatile boolean contradicted;

    private volatile String unsettled = "";
    private Membership known = Membership.NONE;

    /**
     * What a node was told over its present connection. Immutable.
     *
     * @param link the connection
     * @param membership null if it is to be told
     * @param away null if it is to be told
     */
    private record Told(
            int link,
            @Nullable Membership membership,
            @Nullable Set<String> away) {}

    /** A step could not be taken; the reason has its own consequences, and all begins again. */
    private static final class StepFailed extends Exception {
        private static final long serialVersionUID = 1;

        StepFailed(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    private PoolMonitor(ClientConfig config, Map<Integer, CacheState> caches, List<NodeListener> listeners) {
        this.config = config;
        this.caches = caches;
        this.listeners = new Listeners(listeners);
        this.thread = new ScheduledThreadPoolExecutor(1, task -> {
            Thread made = new Thread(task, "distcache-pool");
            made.setDaemon(true);
            return made;
        });
        thread.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
        thread.setRemoveOnCancelPolicy(true);
        boolean alone = config.members().size() == 1;
        for (PoolMember member : config.members()) {
            sessions.put(member.name(), SocketSession.start(config, member, alone, caches, this));
        }
        this.router = new Router(sessionOf(config.members().get(0)));
        router.monitor(this);
    }

    /**
     * Connects to the pool that these nodes belong to: to all of its nodes that can be reached within the call timeout.
     *
     * @throws UnreachableException if none can; its suppressed exceptions tell why, node by node
     * @throws io.distcache.client.RequestRefusedException if a node refuses this client
     */
    public static PoolMonitor connect(
            ClientConfig config, Map<Integer, CacheState> caches, List<NodeListener> listeners) {
        PoolMonitor monitor = new PoolMonitor(config, caches, listeners);
        boolean connected = false;
        try {
            monitor.begin();
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
        long deadline = System.nanoTime() + config.connectTimeout().toNanos();
        awaitLinks(sessions.values(), deadline);
        if (sessions.values().stream().noneMatch(session -> session.link() != 0)) {
            throw unreachable();
        }
        try {
            thread.submit(() -> {
                        while (!steps(deadline)) {
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

    /** Waits until each of these is linked or has failed once; if any is linked, for the others no longer than a call may take. */
    private void awaitLinks(Collection<SocketSession> of, long deadlineNanos) {
        long deadline = deadlineNanos;
        boolean anyLinked = false;
        boolean interrupted = false;
        List<CompletableFuture<Boolean>> attempts =
                of.stream().map(SocketSession::attempted).toList();
        while (!interrupted) {
            boolean linkedNow = sessions.values().stream().anyMatch(session -> session.link() != 0);
            if (linkedNow && !anyLinked) {
                anyLinked = true;
                deadline = Math.min(
                        deadline, System.nanoTime() + config.callTimeout().toNanos());
            }
            if (attempts.stream().allMatch(CompletableFuture::isDone) || deadline - System.nanoTime() <= 0) {
                return;
            }
            try {
                CompletableFuture.anyOf(attempts.stream()
                                .filter(attempt -> !attempt.isDone())
                                .toArray(CompletableFuture<?>[]::new))
                        .get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                interrupted = true;
            } catch (ExecutionException | TimeoutException e) {
                // Looked at above.
            }
        }
    }

    private DistCacheException unreachable() {
        UnreachableException none = new UnreachableException("none of the nodes " + config.members()
                + " can be reached; check that they run and that host and port are right");
        for (SocketSession session : sessions.values()) {
            if (session.troubleCause() instanceof DistCacheException refused
                    && !(refused instanceof UnreachableException)) {
                return refused;
            }
            none.addSuppressed(Router.down(session, ""));
        }
        return none;
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
        boolean done = false;
        try {
            done = closed || steps(System.nanoTime());
        } catch (RuntimeException e) {
            LOG.error("the pool's monitor failed; it tries again", e);
        } finally {
            if (!done && due.compareAndSet(false, true)) {
                execute(AGAIN_MILLIS);
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
        if (membership.isNewerThan(heard)) {
            // Two nodes may say so at once; what is lost here comes with the first step.
            heard = membership;
        }
        if (session instanceof SocketSession by) {
            told.computeIfPresent(by, (s, was) -> new Told(was.link(), null, was.away()));
        }
        wake();
    }

    /** A node refused a command because of what it holds of the pool. */
    void refused(SocketSession session, Status status) {
        if (status == Status.NOT_OWNER) {
            told.computeIfPresent(session, (s, was) -> {
                if (knewOfAllAway(was)) {
                    contradicted = true;
                }
                return new Told(was.link(), null, null);
            });
            wake();
        }
    }

    /** If not, a refusal is no news: calls go elsewhere as soon as a node is down, which the others are told a moment later. */
    private boolean knewOfAllAway(Told was) {
        Set<String> away = was.away();
        return away != null
                && sessions.values().stream()
                        .allMatch(session -> session.isUsable()
                                || away.contains(session.member().name()));
    }

    boolean isDeclaredAway(SocketSession session) {
        String name = session.member().name();
        return sessions.values().stream().filter(SocketSession::isUsable).allMatch(used -> {
            Told was = told.get(used);
            Set<String> away = was == null || was.link() != used.link() ? null : was.away();
            return used.link() != 0 && away != null && away.contains(name);
        });
    }

    // --- the steps, on the monitor's thread

    /** Returns false if they are to be taken again. */
    private boolean steps(long connectDeadline) {
        try {
            agree(connectDeadline);
            if (known.members().size() <= 1) {
                linkedSessions().forEach(session -> session.admit(session.link()));
                return true;
            }
            if (isAnyInBetween()) {
                return false;
            }
            if (contradicted && begun) {
                contradicted = false;
                reachThoseAway();
            }
            List<SocketSession> ready = linkedSessions();
            Set<String> away = new TreeSet<>();
            known.members().forEach(member -> away.add(member.name()));
            ready.forEach(session -> away.remove(session.member().name()));
            // Also one that was lost for a moment only may have been written past: all are asked for hints then.
            boolean isAnyNew = ready.stream().anyMatch(session -> session.link() != admitted.getOrDefault(session, 0));
            for (SocketSession session : ready) {
                declare(session, away, isAnyNew, ready);
            }
            for (SocketSession session : ready) {
                Told was = told.get(session);
                if (was != null && was.link() == session.link()) {
                    admitted.put(session, was.link());
                    session.admit(was.link());
                }
            }
            return true;
        } catch (StepFailed e) {
            unsettled = String.valueOf(e.getMessage());
            LOG.debug("the pool is not settled yet: {}", unsettled);
            return false;
        }
    }

    private List<SocketSession> linkedSessions() {
        return known.isDefined()
                ? known.members().stream()
                        .map(member -> sessions.get(member.name()))
                        .filter(session -> session != null && session.link() != 0)
                        .toList()
                : sessions.values().stream()
                        .filter(session -> session.link() != 0)
                        .toList();
    }

    /** Whether a node is neither linked nor down: a moment later it is one of them. */
    private boolean isAnyInBetween() {
        return sessions.values().stream()
                .anyMatch(session -> session.isUsable()
                        && session.link() == 0
                        && known.members().contains(session.member()));
    }

    /** All linked nodes and this client know the newest membership; calls go by it. */
    private void agree(long connectDeadline) throws StepFailed {
        adopt(heard);
        while (true) {
            Membership began = known;
            for (SocketSession session : List.copyOf(sessions.values())) {
                Told was = told.get(session);
                int link = session.link();
                if (link == 0 || (was != null && was.link() == link && known.equals(was.membership()))) {
                    continue;
                }
                Membership theirs = membershipAt(session, link);
                if (theirs.isNewerThan(known)) {
                    Set<SocketSession> before = Set.copyOf(sessions.values());
                    adopt(theirs);
                    awaitLinks(
                            sessions.values().stream()
                                    .filter(one -> !before.contains(one))
                                    .toList(),
                            connectDeadline);
                    break;
                }
                if (!theirs.equals(known)) {
                    session.reject(link, "it did not take the pool's members");
                    throw new StepFailed(session.where() + " did not take the membership", null);
                }
                told.put(session, new Told(link, known, was == null || was.link() != link ? null : was.away()));
            }
            if (!known.isDefined() && config.members().size() > 1) {
                // Nobody has said so yet: what the first client is configured with holds for all.
                adopt(new Membership(1, config.members()));
            }
            if (known.equals(began)) {
                publish();
                return;
            }
        }
    }

    private Membership membershipAt(SocketSession session, int link) throws StepFailed {
        Reply reply = ask(
                session,
                link,
                new Command.Pool(known.isDefined() ? session.member().name() : "", known));
        if (reply instanceof Reply.Members members) {
            return members.membership();
        }
        throw new StepFailed(session.where() + " answered POOL with " + reply, null);
    }

    private void adopt(Membership newer) {
        if (!newer.isNewerThan(known)) {
            return;
        }
        if (!known.isDefined()
                && config.members().size() > 1
                && !newer.members().equals(new Membership(1, config.members()).members())) {
            LOG.warn(
                    "the pool has the members {} and not {} as configured here; change them with bin/distcache pool",
                    newer.text(),
                    new Membership(1, config.members()).text());
        }
        known = newer;
        Map<String, SocketSession> byAddress = new LinkedHashMap<>();
        sessions.values()
                .forEach(session -> byAddress.putIfAbsent(session.member().address(), session));
        for (PoolMember member : newer.members()) {
            SocketSession present = byAddress.get(member.address());
            if (present == null) {
                SocketSession moved = sessions.get(member.name());
                if (moved != null && !newer.members().contains(moved.member())) {
                    // The name has another address now.
                    sessions.remove(member.name());
                    moved.retire();
                }
                sessions.put(
                        member.name(),
                        SocketSession.start(config, member, newer.members().size() == 1, caches, this));
            } else if (!present.member().equals(member)) {
                sessions.remove(present.member().name(), present);
                present.member(member);
                sessions.put(member.name(), present);
            }
        }
    }

    /** Calls go by the membership that all linked nodes know. */
    private void publish() {
        if (router.view().membership().equals(known)) {
            return;
        }
        List<SocketSession> byIndex = new ArrayList<>();
        for (PoolMember member : known.members()) {
            byIndex.add(sessionOf(member));
        }
        boolean isAlone = byIndex.size() == 1;
        byIndex.forEach(session -> session.alone(isAlone));
        router.use(new Router.View(
                known, isAlone ? null : new HashRing(known), isAlone ? byIndex.get(0) : null, List.copyOf(byIndex)));
        LOG.info("the pool has {} members in epoch {}: {}", byIndex.size(), known.epoch(), known.text());
        for (SocketSession session : List.copyOf(sessions.values())) {
            if (!byIndex.contains(session)) {
                sessions.values().remove(session);
                told.remove(session);
                admitted.remove(session);
                session.retire();
            }
        }
        listeners.membersChanged(known);
    }

    private SocketSession sessionOf(PoolMember member) {
        SocketSession session = sessions.get(member.name());
        if (session == null) {
            throw new IllegalStateException("member " + member + " has no session");
        }
        return session;
    }

    /** Some node says that a member is back: somebody else has reached it. Tried at once, and given a moment, so that this client does not write past it. */
    private void reachThoseAway() {
        List<SocketSession> away = sessions.values().stream()
                .filter(session -> session.link() == 0)
                .toList();
        CompletableFuture<?> attempts = CompletableFuture.allOf(
                away.stream().map(SocketSession::attemptNow).toArray(CompletableFuture<?>[]::new));
        try {
            attempts.get(REACH_MILLIS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("not all that are away could be tried within {} ms", REACH_MILLIS, e);
        }
    }

    /** Tells a node who is away, and hands over what it kept for those who are not. */
    private void declare(SocketSession session, Set<String> away, boolean anew, List<SocketSession> ready)
            throws StepFailed {
        Told was = told.get(session);
        if (was == null || was.membership() == null || was.link() != session.link()) {
            throw new StepFailed(session.where() + " was lost meanwhile", null);
        }
        if (!anew && away.equals(was.away())) {
            return;
        }
        Reply reply = ask(session, was.link(), new Command.Away(List.copyOf(away)));
        while (reply instanceof Reply.Hints hints && !hints.hints().isEmpty()) {
            for (Reply.Hint hint : hints.hints()) {
                invalidate(hint, ready);
            }
            reply = ask(session, was.link(), new Command.HandedOver());
        }
        if (!(reply instanceof Reply.Hints)) {
            // It may have heard of other members meanwhile: it is asked about these first, then.
            told.put(session, new Told(was.link(), null, null));
            throw new StepFailed(session.where() + " answered AWAY with " + reply, null);
        }
        told.put(session, new Told(was.link(), was.membership(), Set.copyOf(away)));
    }

    private void invalidate(Reply.Hint hint, List<SocketSession> ready) throws StepFailed {
        SocketSession owner = ready.stream()
                .filter(session -> session.member().name().equals(hint.owner()))
                .findFirst()
                .orElseThrow(() -> new StepFailed("hints for " + hint.owner() + ", which is not linked", null));
        int link = owner.link();
        try {
            Reply unused = ask(
                    owner,
                    link,
                    new Command.Invalidate(hint.namespace(), hint.cache(), hint.everything(), hint.keys()));
        } catch (StepFailed e) {
            owner.reject(link, "what others overwrote could not be invalidated on it: " + e.getMessage());
            throw e;
        }
        LOG.info(
                "{} entries of cache {}/{} were changed elsewhere while node {} was away, and are invalidated on it",
                hint.everything() ? "all" : hint.keys().size(),
                hint.namespace(),
                hint.cache(),
                owner.where());
    }

    private Reply ask(SocketSession session, int link, Command command) throws StepFailed {
        if (link == 0 || session.link() != link) {
            throw new StepFailed(session.where() + " was lost meanwhile", null);
        }
        long limit = session.callNanos();
        try {
            return session.direct(command, limit).get(2 * limit, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StepFailed("interrupted", e);
        } catch (ExecutionException | TimeoutException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new StepFailed(
                    session.where() + " did not answer " + command.opcode() + ": " + cause.getMessage(), e);
        }
    }

    // --- for people

    /** How the client stands with its pool. */
    public PoolStatus status() {
        Router.View now = router.view();
        List<NodeStatus> nodes = now.sessions().stream()
                .map(session -> new NodeStatus(
                        session.member(), session.state(), session.trouble(), Optional.ofNullable(session.health())))
                .toList();
        return new PoolStatus(
                now.membership(),
                nodes,
                router.servedElsewhere.sum(),
                router.missedReads.sum(),
                router.droppedWrites.sum(),
                router.repeatedChanges.sum());
    }

    @Override
    public void close() {
        closed = true;
        thread.shutdownNow();
        sessions.values().forEach(SocketSession::close);
    }
}
