package io.distcache.protocol;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a client or a node has seen of who was in use in its pool, and what follows from it: whether a member that is not in use can have
 * changed entries on behalf of another that has not heard of it (docs/decisions/0011).
 *
 * <p>A member that leaves owes nothing to those that are in use at that moment, for whoever is in use has been told of everything. It may
 * owe something to those that were not. What it owes does not change until it is used again. A witness that has seen neither has no
 * opinion.
 *
 * <p>Thread-safe.
 */
public final class Witness {
    private final Set<String> inUse = new TreeSet<>();
    private final Map<String, Set<String>> owesNothing = new TreeMap<>();

    /**
     * A member that is not in use, as one witness sees it.
     *
     * @param known whether the witness has an opinion; if not, the list is empty and says nothing
     * @param owesNothing the members for which it surely has no changes that they have not heard of; for all others it may have
     */
    public record Departed(String name, boolean known, List<String> owesNothing) {
        /** A member that is not in use, and of which no more is known. */
        public static Departed unknown(String name) {
            return new Departed(name, false, List.of());
        }
    }

    /** These members are used no longer, all at once: what one of them did for another before it left nobody can say. */
    public void lost(Collection<String> names) {
        heard(names.stream().map(Departed::unknown).toList());
    }

    /** Another witness says that these members are not in use. Where two differ, the one that doubts counts. */
    public synchronized void heard(List<Departed> said) {
        Set<String> all = new HashSet<>();
        said.forEach(departed -> all.add(departed.name()));
        Set<String> stay = new TreeSet<>(inUse);
        stay.removeAll(all);
        for (Departed departed : said) {
            Set<String> seen = inUse.contains(departed.name()) ? stay : owesNothing.get(departed.name());
            Set<String> agreed = new TreeSet<>(seen == null ? departed.owesNothing() : seen);
            if (seen != null && departed.known()) {
                agreed.retainAll(departed.owesNothing());
            }
            if (seen != null || departed.known()) {
                owesNothing.put(departed.name(), agreed);
            }
        }
        inUse.retainAll(stay);
    }

    /**
     * These members are used from now on: each of them has been told of what all others did for it, or has dropped what it had.
     *
     * @param members all members of the pool
     */
    public synchronized void settled(Collection<String> names, Collection<String> members) {
        inUse.addAll(names);
        owesNothing.keySet().removeAll(names);
        for (String member : members) {
            if (!inUse.contains(member)) {
                owesNothing.computeIfAbsent(member, m -> new TreeSet<>()).addAll(names);
            }
        }
    }

    /** Whether a member is in use, for all that this witness has seen. */
    public synchronized boolean isInUse(String member) {
        return inUse.contains(member);
    }

    /** The opinion on some members, without those that are in use. */
    public synchronized List<Departed> departed(Collection<String> members) {
        List<Departed> departed = new ArrayList<>();
        for (String member : members) {
            if (!inUse.contains(member)) {
                Set<String> known = owesNothing.get(member);
                departed.add(known == null ? Departed.unknown(member) : new Departed(member, true, List.copyOf(known)));
            }
        }
        return departed;
    }

    /** Only these are members from now on. */
    public synchronized void keepOnly(Collection<String> members) {
        inUse.retainAll(members);
        owesNothing.keySet().retainAll(members);
    }

    /** It has been blind for a while: it has no opinion of anybody. */
    public synchronized void forget() {
        inUse.clear();
        owesNothing.clear();
    }

    /**
     * Whether a member may be used again without asking another, which is not there to be asked.
     *
     * @param opinions of all witnesses that there are
     * @return true if at least one of them knows that the other owes it nothing, and none doubts it
     */
    public static boolean isExcused(String absent, String member, Collection<List<Departed>> opinions) {
        boolean isSure = false;
        for (List<Departed> opinion : opinions) {
            for (Departed departed : opinion) {
                if (departed.name().equals(absent) && departed.known()) {
                    if (!departed.owesNothing().contains(member)) {
                        return false;
                    }
                    isSure = true;
                }
            }
        }
        return isSure;
    }
}
