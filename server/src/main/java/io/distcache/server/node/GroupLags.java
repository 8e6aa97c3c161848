package io.distcache.server.node;

import io.distcache.protocol.HealthReport.Figure;
import io.distcache.server.consensus.Consensus.Progress;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * How far what is committed, and what is applied, is behind a member's log, as it is seen from time to time. Confined to the consensus loop,
 * but for {@link #figures}.
 */
final class GroupLags {
    /** By group, the last entry at the latest look at which all was applied that had been there at the look before; and when that was. */
    private final long[] marks;

    private final long[] markedNanos;
    private volatile long uncommitted;
    private volatile long unapplied;
    private volatile long unappliedNanos;

    /** Nothing has been seen yet of so many groups. */
    GroupLags(int groups) {
        this.marks = new long[groups];
        this.markedNanos = new long[groups];
    }

    /** A look at all groups. */
    void look(List<Progress> groups, long nanos) {
        long mostUncommitted = 0;
        long mostUnapplied = 0;
        long longest = 0;
        for (int group = 0; group < groups.size(); group++) {
            Progress now = groups.get(group);
            if (!now.behind().isEmpty()) {
                mostUncommitted = Math.max(mostUncommitted, now.last() - now.committed());
            }
            mostUnapplied = Math.max(mostUnapplied, now.last() - now.applied());
            // A new leader may have cut off what was there.
            if (now.applied() >= Math.min(marks[group], now.last())) {
                marks[group] = now.last();
                markedNanos[group] = nanos;
            }
            longest = Math.max(longest, nanos - markedNanos[group]);
        }
        uncommitted = mostUncommitted;
        unapplied = mostUnapplied;
        unappliedNanos = longest;
    }

    /** The sources of what it has seen. Called by any thread, as they are. */
    Map<Figure, LongSupplier> figures() {
        Map<Figure, LongSupplier> figures = new EnumMap<>(Figure.class);
        figures.put(Figure.COMMIT_LAG_ENTRIES, () -> uncommitted);
        figures.put(Figure.APPLY_LAG_ENTRIES, () -> unapplied);
        figures.put(Figure.APPLY_LAG_MILLIS, () -> TimeUnit.NANOSECONDS.toMillis(unappliedNanos));
        return figures;
    }
}
