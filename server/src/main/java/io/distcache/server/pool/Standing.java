package io.distcache.server.pool;

import io.distcache.protocol.Command;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Witness;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How this node stands in its pool: whether it is in use, and what it has seen of others, so that clients can tell whether a member that
 * returns has been told of everything that was changed on its behalf (docs/decisions/0011). All of it is in memory: a node that was
 * started anew has seen nothing and says so. Thread-safe.
 */
final class Standing {
    private final int waitMillis;
    private final Witness witness = new Witness();
    /** Those on whose behalf it may have changed entries in an earlier life: all, if it knew of no pool when it started. */
    private final Set<String> unsure = new TreeSet<>();

    private Set<String> waitsFor = Set.of();
    private boolean fresh = true;
    private boolean wasUsed;

    Standing(int waitMillis) {
        this.waitMillis = waitMillis;
    }

    /** It comes back with what it knew of its pool. */
    synchronized void knewOfPool() {
        fresh = false;
    }

    /** A first membership, or another. */
    synchronized void joined(PoolView view, boolean first) {
        List<String> members = names(view);
        witness.keepOnly(members);
        unsure.retainAll(members);
        if (first) {
            unsure.addAll(members);
            unsure.remove(view.self());
        }
    }

    /** Of these, the members for whom there may have been hints in an earlier life; the caller makes a hint that says so instead. */
    synchronized List<String> takeUnsureOf(Collection<String> members) {
        List<String> taken = members.stream().filter(unsure::contains).toList();
        taken.forEach(unsure::remove);
        return taken;
    }

    /** {@link Command.Standing}. */
    synchronized Reply.Standing heard(Command.Standing said, PoolView view) {
        boolean inUse = witness.isInUse(view.self());
        List<Witness.Departed> departed =
                said.departed().stream().filter(one -> view.has(one.name())).toList();
        witness.heard(departed);
        departed.stream()
                .filter(one -> one.name().equals(view.self()))
                .forEach(one -> one.owesNothing().forEach(unsure::remove));
        if (!said.settled().isEmpty()) {
            witness.settled(said.settled().stream().filter(view::has).toList(), names(view));
            said.settled().forEach(unsure::remove);
        }
        if (witness.isInUse(view.self())) {
            fresh = false;
            wasUsed = true;
            waitsFor = Set.of();
        } else if (!said.waitsFor().isEmpty()) {
            waitsFor = new TreeSet<>(said.waitsFor());
        }
        return new Reply.Standing(fresh, List.copyOf(unsure), inUse, waitMillis, witness.departed(names(view)));
    }

    /** It has stood still, and others went on: what it has seen says nothing any more. */
    synchronized void stoodStill() {
        witness.forget();
    }

    /**
     * Why it is not safe to stop the next node of the pool; empty if it is.
     *
     * @param clients how many clients of the pool are connected
     * @param hinted the members for whom it keeps hints
     */
    synchronized String notReady(PoolView view, int clients, Collection<String> hinted) {
        List<String> why = new ArrayList<>();
        if (!waitsFor.isEmpty()) {
            why.add("it waits for " + String.join(", ", waitsFor)
                    + ", which may have changed its entries and cannot be asked, for at most " + waitMillis
                    + " ms; then it drops all it has");
        } else if (!witness.isInUse(view.self()) && (!fresh || clients > 0)) {
            why.add(
                    wasUsed
                            ? "clients do not use it now"
                            : "no client has used it since it started, so nobody has told it what others changed"
                                    + " meanwhile");
        }
        if (wasUsed) {
            List<String> others = names(view).stream()
                    .filter(name -> !name.equals(view.self()) && !witness.isInUse(name))
                    .toList();
            if (!others.isEmpty()) {
                why.add("clients do not use " + String.join(", ", others) + " now");
            }
        }
        if (!hinted.isEmpty()) {
            why.add("it keeps hints that " + String.join(", ", new TreeSet<>(hinted)) + " must be told of when back");
        }
        return String.join("; ", why);
    }

    private static List<String> names(PoolView view) {
        return view.membership().members().stream().map(PoolMember::name).toList();
    }
}
