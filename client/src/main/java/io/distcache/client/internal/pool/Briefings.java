package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.Reply;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What each node of a pool was told over its present connection, and asking it. Thread-safe. */
final class Briefings {
    private final Map<SocketSession, Told> told = new ConcurrentHashMap<>();

    /** What a node was told; null if nothing was. */
    @Nullable
    Told peek(SocketSession session) {
        return told.get(session);
    }

    /** What a node was told that was told the members over the connection that it has now. */
    Told of(SocketSession session) throws StepFailed {
        Told was = told.get(session);
        if (was == null || was.membership() == null || was.link() != session.link()) {
            throw new StepFailed(session.where() + " was lost meanwhile", null);
        }
        return was;
    }

    /** It may have heard of other members meanwhile: it is asked about these first, then. */
    StepFailed outdated(SocketSession session, Told was, String command, Reply reply) {
        told.put(session, was.outdated());
        return new StepFailed(session.where() + " answered " + command + " with " + reply, null);
    }

    void put(SocketSession session, Told now) {
        told.put(session, now);
    }

    void forget(SocketSession session) {
        told.remove(session);
    }

    /** The node has heard of other members: it is told them again. */
    void membersChanged(SocketSession session) {
        told.computeIfPresent(session, (s, was) -> was.withoutMembership());
    }

    /**
     * A node refused a command because of what it holds of the pool: if it knew of all that are away, it is told all again. If not, the
     * refusal is no news: calls go elsewhere as soon as a node is down, which the others are told a moment later, and until one that is back
     * may be used again, which they are told a moment before. Telling them all again for each such call would never come to an end.
     *
     * @return whether it knew
     */
    boolean contradicted(SocketSession session, Iterable<SocketSession> all) {
        boolean[] knew = {false};
        told.computeIfPresent(session, (s, was) -> {
            knew[0] = knewOfAllAway(was, all);
            return knew[0] ? was.outdated() : was;
        });
        return knew[0];
    }

    private static boolean knewOfAllAway(Told was, Iterable<SocketSession> all) {
        Set<String> away = was.away();
        if (away == null) {
            return false;
        }
        for (SocketSession session : all) {
            if (!session.isUsable() && !away.contains(session.member().name())) {
                return false;
            }
        }
        return true;
    }

    /** Whether this node, which is used, was told that a member is away. */
    boolean knowsAway(SocketSession used, String name) {
        Told was = told.get(used);
        Set<String> away = was == null || was.link() != used.link() ? null : was.away();
        return used.link() != 0 && away != null && away.contains(name);
    }

    /** The node has taken these members over this connection. */
    void agreed(SocketSession session, int link, Membership known) {
        Told was = told.get(session);
        told.put(session, was == null || was.link() != link ? Told.first(link, known) : was.withMembership(known));
    }

    /** Whether a node knows these members, over this connection. */
    boolean knows(SocketSession session, int link, Membership known) {
        Told was = told.get(session);
        return was != null && was.link() == link && known.equals(was.membership());
    }

    /** Asks a node over the connection that it had. */
    Reply ask(SocketSession session, int link, Command command) throws StepFailed {
        if (link == 0 || session.link() != link) {
            throw new StepFailed(session.where() + " was lost meanwhile", null);
        }
        long limit = session.calls().callNanos();
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
}
