package io.distcache.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/**
 * Decides for one client when a member that returns may be used (docs/decisions/0011): at once if everybody who may have changed its
 * entries meanwhile can be asked for hints, or owes it nothing for all that is known; else it is kept waiting for those that cannot be
 * asked, and when time is over it must drop all it has. Confined to one thread.
 */
public final class Returns {

    /** What is to be done with a member that returns. */
    public enum Verdict {
        /** It is used as soon as hints are handed over. */
        FREE,
        /** It is not used yet. */
        WAIT,
        /** It must drop all its entries first. */
        DROP
    }

    private record Wait(int link, long deadlineNanos) {}

    private record Waiting(int link, Set<String> blockers) {}

    private final Witness witness = new Witness();
    private final Map<String, Wait> waits = new HashMap<>();
    private final Map<String, Waiting> told = new HashMap<>();

    /** This client has just found that it does not use these any more. */
    public void lost(Collection<String> names, Collection<String> members) {
        witness.keepOnly(members);
        if (!names.isEmpty()) {
            witness.lost(names);
        }
    }

    /**
     * What nodes must hear of members that are not used: those that are away, and those that this client has lost and reached again.
     *
     * @param away members that cannot be reached
     */
    public List<Witness.Departed> departed(Collection<String> members, Set<String> away) {
        return witness.departed(members).stream()
                .filter(one -> one.known() || away.contains(one.name()))
                .toList();
    }

    /**
     * What nodes must hear of members that are there, and have forgotten an earlier life: what all witnesses agree on of that life.
     *
     * @param said what each node has said
     */
    public List<Witness.Departed> forgotten(Map<String, Reply.Standing> said) {
        List<Witness.Departed> forgotten = new ArrayList<>();
        said.forEach((name, standing) -> {
            if (!standing.unsure().isEmpty() && standing.fresh()) {
                List<String> owesNothing = standing.unsure().stream()
                        .filter(other -> Witness.isExcused(name, other, opinions(said)))
                        .toList();
                forgotten.add(new Witness.Departed(name, !owesNothing.isEmpty(), owesNothing));
            }
        });
        return forgotten;
    }

    private static List<List<Witness.Departed>> opinions(Map<String, Reply.Standing> said) {
        return said.values().stream().map(Reply.Standing::departed).toList();
    }

    /** Notes what a node has said; that it was in use before it was told otherwise counts, also if it is asked again. */
    public static void note(String name, Reply.Standing standing, Map<String, Reply.Standing> said) {
        Reply.Standing before = said.get(name);
        boolean inUse = standing.inUse() || (before != null && before.inUse());
        said.put(
                name,
                new Reply.Standing(
                        standing.fresh(), standing.unsure(), inUse, standing.waitMillis(), standing.departed()));
    }

    /**
     * The members that may have changed entries of one that returns, and cannot be asked: they are away, or have forgotten.
     *
     * @param said what each node that is there has said
     */
    public Set<String> blockers(String member, Set<String> away, Map<String, Reply.Standing> said) {
        Set<String> blockers = new TreeSet<>();
        Reply.Standing own = said.get(member);
        if (own != null && own.fresh()) {
            return blockers;
        }
        blockers.addAll(away);
        said.forEach((name, standing) -> {
            if (standing.unsure().contains(member)) {
                blockers.add(name);
            }
        });
        blockers.remove(member);
        blockers.removeIf(name -> Witness.isExcused(name, member, opinions(said)));
        return blockers;
    }

    /**
     * What is to be done with a member that returns.
     *
     * @param link of its present connection; with another one it is waited for anew
     * @param blockers as above
     * @param isAnyComing whether one of them is there already and loads its data: it is waited for, however long that takes
     */
    public Verdict verdict(
            String member,
            int link,
            Set<String> blockers,
            Set<String> away,
            boolean isAnyComing,
            Map<String, Reply.Standing> said,
            long nowNanos) {
        Reply.Standing own = said.get(member);
        if (blockers.isEmpty() || own == null) {
            waits.remove(member);
            return Verdict.FREE;
        }
        Wait before = waits.get(member);
        boolean isFirst = before == null || before.link() != link;
        Wait wait = before == null || isFirst || isAnyComing
                ? new Wait(link, nowNanos + TimeUnit.MILLISECONDS.toNanos(own.waitMillis()))
                : before;
        waits.put(member, wait);
        // Others use it already: while they do, and this client does not, they would disagree.
        boolean isUsed = isFirst && own.inUse();
        boolean canCome = blockers.stream().anyMatch(away::contains);
        return canCome && !isUsed && (isAnyComing || nowNanos - wait.deadlineNanos() < 0) ? Verdict.WAIT : Verdict.DROP;
    }

    /** Whether the member has not been told yet that it waits for these. */
    public boolean isNewWait(String member, int link, Set<String> blockers) {
        Waiting now = new Waiting(link, Set.copyOf(blockers));
        return !now.equals(told.put(member, now));
    }

    /** These are used from now on; nobody else is. */
    public void settled(Collection<String> names, Collection<String> members) {
        if (!names.isEmpty()) {
            witness.settled(names, members);
        }
        waits.keySet().removeAll(names);
        told.keySet().removeAll(names);
    }
}
