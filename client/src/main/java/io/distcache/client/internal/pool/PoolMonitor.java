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
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Returns;
import io.distcache.protocol.Status;
import io.distcache.protocol.Witness;
import io.distcache.protocol.ring.HashRing;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
import java.util.stream.Collectors;
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
 *   <li>All of them are told who of the members is used no longer, and say what they have seen. A node that is back, and whose entries
 *       somebody may have changed who cannot be asked, is kept waiting for him a while; then it drops all it has ({@link Returns}).
 *   <li>All of them are told who of the members is away. They answer with hints: what was changed on behalf of members that are back.
 *   <li>What the hints name is invalidated at its owners (hinted handoff, Dynamo §4.6), and the hints are dropped.
 *   <li>All of them are told who is used from now on, and only then calls are let to the nodes that are back.
 * </ol>
 *
 * Thread-safe; what is not final or volatile is confined to the monitor's thread.
 */
public final class PoolMonitor implements SessionOwner, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PoolMonitor.class);
    private static final long AGAIN_MILLIS = 50;
    private static final long WAITING_MILLIS = 100;
    private static final long IN_BETWEEN_MILLIS = 20;
    private static final long REACH_MILLIS = 500;
    /** The name that stands for all caches, in namespace "". */
    private static final String ALL_CACHES = "*";

    private static final long IDLE_SECONDS = 10;
    private static final int LONGEST_ATTEMPTS = 4;

    private final ClientConfig config;
    private final Membership configured;
    private final Listeners listeners;
    private final Map<Integer, CacheState> caches;
    private final Map<String, SocketSession> sessions = new ConcurrentHashMap<>();
    private final Map<SocketSession, Told> told = new ConcurrentHashMap<>();
    /** The link over which each session was last let to have calls. */
    private final Map<SocketSession, Integer> admitted = new HashMap<>();

    private final Returns returns = new Returns();

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
     * @param departed what it was told of members that are not used
     * @param settled who it was told is used; null if it is to be told
     */
    private record Told(
            int link,
            @Nullable Membership membership,
            @Nullable Set<String> away,
            Map<String, Witness.Departed> departed,
            @Nullable Set<String> settled) {

        /** Of a connection over which nothing was told yet but this. */
        static Told first(int link, Membership membership) {
            return new Told(link, membership, null, Map.of(), null);
        }

        /** The membership is to be told. */
        Told withoutMembership() {
            return new Told(link, null, away, departed, settled);
        }

        /** All but what it has seen of others is to be told. */
        Told outdated() {
            return new Told(link, null, null, departed, null);
        }

        Told withMembership(Membership known) {
            return new Told(link, known, away, departed, null);
        }

        Told withAway(Set<String> names) {
            return new Told(link, membership, names, departed, settled);
        }

        Told withDeparted(List<Witness.Departed> news) {
            Map<String, Witness.Departed> all = new HashMap<>(departed);
            news.forEach(one -> all.put(one.name(), one));
            return new Told(link, membership, away, Map.copyOf(all), settled);
        }

        Told withSettled(Set<String> names) {
            // What was said of them before is over.
            Map<String, Witness.Departed> others = new HashMap<>(departed);
            others.keySet().removeAll(names);
            return new Told(link, membership, away, Map.copyOf(others), names);
        }
    }

    /** How far the steps have come. */
    private enum Outcome {
        DONE,
        /** All but nodes that are kept waiting, if any is used at all. */
        WAITING,
        AGAIN
    }

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
        this.thread = new ScheduledThreadPoolExecutor(1, task -> OwnThread.make(task, "distcache-pool"));
        thread.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        thread.allowCoreThreadTimeOut(true);
        thread.setRemoveOnCancelPolicy(true);
        // Says what is wrong with names and weights before anything is tried.
        this.configured = Members.first(config.members());
        boolean alone = configured.members().size() == 1;
        for (PoolMember member : configured.members()) {
            sessions.put(member.name(), SocketSession.start(config, member, alone, caches, this));
        }
        this.router = new Router(sessionOf(Members.named(config.members().get(0))));
        router.monitor(this);
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
        router.any().refuseOnEventLoop();
        // Attempts end by themselves; on a machine with other things to do later than by the clock on the wall.
        awaitLinks(
                sessions.values(),
                System.nanoTime() + LONGEST_ATTEMPTS * config.connectTimeout().toNanos());
        long deadline = System.nanoTime() + config.connectTimeout().toNanos();
        if (!isAnyLinked()) {
            throw unreachable();
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
        return outcome == Outcome.DONE || (outcome == Outcome.WAITING && !admitted.isEmpty());
    }

    /** Waits until each of these is linked or has failed once; if any is linked, for the others no longer than a call may take. */
    private void awaitLinks(Collection<SocketSession> of, long deadlineNanos) {
        long deadline = deadlineNanos;
        boolean anyLinked = false;
        boolean interrupted = false;
        List<CompletableFuture<Boolean>> attempts =
                of.stream().map(SocketSession::attempted).toList();
        while (!interrupted) {
            if (!anyLinked && isAnyLinked()) {
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

    private boolean isAnyLinked() {
        return sessions.values().stream().anyMatch(session -> session.link() != 0);
    }

    private DistCacheException unreachable() {
        String reasons = sessions.values().stream()
                .map(session -> session.where() + ": " + session.trouble())
                .collect(Collectors.joining("; "));
        UnreachableException none =
                new UnreachableException((sessions.size() == 1 ? "the node" : "none of the nodes") + " can be reached ("
                        + reasons + "); check that " + (sessions.size() == 1 ? "it runs" : "they run")
                        + " and that host and port are right");
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
            told.computeIfPresent(by, (s, was) -> was.withoutMembership());
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
                return was.outdated();
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

    private Outcome steps(long connectDeadline) {
        try {
            agree(connectDeadline);
            if (known.members().size() <= 1) {
                for (SocketSession session : linkedSessions()) {
                    int link = session.link();
                    invalidateDropped(session, link);
                    session.admit(link);
                }
                return Outcome.DONE;
            }
            if (isAnyInBetween()) {
                unsettled = "a node is neither connected nor down";
                return Outcome.AGAIN;
            }
            if (contradicted && begun) {
                contradicted = false;
                reachThoseAway();
            }
            List<SocketSession> ready = linkedSessions();
            Set<String> members = names(known);
            Set<String> away = new TreeSet<>(members);
            ready.forEach(session -> away.remove(session.member().name()));
            noteLosses(members);
            Set<SocketSession> held = held(ready, members, away);
            held.forEach(session -> away.add(session.member().name()));
            List<SocketSession> used =
                    ready.stream().filter(session -> !held.contains(session)).toList();
            // Also one that was lost for a moment only may have been written past: all are asked for hints then.
            boolean isAnyNew = used.stream().anyMatch(this::isNew);
            for (SocketSession session : ready) {
                declare(session, away, isAnyNew, ready);
            }
            settle(ready, used, members);
            for (SocketSession session : used) {
                Told was = told.get(session);
                if (was != null && was.link() == session.link()) {
                    invalidateDropped(session, was.link());
                    admitted.put(session, was.link());
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

    private static Set<String> names(Membership of) {
        Set<String> names = new TreeSet<>();
        of.members().forEach(member -> names.add(member.name()));
        return names;
    }

    /** Whether calls have not been let to it over its present link. */
    private boolean isNew(SocketSession session) {
        return session.link() != admitted.getOrDefault(session, 0);
    }

    /** Nodes whose link is another now, or gone, were not used for a while. */
    private void noteLosses(Set<String> members) {
        Set<String> lost = new TreeSet<>();
        admitted.entrySet().removeIf(entry -> {
            SocketSession session = entry.getKey();
            boolean isLost = session.link() != entry.getValue();
            if (isLost) {
                lost.add(session.member().name());
            }
            return isLost;
        });
        returns.lost(lost, members);
    }

    /** Tells all nodes who is not used any more, before anything is done on their behalf; returns those that must be kept waiting. */
    private Set<SocketSession> held(List<SocketSession> ready, Set<String> members, Set<String> away)
            throws StepFailed {
        List<SocketSession> back = ready.stream().filter(this::isNew).toList();
        Map<String, Reply.Standing> said = new HashMap<>();
        boolean isFresh = tell(ready, returns.departed(members, away), !back.isEmpty(), said);
        if (isFresh) {
            // Of a node that has forgotten its earlier life the others are the witnesses: so all agree.
            tell(ready, returns.forgotten(said), true, said);
        }
        Set<SocketSession> held = new HashSet<>();
        for (SocketSession session : back) {
            String name = session.member().name();
            int link = session.link();
            Set<String> blockers = returns.blockers(name, away, said);
            Set<String> coming = new TreeSet<>(blockers);
            coming.removeIf(blocker -> !sessionNamed(blocker).isStarting());
            switch (returns.verdict(name, link, blockers, away, !coming.isEmpty(), said, System.nanoTime())) {
                case FREE -> {}
                case WAIT -> {
                    held.add(session);
                    unsettled = session.where() + " waits for " + String.join(", ", blockers)
                            + ", which may have changed its entries and cannot be asked";
                    if (returns.isNewWait(name, link, blockers)) {
                        LOG.warn("{}; until then, or until it has dropped all it has, calls go elsewhere", unsettled);
                        ask(session, link, new Command.Standing(List.of(), List.of(), List.copyOf(blockers)));
                    }
                    session.hold(
                            link,
                            "it waits for " + String.join(", ", blockers)
                                    + ", which may have changed its entries and cannot be asked");
                }
                case DROP -> {
                    LOG.warn(
                            "all entries of node {} are dropped: {} may have changed some of them, and cannot be asked",
                            session.where(),
                            String.join(", ", blockers));
                    invalidate(session, link, new Command.Invalidate("", ALL_CACHES, true, List.of()));
                }
            }
        }
        return held;
    }

    private SocketSession sessionNamed(String name) {
        for (PoolMember member : known.members()) {
            if (member.name().equals(name)) {
                return sessionOf(member);
            }
        }
        throw new IllegalStateException(name + " is no member");
    }

    /**
     * Tells each node what it has not heard yet of members that are not used.
     *
     * @param ask whether to ask also those that have heard all
     * @param said gets what they say
     * @return whether one of them has forgotten an earlier life
     */
    private boolean tell(
            List<SocketSession> ready, List<Witness.Departed> all, boolean ask, Map<String, Reply.Standing> said)
            throws StepFailed {
        boolean hasForgotten = false;
        for (SocketSession session : ready) {
            Told was = toldOf(session);
            List<Witness.Departed> news = all.stream()
                    .filter(one -> !one.equals(was.departed().get(one.name())))
                    .toList();
            if (!ask && news.isEmpty()) {
                continue;
            }
            Reply reply = ask(session, was.link(), new Command.Standing(news, List.of(), List.of()));
            if (!(reply instanceof Reply.Standing standing)) {
                throw outdated(session, was, "STANDING", reply);
            }
            Returns.note(session.member().name(), standing, said);
            told.put(session, was.withDeparted(news));
            hasForgotten |= !standing.unsure().isEmpty();
        }
        return hasForgotten;
    }

    private Told toldOf(SocketSession session) throws StepFailed {
        Told was = told.get(session);
        if (was == null || was.membership() == null || was.link() != session.link()) {
            throw new StepFailed(session.where() + " was lost meanwhile", null);
        }
        return was;
    }

    /** It may have heard of other members meanwhile: it is asked about these first, then. */
    private StepFailed outdated(SocketSession session, Told was, String command, Reply reply) {
        told.put(session, was.outdated());
        return new StepFailed(session.where() + " answered " + command + " with " + reply, null);
    }

    /** Tells all nodes who is used from now on, if that is news. */
    private void settle(List<SocketSession> ready, List<SocketSession> used, Set<String> members) throws StepFailed {
        Set<String> names = new TreeSet<>();
        used.forEach(session -> names.add(session.member().name()));
        boolean isAnyNew = used.stream().anyMatch(this::isNew);
        for (SocketSession session : ready) {
            Told was = toldOf(session);
            if (!names.isEmpty() && (isAnyNew || !names.equals(was.settled()))) {
                Reply reply = ask(session, was.link(), new Command.Standing(List.of(), List.copyOf(names), List.of()));
                if (!(reply instanceof Reply.Standing)) {
                    throw outdated(session, was, "STANDING", reply);
                }
                told.put(session, was.withSettled(names));
            }
        }
        returns.settled(names, members);
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
                told.put(
                        session,
                        was == null || was.link() != link ? Told.first(link, known) : was.withMembership(known));
            }
            if (!known.isDefined() && config.members().size() > 1 && isAnyLinked()) {
                // Nobody has said so yet: what the first client is configured with holds for all.
                adopt(configured);
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
            String far = members.membership().whyFarFrom(known);
            if (far == null) {
                return members.membership();
            }
            throw otherPool(session, link, far + ", which this client knows");
        }
        if (reply instanceof Reply.Failure failure && failure.status() == Status.BAD_REQUEST) {
            throw otherPool(session, link, failure.message());
        }
        throw new StepFailed(session.where() + " answered POOL with " + reply, null);
    }

    /** Nobody else waits for a node that cannot be used until somebody has seen to it. */
    private static StepFailed otherPool(SocketSession session, int link, String why) {
        session.reject(link, "it does not agree on the pool's members: " + why);
        return new StepFailed(session.where() + " does not agree on the pool's members: " + why, null);
    }

    private void adopt(Membership newer) {
        if (!newer.isNewerThan(known) || newer.isFarFrom(known)) {
            return;
        }
        if (!known.isDefined()
                && config.members().size() > 1
                && !newer.members().equals(configured.members())) {
            LOG.warn(
                    "the pool has the members {} and not {} as configured here; change them with bin/distcache pool",
                    newer.text(),
                    configured.text());
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
        Told was = toldOf(session);
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
            throw outdated(session, was, "AWAY", reply);
        }
        told.put(session, was.withAway(Set.copyOf(away)));
    }

    private void invalidate(Reply.Hint hint, List<SocketSession> ready) throws StepFailed {
        SocketSession owner = ready.stream()
                .filter(session -> session.member().name().equals(hint.owner()))
                .findFirst()
                .orElseThrow(() -> new StepFailed("hints for " + hint.owner() + ", which is not linked", null));
        invalidate(
                owner,
                owner.link(),
                new Command.Invalidate(hint.namespace(), hint.cache(), hint.everything(), hint.keys()));
        LOG.info(
                "{} entries of cache {}/{} were changed elsewhere while node {} was away, and are invalidated on it",
                hint.everything() ? "all" : hint.keys().size(),
                hint.namespace(),
                hint.cache(),
                owner.where());
    }

    private void invalidate(SocketSession owner, int link, Command.Invalidate what) throws StepFailed {
        try {
            Reply reply = ask(owner, link, what);
            if (!(reply instanceof Reply.Ok)) {
                throw new StepFailed(owner.where() + " answered INVALIDATE with " + reply, null);
            }
        } catch (StepFailed e) {
            owner.reject(link, "what others overwrote could not be invalidated on it: " + e.getMessage());
            throw e;
        }
    }

    /** What writes dropped here while nobody else could remember it must not be read when calls go to the node again. */
    private void invalidateDropped(SocketSession session, int link) throws StepFailed {
        Command.Invalidate due;
        while ((due = router.dropped.take(session, link)) != null) {
            boolean done = false;
            try {
                invalidate(session, link, due);
                done = true;
            } finally {
                if (!done) {
                    router.dropped.putBack(session, due);
                }
            }
            LOG.info(
                    "{} entries of cache {}/{} would have been changed while node {} was away, and are invalidated on it",
                    due.everything() ? "all" : due.keys().size(),
                    due.namespace(),
                    due.name(),
                    session.where());
        }
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
                        Members.shown(session.member()),
                        session.state(),
                        session.trouble(),
                        LastReport.of(session.health())))
                .toList();
        return new PoolStatus(
                now.membership().epoch(),
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
