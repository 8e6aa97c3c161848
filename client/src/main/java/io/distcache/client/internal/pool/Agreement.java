package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Command;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.protocol.ring.HashRing;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All linked nodes and this client know the newest membership that any of them knows, and only then calls go by it. Confined to the
 * monitor's thread.
 */
final class Agreement {
    private static final Logger LOG = LoggerFactory.getLogger(Agreement.class);

    private final MemberSessions sessions;
    private final Briefings briefings;
    private final Router router;
    private final Listeners listeners;
    /** Hears of sessions that are no longer the pool's. */
    private final Consumer<SocketSession> left;

    Agreement(
            MemberSessions sessions,
            Briefings briefings,
            Router router,
            Listeners listeners,
            Consumer<SocketSession> left) {
        this.sessions = sessions;
        this.briefings = briefings;
        this.router = router;
        this.listeners = listeners;
        this.left = left;
    }

    /** Brings it about; {@code heard} is what a node has said of members by itself. */
    void agree(Membership heard, long connectDeadline) throws StepFailed {
        sessions.adopt(heard);
        while (true) {
            Membership began = sessions.known();
            for (SocketSession session : List.copyOf(sessions.all())) {
                int link = session.link();
                if (link == 0 || briefings.knows(session, link, sessions.known())) {
                    continue;
                }
                if (session.isReplicated()) {
                    throw new StepFailed(session.where() + " is in a replicated pool", null);
                }
                Membership theirs = membershipAt(session, link);
                if (theirs.isNewerThan(sessions.known())) {
                    Set<SocketSession> before = Set.copyOf(sessions.all());
                    sessions.adopt(theirs);
                    sessions.awaitLinks(
                            sessions.all().stream()
                                    .filter(one -> !before.contains(one))
                                    .toList(),
                            connectDeadline);
                    break;
                }
                if (!theirs.equals(sessions.known())) {
                    session.reject(link, "it did not take the pool's members");
                    throw new StepFailed(session.where() + " did not take the membership", null);
                }
                briefings.agreed(session, link, sessions.known());
            }
            if (!sessions.known().isDefined() && sessions.configured().members().size() > 1 && sessions.isAnyLinked()) {
                // Nobody has said so yet: what the first client is configured with holds for all.
                sessions.adopt(sessions.configured());
            }
            if (sessions.known().equals(began)) {
                publish();
                return;
            }
        }
    }

    private Membership membershipAt(SocketSession session, int link) throws StepFailed {
        Reply reply = briefings.ask(
                session,
                link,
                new Command.Pool(sessions.known().isDefined() ? session.member().name() : "", sessions.known()));
        if (reply instanceof Reply.Members members) {
            String far = members.membership().whyFarFrom(sessions.known());
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

    /** Calls go by the membership that all linked nodes know. */
    private void publish() {
        if (router.view().membership().equals(sessions.known())) {
            return;
        }
        List<SocketSession> byIndex = new ArrayList<>();
        for (PoolMember member : sessions.known().members()) {
            byIndex.add(sessions.of(member));
        }
        boolean isAlone = byIndex.size() == 1;
        byIndex.forEach(session -> session.alone(isAlone));
        router.use(new Router.View(
                sessions.known(),
                isAlone ? null : new HashRing(sessions.known()),
                isAlone ? byIndex.get(0) : null,
                List.copyOf(byIndex),
                null));
        LOG.info(
                "the pool has {} members in epoch {}: {}",
                byIndex.size(),
                sessions.known().epoch(),
                sessions.known().text());
        for (SocketSession session : List.copyOf(sessions.all())) {
            if (!byIndex.contains(session)) {
                sessions.remove(session);
                briefings.forget(session);
                left.accept(session);
                session.retire();
            }
        }
        listeners.membersChanged(sessions.known());
    }
}
