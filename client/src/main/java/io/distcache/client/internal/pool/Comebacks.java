package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Returns;
import io.distcache.protocol.Witness;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who was used over which connection, and who of those that are back must be kept waiting, since somebody may have changed their entries
 * who cannot be asked ({@link Returns}). Confined to the monitor's thread.
 */
final class Comebacks {
    private static final Logger LOG = LoggerFactory.getLogger(Comebacks.class);
    /** The name that stands for all caches, in namespace "". */
    private static final String ALL_CACHES = "*";

    private final Briefings briefings;
    private final HintedHandoff handoff;
    /** The session of a member by its name. */
    private final Function<String, SocketSession> sessions;
    /** The link over which each session was last let to have calls. */
    private final Map<SocketSession, Integer> admitted = new HashMap<>();

    private final Returns returns = new Returns();
    private String waiting = "";

    Comebacks(Briefings briefings, HintedHandoff handoff, Function<String, SocketSession> sessions) {
        this.briefings = briefings;
        this.handoff = handoff;
        this.sessions = sessions;
    }

    /** Whether calls were let to any node. */
    boolean isAnyAdmitted() {
        return !admitted.isEmpty();
    }

    void admitted(SocketSession session, int link) {
        admitted.put(session, link);
    }

    void forget(SocketSession session) {
        admitted.remove(session);
    }

    /** Who waits, and for whom, for people. */
    String waiting() {
        return waiting;
    }

    /** Whether calls have not been let to it over its present link. */
    boolean isNew(SocketSession session) {
        return session.link() != admitted.getOrDefault(session, 0);
    }

    /** Nodes whose link is another now, or gone, were not used for a while. */
    void noteLosses(Set<String> members) {
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
    Set<SocketSession> held(List<SocketSession> ready, Set<String> members, Set<String> away) throws StepFailed {
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
            coming.removeIf(blocker -> !sessions.apply(blocker).isStarting());
            switch (returns.verdict(name, link, blockers, away, !coming.isEmpty(), said, System.nanoTime())) {
                case FREE -> {}
                case WAIT -> {
                    held.add(session);
                    waiting = session.where() + " waits for " + String.join(", ", blockers)
                            + ", which may have changed its entries and cannot be asked";
                    if (returns.isNewWait(name, link, blockers)) {
                        LOG.warn("{}; until then, or until it has dropped all it has, calls go elsewhere", waiting);
                        briefings.ask(session, link, new Command.Standing(List.of(), List.of(), List.copyOf(blockers)));
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
                    handoff.invalidate(session, link, new Command.Invalidate("", ALL_CACHES, true, List.of()));
                }
            }
        }
        return held;
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
            Told was = briefings.of(session);
            List<Witness.Departed> news = all.stream()
                    .filter(one -> !one.equals(was.departed().get(one.name())))
                    .toList();
            if (!ask && news.isEmpty()) {
                continue;
            }
            Reply reply = briefings.ask(session, was.link(), new Command.Standing(news, List.of(), List.of()));
            if (!(reply instanceof Reply.Standing standing)) {
                throw briefings.outdated(session, was, "STANDING", reply);
            }
            Returns.note(session.member().name(), standing, said);
            briefings.put(session, was.withDeparted(news));
            hasForgotten |= !standing.unsure().isEmpty();
        }
        return hasForgotten;
    }

    /** Tells all nodes who is used from now on, if that is news. */
    void settle(List<SocketSession> ready, List<SocketSession> used, Set<String> members) throws StepFailed {
        Set<String> names = new TreeSet<>();
        used.forEach(session -> names.add(session.member().name()));
        boolean isAnyNew = used.stream().anyMatch(this::isNew);
        for (SocketSession session : ready) {
            Told was = briefings.of(session);
            if (!names.isEmpty() && (isAnyNew || !names.equals(was.settled()))) {
                Reply reply = briefings.ask(
                        session, was.link(), new Command.Standing(List.of(), List.copyOf(names), List.of()));
                if (!(reply instanceof Reply.Standing)) {
                    throw briefings.outdated(session, was, "STANDING", reply);
                }
                briefings.put(session, was.withSettled(names));
            }
        }
        returns.settled(names, members);
    }
}
