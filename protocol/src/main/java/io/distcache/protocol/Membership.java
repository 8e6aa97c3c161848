package io.distcache.protocol;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Who is in a pool. Nodes and clients keep the newest they have heard of; {@link #isNewerThan} orders any two, so that all end
 * with the same. Immutable.
 *
 * @param epoch higher with every change; 0 before anybody has said who is in it
 * @param members by name; at most {@value #MAX_MEMBERS}, of weights that add up to at most {@value #MAX_TOTAL_WEIGHT}
 */
public record Membership(long epoch, List<PoolMember> members) {
    public static final int MAX_MEMBERS = 256;
    public static final int MAX_TOTAL_WEIGHT = 1000;

    /** Of a node that has not been told. */
    public static final Membership NONE = new Membership(0, List.of());

    public Membership {
        if (epoch < 0 || members.size() > MAX_MEMBERS) {
            throw new IllegalArgumentException("a pool of " + members.size() + " members in epoch " + epoch
                    + "; at most " + MAX_MEMBERS + " are allowed, and no negative epoch");
        }
        members =
                members.stream().sorted(Comparator.comparing(PoolMember::name)).toList();
        Set<String> names = new HashSet<>();
        int weight = 0;
        for (PoolMember member : members) {
            weight += member.weight();
            if (!names.add(member.name())) {
                throw new IllegalArgumentException(
                        "two members of the pool are named " + member.name() + "; each needs a name of its own");
            }
        }
        if (weight > MAX_TOTAL_WEIGHT) {
            throw new IllegalArgumentException("the weights of the pool's members add up to " + weight + "; at most "
                    + MAX_TOTAL_WEIGHT + " are allowed");
        }
    }

    /** Whether a pool is defined at all. */
    public boolean isDefined() {
        return epoch > 0;
    }

    /** The later one counts; of two with one epoch, that with the greater text. */
    public boolean isNewerThan(Membership other) {
        return epoch != other.epoch ? epoch > other.epoch : text().compareTo(other.text()) > 0;
    }

    /** The members as in a URI, separated by commas, in the order of their names. */
    public String text() {
        return members.stream().map(PoolMember::toString).collect(Collectors.joining(","));
    }
}
