package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Routes;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has calls go by the routes of a replicated pool, once a node says that it is in one: each node tells who leads what when it is
 * linked, and whenever it changes. It takes effect at once, on the thread that brings it; which nodes there are, and which of
 * them are used, is a step of the monitor's.
 *
 * <p>Calls are let only to nodes that have told routes of this pool over their present connection: one that has lost its data, or is in
 * another pool, would take them as if it were alone. Thread-safe to tell; the steps are confined to the monitor's thread.
 */
final class RouteFollower {
    private static final Logger LOG = LoggerFactory.getLogger(RouteFollower.class);
    private static final long ASK_AGAIN_NANOS = 200_000_000;

    private final MemberSessions sessions;
    private final Router router;
    private final Listeners listeners;
    /** Runs the monitor's steps soon. */
    private final Runnable wake;

    private volatile @Nullable Leaders leaders;
    /** What was told first: its session forgets it with the connection, which a node that has just become a member soon ends. */
    private volatile @Nullable Routes first;

    private volatile long askedNanos = System.nanoTime() - ASK_AGAIN_NANOS;
    private Routes followed = Routes.NONE;

    /** How far it has come. */
    enum Progress {
        /** No node is in a replicated pool, as far as is known. */
        NOT_REPLICATED,
        /** It is not known yet, or no node that is linked can be used yet. */
        AGAIN,
        /** Some nodes are used, and others have not said who leads what. */
        WAITING,
        DONE
    }

    RouteFollower(MemberSessions sessions, Router router, Listeners listeners, Runnable wake) {
        this.sessions = sessions;
        this.router = router;
        this.listeners = listeners;
        this.wake = wake;
    }

    // --- what nodes tell

    /** A node has told who leads what. */
    void told(Routes routes) {
        Leaders now = leaders;
        if (now != null) {
            now.merge(routes);
        } else if (first == null && routes.isReplicated()) {
            first = routes;
        }
        wake.run();
    }

    /** A node did not take a command, since it does not lead: those that do are asked for, but not by each call. */
    void refused() {
        if (leaders != null && isToAskAgain()) {
            sessions.all().stream().filter(session -> session.link() != 0).forEach(SocketSession::askForRoutes);
        }
    }

    private boolean isToAskAgain() {
        long now = System.nanoTime();
        boolean isDue = now - askedNanos > ASK_AGAIN_NANOS;
        if (isDue) {
            askedNanos = now;
        }
        return isDue;
    }

    // --- steps, on the monitor's thread

    /** Whether calls can be served. */
    boolean isAnyUsed() {
        Leaders now = leaders;
        return now != null && now.table().nodes().stream().anyMatch(SocketSession::isUsable);
    }

    /** Takes into use what nodes have told, and those that have told it. */
    Progress follow(long connectDeadline) throws StepFailed {
        List<SocketSession> silent = sessions.all().stream()
                .filter(session -> session.link() != 0 && session.isReplicated() && session.routes() == null)
                .toList();
        if (!silent.isEmpty() && isToAskAgain()) {
            // They were asked when they were linked.
            silent.forEach(SocketSession::askForRoutes);
        }
        Leaders now = leaders == null ? begin(connectDeadline) : leaders;
        if (now == null) {
            return silent.isEmpty() ? Progress.NOT_REPLICATED : Progress.AGAIN;
        }
        for (SocketSession session : sessions.all()) {
            Routes told = session.routes();
            if (told != null) {
                now.merge(told);
            }
        }
        reach(now, connectDeadline);
        boolean isAnyAdmitted = false;
        for (SocketSession node : now.table().nodes()) {
            isAnyAdmitted |= admitted(node, now.table().routes());
        }
        if (!isAnyAdmitted && sessions.isAnyLinked()) {
            return Progress.AGAIN;
        }
        return silent.isEmpty() ? Progress.DONE : Progress.WAITING;
    }

    /** The first routes that are told are of the pool that this client is in. */
    private @Nullable Leaders begin(long connectDeadline) throws StepFailed {
        Routes told = first;
        if (told == null) {
            return null;
        }
        followed = told;
        List<SocketSession> nodes = nodes(Routes.NONE, followed, connectDeadline);
        Leaders begun = new Leaders(new RouteTable(followed, nodes));
        leaders = begun;
        use(begun, nodes);
        LOG.info(
                "the pool is a replicated one of {} members with {} groups: {}",
                nodes.size(),
                followed.groups(),
                members(followed));
        return begun;
    }

    /** There are sessions with the nodes as the newest routes name them. */
    private void reach(Leaders now, long connectDeadline) throws StepFailed {
        Routes newest = now.table().routes();
        if (!newest.nodes().equals(followed.nodes())) {
            List<SocketSession> nodes = nodes(followed, newest, connectDeadline);
            followed = newest;
            now.reachedBy(nodes);
            use(now, nodes);
            LOG.info("the replicated pool has these members now: {}", members(newest));
        }
    }

    private List<SocketSession> nodes(Routes before, Routes newest, long connectDeadline) throws StepFailed {
        try {
            return sessions.follow(before, newest, connectDeadline);
        } catch (IllegalArgumentException e) {
            throw new StepFailed("the members of the replicated pool cannot be used: " + e.getMessage(), e);
        }
    }

    private void use(Leaders now, List<SocketSession> nodes) {
        Membership members = new Membership(1, members(now.table().routes()));
        router.use(new Router.View(members, null, null, nodes, now));
        // Not before: until then calls that wait for one that was alone would have nowhere else to go.
        nodes.forEach(node -> node.alone(false));
        listeners.membersChanged(members);
    }

    static List<PoolMember> members(Routes routes) {
        return routes.nodes().stream()
                .map(node -> new PoolMember(node.name(), node.address(), 1))
                .toList();
    }

    /** Lets calls to a node if it is one of this pool's; whether they are. */
    private boolean admitted(SocketSession node, Routes routes) {
        int link = node.link();
        if (link == 0) {
            return false;
        }
        Routes told = node.routes();
        if (told == null && node.isReplicated()) {
            return false;
        }
        if (told == null || !routes.isOfPoolOf(told)) {
            node.hold(
                    link,
                    told != null && told.isReplicated()
                            ? "it is in another replicated pool than this client"
                            : "it is in no replicated pool, and was a member of this one: has it lost its data?");
            return false;
        }
        node.admit(link);
        return true;
    }
}
