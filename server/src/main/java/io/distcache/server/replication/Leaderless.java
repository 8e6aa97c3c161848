package io.distcache.server.replication;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.consensus.GroupView;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether nobody leads a group, as far as this node knows, for so long that what it has is shown to those who would rather see something old
 * than nothing. Thread-safe, but for {@link #viewChanged}, which is for the consensus loop.
 */
final class Leaderless {
    private final IntFunction<GroupView> views;
    private final IntPredicate hasCaughtUp;
    private final LongSupplier nanos;
    private final Duration patience;
    private final IntFunction<String> nameOfMember;
    /** By group since when nobody is known to lead it; of no meaning while somebody is. */
    private final AtomicLongArray since;

    private final boolean[] wasLed;

    /**
     * Nobody is known to lead any group yet.
     *
     * @param views of the groups of the consensus, as this node has them
     * @param hasCaughtUp whether this node has what a leader had of a group
     * @param groups how many there are
     * @param patience how long an election may take
     * @param nameOfMember how people call a member
     */
    Leaderless(
            IntFunction<GroupView> views,
            IntPredicate hasCaughtUp,
            int groups,
            LongSupplier nanos,
            Duration patience,
            IntFunction<String> nameOfMember) {
        this.views = views;
        this.hasCaughtUp = hasCaughtUp;
        this.nanos = nanos;
        this.patience = patience;
        this.nameOfMember = nameOfMember;
        this.since = new AtomicLongArray(groups);
        this.wasLed = new boolean[groups];
        long now = nanos.getAsLong();
        for (int group = 0; group < groups; group++) {
            since.set(group, now);
        }
    }

    /** It may be another node that leads a group, or nobody. */
    void viewChanged() {
        for (int group = 0; group < wasLed.length; group++) {
            boolean isLed = views.apply(group).leader() != GroupView.NOBODY;
            if (wasLed[group] && !isLed) {
                since.set(group, nanos.getAsLong());
            }
            wasLed[group] = isLed;
        }
    }

    /** Why what this node has of a group is not to be shown; null if it is. */
    Reply.@Nullable Failure refusal(int group) {
        int leader = views.apply(group).leader();
        if (leader != GroupView.NOBODY) {
            return new Reply.Failure(
                    Status.NOT_LEADER,
                    "node " + nameOfMember.apply(leader) + " leads, as far as this one knows: ask there");
        }
        if (nanos.getAsLong() - since.get(group) < patience.toNanos()) {
            return new Reply.Failure(
                    Status.NOT_LEADER,
                    "nobody leads, as far as this node knows, and an election may be under way: ask again in "
                            + patience.toMillis() + " ms");
        }
        return hasCaughtUp.test(group)
                ? null
                : new Reply.Failure(
                        Status.UNAVAILABLE,
                        "nobody leads, and this node has not got from a leader, since it started, what had been agreed on: it shows"
                                + " nothing");
    }
}
