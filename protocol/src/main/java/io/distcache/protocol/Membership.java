package io.distcache.protocol;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Who is in a pool. Nodes and clients keep the newest they have heard of; {@link #isNewerThan} orders any two, so that all end
 * with the same. Two that are further apart than {@value #MAX_STEP} changes are not of one pool's life, and neither is taken in the
 * place of the other; so nobody can use the epochs up, and after the last they go on from the beginning. Immutable.
 *
 * @param epoch one higher with every change, up to {@value #LAST_EPOCH}; 0 before anybody has said who is in it
 * @param members by name; at most {@value #MAX_MEMBERS}, of weights that add up to at most {@value #MAX_TOTAL_WEIGHT}
 */
public record Membership(long epoch, List<PoolMember> members) {
    public static final int MAX_MEMBERS = 256;
    public static final int MAX_TOTAL_WEIGHT = 1000;

    /** How many changes a membership that is taken may be ahead of the one that is known. */
    public static final int MAX_STEP = 1_000_000;

    /** The highest epoch. */
    public static final long LAST_EPOCH = 1L << 62;

    /** Of a node that has not been told. */
    public static final Membership NONE = new Membership(0, List.of());

    public Membership {
        if (epoch < 0 || epoch > LAST_EPOCH || members.size() > MAX_MEMBERS) {
            throw new IllegalArgumentException("a pool of " + members.size() + " members in epoch " + epoch
                    + "; at most " + MAX_MEMBERS + " are allowed, and epochs from 0 to " + LAST_EPOCH);
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

    /** The epoch of the next change. After the last comes 2, since 1 is that of a pool that was just made. */
    public long nextEpoch() {
        return epoch == LAST_EPOCH ? 2 : epoch + 1;
    }

    /** The later one counts; of two with one epoch, that with the greater text. */
    public boolean isNewerThan(Membership other) {
        if (epoch == other.epoch) {
            return text().compareTo(other.text()) > 0;
        }
        return isDefined() && other.isDefined() ? changesAfter(other) > 0 : isDefined();
    }

    /** Negative if it is before the other; whichever way round is the shorter. */
    private long changesAfter(Membership other) {
        long changes = epoch - other.epoch;
        return Math.abs(changes) <= LAST_EPOCH / 2 ? changes : changes - Long.signum(changes) * LAST_EPOCH;
    }

    /** Whether the two cannot be of one pool's life. */
    public boolean isFarFrom(Membership other) {
        return isDefined() && other.isDefined() && Math.abs(changesAfter(other)) > MAX_STEP;
    }

    /** That it is far from the other, in words; null if it is not. */
    public @Nullable String whyFarFrom(Membership other) {
        return isFarFrom(other)
                ? "epoch " + epoch + " is more than " + MAX_STEP + " changes away from epoch " + other.epoch
                : null;
    }

    /** The newest of these; if some are far from others, the newest of those that are the most, or come first. */
    public static Membership newestOf(Collection<Membership> all) {
        Membership newest = NONE;
        long most = 0;
        for (Membership one : all) {
            long near = all.stream()
                    .filter(other -> other.isDefined() && !other.isFarFrom(one))
                    .count();
            boolean isNewer = one.isNewerThan(newest) && !one.isFarFrom(newest);
            if (one.isDefined() && (near > most || (near == most && isNewer))) {
                newest = one;
                most = near;
            }
        }
        return newest;
    }

    /** The members as in a URI, separated by commas, in the order of their names. */
    public String text() {
        return members.stream().map(PoolMember::toString).collect(Collectors.joining(","));
    }
}
