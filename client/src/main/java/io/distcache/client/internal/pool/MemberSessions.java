package io.distcache.client.internal.pool;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.CacheState;
import io.distcache.client.internal.link.SessionOwner;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Routes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The members of the pool as this client knows them, and a session with each. Thread-safe to read; who the members are is confined to the
 * monitor's thread.
 */
final class MemberSessions {
    private static final Logger LOG = LoggerFactory.getLogger(MemberSessions.class);
    private static final long REACH_MILLIS = 500;

    private final ClientConfig config;
    private final Membership configured;
    private final Map<Integer, CacheState> caches;
    private final SessionOwner owner;
    private final Map<String, SocketSession> byName = new ConcurrentHashMap<>();
    private Membership known = Membership.NONE;

    /**
     * Sessions with the members that a client is configured with; they connect once they {@linkplain #begin begin}.
     *
     * @throws IllegalArgumentException if they cannot be one pool
     */
    MemberSessions(ClientConfig config, Map<Integer, CacheState> caches, SessionOwner owner) {
        this.config = config;
        this.configured = Members.first(config.members());
        this.caches = caches;
        this.owner = owner;
        boolean isAlone = configured.members().size() == 1;
        for (PoolMember member : configured.members()) {
            byName.put(member.name(), SocketSession.of(config, member, isAlone, caches, owner));
        }
    }

    /** All begin to connect; what their owner hears of them comes after this. */
    void begin() {
        byName.values().forEach(SocketSession::begin);
    }

    /** The session with the member that is configured first. */
    SocketSession first() {
        return of(Members.named(config.members().get(0)));
    }

    /** The sessions as they are now. */
    Collection<SocketSession> all() {
        return byName.values();
    }

    /** The newest membership that this client has taken; on the monitor's thread. */
    Membership known() {
        return known;
    }

    /** What the client is configured with, if that is a pool that nobody has said to be one yet. */
    Membership configured() {
        return configured;
    }

    /** The session is no longer one of the pool's. */
    void remove(SocketSession session) {
        byName.values().remove(session);
    }

    void close() {
        byName.values().forEach(SocketSession::close);
    }

    /** Takes a newer membership: there are sessions with all its members from now on. */
    void adopt(Membership newer) {
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
        byName.values()
                .forEach(session -> byAddress.putIfAbsent(session.member().address(), session));
        for (PoolMember member : newer.members()) {
            SocketSession present = byAddress.get(member.address());
            if (present == null) {
                SocketSession moved = byName.get(member.name());
                if (moved != null && !newer.members().contains(moved.member())) {
                    // The name has another address now.
                    byName.remove(member.name());
                    moved.retire();
                }
                byName.put(
                        member.name(),
                        SocketSession.of(config, member, newer.members().size() == 1, caches, owner)
                                .begin());
            } else if (!present.member().equals(member)) {
                byName.remove(present.member().name(), present);
                present.member(member);
                byName.put(member.name(), present);
            }
        }
    }

    /**
     * Takes the nodes of a replicated pool: there are sessions with all of them from now on, and with nobody else. One that has introduced
     * itself by a node's name is that node, whatever address it was reached by.
     *
     * @param before what was taken last
     * @return the sessions by the nodes' numbers
     */
    List<SocketSession> follow(Routes before, Routes newest, long connectDeadline) {
        List<SocketSession> nodes = new ArrayList<>();
        List<SocketSession> fresh = new ArrayList<>();
        for (int i = 0; i < newest.nodes().size(); i++) {
            Routes.Node node = newest.nodes().get(i);
            PoolMember member = new PoolMember(node.name(), node.address(), 1);
            boolean isNew = i >= before.nodes().size() || before.nodes().get(i).equals(node);
            SocketSession present = present(member, isNew, nodes);
            if (present == null) {
                present = SocketSession.of(config, member, false, caches, owner).begin();
                fresh.add(present);
            }
            present.member(new PoolMember(node.name(), present.member().address(), 1));
            nodes.add(present);
        }
        List<SocketSession> leaving = new ArrayList<>(byName.values());
        leaving.removeAll(nodes);
        byName.clear();
        nodes.forEach(session -> byName.put(session.member().name(), session));
        leaving.forEach(SocketSession::retire);
        awaitLinks(fresh, connectDeadline);
        return nodes;
    }

    /** The session that there is with a node of a replicated pool. */
    private @Nullable SocketSession present(PoolMember member, boolean byItsName, List<SocketSession> taken) {
        SocketSession found = null;
        for (SocketSession session : byName.values()) {
            boolean isNode = session.member().address().equals(member.address())
                    || (byItsName && session.greetedAs().equals(member.name()));
            if (isNode && !taken.contains(session) && (found == null || session.link() != 0)) {
                found = session;
            }
        }
        return found;
    }

    /** Waits until each of these is linked or has failed once; if any is linked, for the others no longer than a call may take. */
    void awaitLinks(Collection<SocketSession> of, long deadlineNanos) {
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

    boolean isAnyLinked() {
        return byName.values().stream().anyMatch(session -> session.link() != 0);
    }

    DistCacheException unreachable() {
        String reasons = byName.values().stream()
                .map(session -> session.where() + ": " + session.trouble())
                .collect(Collectors.joining("; "));
        UnreachableException none =
                new UnreachableException((byName.size() == 1 ? "the node" : "none of the nodes") + " can be reached ("
                        + reasons + "); check that " + (byName.size() == 1 ? "it runs" : "they run")
                        + " and that host and port are right");
        for (SocketSession session : byName.values()) {
            if (session.troubleCause() instanceof DistCacheException refused
                    && !(refused instanceof UnreachableException)) {
                return refused;
            }
            none.addSuppressed(Router.down(session, ""));
        }
        return none;
    }

    List<SocketSession> linked() {
        return known.isDefined()
                ? known.members().stream()
                        .map(member -> byName.get(member.name()))
                        .filter(session -> session != null && session.link() != 0)
                        .toList()
                : byName.values().stream()
                        .filter(session -> session.link() != 0)
                        .toList();
    }

    /** Whether a node is neither linked nor down: a moment later it is one of them. */
    boolean isAnyInBetween() {
        return byName.values().stream()
                .anyMatch(session -> session.isUsable()
                        && session.link() == 0
                        && known.members().contains(session.member()));
    }

    SocketSession of(PoolMember member) {
        SocketSession session = byName.get(member.name());
        if (session == null) {
            throw new IllegalStateException("member " + member + " has no session");
        }
        return session;
    }

    SocketSession named(String name) {
        for (PoolMember member : known.members()) {
            if (member.name().equals(name)) {
                return of(member);
            }
        }
        throw new IllegalStateException(name + " is no member");
    }

    /**
     * Some node says that a member is back: somebody else has reached it. It is tried at once, and given a moment, so that this client does
     * not write past it.
     */
    void reachThoseAway() {
        List<SocketSession> away =
                byName.values().stream().filter(session -> session.link() == 0).toList();
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
}
