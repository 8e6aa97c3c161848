package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has calls go by the routes of a replicated pool, once a node says that it is in one: who leads what is asked of each node when it is
 * linked, and told by each whenever it changes. It takes effect at once, on the thread that brings it; which nodes there are, and which of
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
    /** Over which link each node was asked last. */
    private final Map<SocketSession, Integer> asked = new ConcurrentHashMap<>();
    /** Over which link each node told routes last, and which. */
    private final Map<SocketSession, Said> said = new ConcurrentHashMap<>();

    private volatile @Nullable Leaders leaders;
    private volatile long askedAgainNanos = System.nanoTime() - ASK_AGAIN_NANOS;
    private Routes followed = Routes.NONE;

    private record Said(int link, Routes routes) {}

    /** How far it has come. */
    enum Progress {
        /** No node is in a replicated pool, as far as is known. */
        NOT_REPLICATED,
        /** It is not known yet, or no node can be used yet. */
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
    void told(SocketSession by, int link, Routes routes) {
        Said before = said.put(by, new Said(link, routes));
        Leaders now = leaders;
        if (now != null) {
            now.merge(routes);
        }
        if (now == null || before == null || before.link() != link) {
            wake.run();
        }
    }

    /** A node did not take a command, since it does not lead: those that do are asked for, but not by each call. */
    void refused() {
        long now = System.nanoTime();
        if (leaders != null && now - askedAgainNanos > ASK_AGAIN_NANOS) {
            askedAgainNanos = now;
            sessions.all().forEach(this::ask);
        }
    }

    private void ask(SocketSession session) {
        int link = session.link();
        if (link == 0) {
            return;
        }
        CompletableFuture<?> unused = session.direct(
                        new Command.Routes(), session.calls().callNanos())
                .whenComplete((reply, failure) -> {
                    if (reply instanceof Reply.Routes routes) {
                        told(session, link, routes.routes());
                    } else if (asked.remove(session, link)) {
                        LOG.debug("node {} did not say who leads what: {}", session.where(), reply, failure);
                        wake.run();
                    }
                });
    }

    // --- steps, on the monitor's thread

    /** Whether calls can be served. */
    boolean isAnyUsed() {
        Leaders now = leaders;
        return now != null && now.table().nodes().stream().anyMatch(SocketSession::isUsable);
    }

    /** Asks nodes that are linked anew, and takes those into use that have answered. */
    Progress follow(long connectDeadline) throws StepFailed {
        boolean isAwaited = false;
        for (SocketSession session : sessions.all()) {
            int link = session.link();
            if (link != 0 && session.isReplicated() && !Integer.valueOf(link).equals(asked.put(session, link))) {
                ask(session);
            }
            isAwaited |= link != 0 && session.isReplicated() && !hasTold(session, link);
        }
        Leaders now = leaders == null ? begin(connectDeadline) : leaders;
        if (now == null) {
            return isAwaited ? Progress.AGAIN : Progress.NOT_REPLICATED;
        }
        for (Said one : said.values()) {
            now.merge(one.routes());
        }
        reach(now, connectDeadline);
        boolean isAnyAdmitted = false;
        for (SocketSession node : now.table().nodes()) {
            isAnyAdmitted |= admitted(node, now.table().routes());
        }
        asked.keySet().retainAll(sessions.all());
        said.keySet().retainAll(sessions.all());
        if (!isAnyAdmitted) {
            return Progress.AGAIN;
        }
        return isAwaited ? Progress.WAITING : Progress.DONE;
    }

    private boolean hasTold(SocketSession session, int link) {
        Said one = said.get(session);
        return one != null && one.link() == link;
    }

    /** The first routes that are told are of the pool that this client is in. */
    private @Nullable Leaders begin(long connectDeadline) throws StepFailed {
        for (Said one : said.values()) {
            if (one.routes().isReplicated()) {
                followed = one.routes();
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
        }
        return null;
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
        Said one = said.get(node);
        if (link == 0) {
            return false;
        }
        if (one == null || one.link() != link) {
            if (!node.isReplicated()) {
                node.hold(link, "it is in no replicated pool, and was a member of this one: has it lost its data?");
            }
            return false;
        }
        if (!routes.isOfPoolOf(one.routes())) {
            node.hold(
                    link,
                    one.routes().isReplicated()
                            ? "it is in another replicated pool than this client"
                            : "it is in no replicated pool, and was a member of this one: has it lost its data?");
            return false;
        }
        node.admit(link);
        return true;
    }
}
