package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has invalidated on nodes that are back what others changed on their behalf, as hints name it, and what writes dropped here would have
 * changed (hinted handoff, Dynamo §4.6). Confined to the monitor's thread.
 */
final class HintedHandoff {
    private static final Logger LOG = LoggerFactory.getLogger(HintedHandoff.class);

    private final Briefings briefings;
    private final DroppedWrites dropped;

    HintedHandoff(Briefings briefings, DroppedWrites dropped) {
        this.briefings = briefings;
        this.dropped = dropped;
    }

    /** Tells a node who is away, and hands over what it kept for those who are not. */
    void declare(SocketSession session, Set<String> away, boolean anew, List<SocketSession> ready) throws StepFailed {
        Told was = briefings.of(session);
        if (!anew && away.equals(was.away())) {
            return;
        }
        Reply reply = briefings.ask(session, was.link(), new Command.Away(List.copyOf(away)));
        while (reply instanceof Reply.Hints hints && !hints.hints().isEmpty()) {
            for (Reply.Hint hint : hints.hints()) {
                invalidate(hint, ready);
            }
            reply = briefings.ask(session, was.link(), new Command.HandedOver());
        }
        if (!(reply instanceof Reply.Hints)) {
            throw briefings.outdated(session, was, "AWAY", reply);
        }
        briefings.put(session, was.withAway(Set.copyOf(away)));
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

    /** Drops entries of a node; one that does not do it is rejected. */
    void invalidate(SocketSession owner, int link, Command.Invalidate what) throws StepFailed {
        try {
            Reply reply = briefings.ask(owner, link, what);
            if (!(reply instanceof Reply.Ok)) {
                throw new StepFailed(owner.where() + " answered INVALIDATE with " + reply, null);
            }
        } catch (StepFailed e) {
            owner.reject(link, "what others overwrote could not be invalidated on it: " + e.getMessage());
            throw e;
        }
    }

    /** What writes dropped here while nobody else could remember it must not be read when calls go to the node again. */
    void invalidateDropped(SocketSession session, int link) throws StepFailed {
        Command.Invalidate due;
        while ((due = dropped.take(session, link)) != null) {
            boolean done = false;
            try {
                invalidate(session, link, due);
                done = true;
            } finally {
                if (!done) {
                    dropped.putBack(session, due);
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
}
