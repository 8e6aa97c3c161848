package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.FailurePolicy;
import io.distcache.client.NodeListener;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.ring.HashRing;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** Which node serves a key now: its owner on the ring, or while that is down whoever the cache's failure policy says. Thread-safe. */
public final class Router {

    /** Calls that came otherwise than the ring says. */
    final LongAdder servedElsewhere = new LongAdder();

    final LongAdder missedReads = new LongAdder();
    final LongAdder droppedWrites = new LongAdder();
    final LongAdder repeatedChanges = new LongAdder();
    final StaleAnswers staleAnswers = new StaleAnswers();

    /** What {@link FailurePolicy#MISS} has dropped and nobody else remembers. */
    final DroppedWrites dropped = new DroppedWrites();

    private volatile View view;
    private volatile @Nullable Watcher watcher;

    /**
     * Who is in the pool and how to reach them. Immutable.
     *
     * @param only the session of a pool of one, which has all keys; then there is no ring
     * @param sessions of the members, by their index in the membership, or by their numbers in a replicated pool
     * @param leaders of a replicated pool, which has no ring; null in any other
     */
    record View(
            Membership membership,
            @Nullable HashRing ring,
            @Nullable NodeSession only,
            List<SocketSession> sessions,
            @Nullable Leaders leaders) {}

    /** A router to one node, until there is another view. */
    public Router(NodeSession only) {
        this.view = alone(only);
    }

    static View alone(NodeSession only) {
        return new View(
                Membership.NONE,
                null,
                only,
                only instanceof SocketSession session ? List.of(session) : List.of(),
                null);
    }

    /** Calls go by this from now on. */
    void use(View next) {
        View before = view;
        synchronized (dropped) {
            view = next;
            if (!before.membership().isDefined() && before.only() instanceof SocketSession first) {
                dropped.spread(first, next.sessions());
            }
            dropped.members(next.sessions());
        }
    }

    /**
     * A write is dropped, and if the owner of its entry comes back, so shall not the entry.
     *
     * @return false if the owner is back
     */
    boolean drop(CacheDefinition cache, Bytes key) {
        synchronized (dropped) {
            View now = view;
            HashRing ring = now.ring();
            if (ring != null) {
                return dropped.add(now.sessions().get(ring.ownerOf(key)), cache, key);
            }
            return !(now.only() instanceof SocketSession only) || dropped.add(only, cache, key);
        }
    }

    /** The same of a whole cache, at one node. */
    boolean dropAll(SocketSession at, CacheDefinition cache) {
        synchronized (dropped) {
            return dropped.add(at, cache, null);
        }
    }

    /** Who keeps the picture of the pool. Thread-safe. */
    interface Watcher {
        /** A node refused a command because of what it holds of the pool. */
        void refused(SocketSession by, Status status);

        /** Whether all nodes that are used know that this session's node is not. */
        boolean isDeclaredAway(SocketSession session);
    }

    /** Who is told when a node sees the pool otherwise. */
    void watcher(Watcher asked) {
        watcher = asked;
    }

    View view() {
        return view;
    }

    /** The session of a pool of one; null if there are several nodes. */
    @Nullable
    NodeSession only() {
        return view.only();
    }

    /**
     * The session that serves a key.
     *
     * @return null if its owner is down and the policy is {@link FailurePolicy#MISS}
     * @throws UnreachableException if the policy is {@link FailurePolicy#THROW}, or no node is left
     */
    @Nullable
    NodeSession serving(Bytes key, FailurePolicy policy) {
        View now = view;
        HashRing ring = now.ring();
        NodeSession only = now.only();
        if (only == null && now.leaders() != null) {
            return leading(now.leaders(), key);
        }
        if (only != null || ring == null) {
            // Nobody else serves: one that is down says so to whoever does not want to miss instead.
            return policy == FailurePolicy.MISS && only != null && !only.isUsable() ? null : only;
        }
        SocketSession owner = now.sessions().get(ring.ownerOf(key));
        if (owner.isUsable()) {
            return owner;
        }
        return switch (policy) {
            case MISS -> null;
            case THROW -> throw down(owner, "; the cache's failure policy is throw");
            case FAILOVER -> {
                NodeSession next = elsewhere(now, ring, key);
                if (next == null) {
                    throw down(owner, ", and no other node of the pool can be reached");
                }
                servedElsewhere.increment();
                yield next;
            }
        };
    }

    /** Who leads the group of a key, for a call that was begun before the pool was a replicated one. */
    private static NodeSession leading(Leaders leaders, Bytes key) {
        SocketSession leader = leaders.table().leader(key);
        // One that does not lead says so, and the call comes again.
        return leader == null ? leaders.table().nodes().get(0) : leader;
    }

    /** The leaders of a replicated pool; null in any other. */
    @Nullable
    Leaders leaders() {
        return view.leaders();
    }

    /** Of the nodes that can be used the first on the ring from the key on; null if there is none. */
    @Nullable
    NodeSession elsewhere(Bytes key) {
        View now = view;
        HashRing ring = now.ring();
        return ring == null ? null : elsewhere(now, ring, key);
    }

    private static @Nullable NodeSession elsewhere(View now, HashRing ring, Bytes key) {
        int first = ring.firstOf(key, member -> now.sessions().get(member).isUsable());
        return first < 0 ? null : now.sessions().get(first);
    }

    static UnreachableException down(SocketSession session, String more) {
        String trouble = session.trouble();
        return new UnreachableException(
                "node " + session.where() + " is " + (session.isUsable() ? "suspect" : "down")
                        + (trouble.isEmpty() ? "" : ": " + trouble) + more,
                session.troubleCause());
    }

    /** Any session that can be used; of a pool that is down the first one. */
    NodeSession any() {
        View now = view;
        if (now.only() != null) {
            return now.only();
        }
        return now.sessions().stream()
                .filter(session -> session.state() == NodeListener.State.HEALTHY)
                .findFirst()
                .or(() ->
                        now.sessions().stream().filter(SocketSession::isUsable).findFirst())
                .orElse(now.sessions().get(0));
    }

    /** Any session that can be used, now this one and now that; of a pool that is down the first one. */
    NodeSession anyOfAll() {
        List<SocketSession> sessions = view.sessions();
        int first = ThreadLocalRandom.current().nextInt(Math.max(1, sessions.size()));
        for (int i = 0; i < sessions.size(); i++) {
            SocketSession session = sessions.get((first + i) % sessions.size());
            if (session.state() == NodeListener.State.HEALTHY) {
                return session;
            }
        }
        return any();
    }

    boolean isAnyUsable() {
        return view.sessions().stream().anyMatch(SocketSession::isUsable);
    }

    /** Any session, also of a node that is down: all know how long a call may take, and which threads may wait. */
    NodeSession some() {
        View now = view;
        NodeSession only = now.only();
        return only == null ? now.sessions().get(0) : only;
    }

    /**
     * A node refused a command since it sees the pool otherwise, or is starting or stopping.
     *
     * @return what that means for a caller that gives up
     */
    UnreachableException refused(NodeSession by, Command command, Reply.Failure failure) {
        Watcher asked = watcher;
        if (asked != null && by instanceof SocketSession session) {
            asked.refused(session, failure.status());
        }
        DistCacheException why = by.calls().elsewhere(command, failure);
        return why instanceof UnreachableException e
                ? e
                : new UnreachableException(String.valueOf(why.getMessage()), why);
    }

    static UnreachableException unsettled() {
        return new UnreachableException("the pool did not settle in time");
    }

    /** Whether all nodes that are used know that this session's node is not. */
    boolean isDeclaredAway(SocketSession session) {
        Watcher asked = watcher;
        return asked == null || asked.isDeclaredAway(session);
    }
}
