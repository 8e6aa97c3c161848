package io.distcache.server.node;

import io.distcache.protocol.HealthReport.Figure;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.Peers;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.replication.Replication;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks each second at the groups that a member leads: tells in its log, once a minute at most, who is slow or away, and if its own disk is too
 * slow; and counts for its health report. Confined to the consensus loop, but for {@link #begin}, {@link #end} and {@link #figures}.
 */
final class PoolWatch {
    private static final Logger LOG = LoggerFactory.getLogger(PoolWatch.class);
    private static final Duration LOOK = Duration.ofSeconds(1);
    /** Looks between two lines about the same. */
    private static final int PAUSE = 60;
    /** A sync may take an election timeout divided by this. */
    private static final int SYNCS_IN_TIMEOUT = 4;

    private final PoolPlan plan;
    private final Replication replication;
    private final Peers peers;
    private final Loop loop;
    private final LongSupplier syncNanos;
    private final long electionNanos;
    private final Deque<SlowMembers.Look> looks = new ArrayDeque<>();
    private final int[] lastTerms;
    private final AtomicLong changes = new AtomicLong();
    private int pauseOfSlow;
    private int pauseOfSync;
    private long saidSyncNanos;
    private volatile long mostBehind;
    private volatile boolean begun;
    private volatile boolean ended;

    /**
     * Of a member that takes no part yet.
     *
     * @param syncNanos what the last sync of its log took
     */
    PoolWatch(
            PoolPlan plan,
            Replication replication,
            Peers peers,
            Loop loop,
            LongSupplier syncNanos,
            Duration electionTimeout) {
        this.plan = plan;
        this.replication = replication;
        this.peers = peers;
        this.loop = loop;
        this.syncNanos = syncNanos;
        this.electionNanos = electionTimeout.toNanos();
        this.lastTerms = new int[plan.routes().groups() + 1];
    }

    void begin() {
        begun = true;
        loop.schedule(this::look, LOOK.toNanos());
    }

    void end() {
        ended = true;
    }

    /** It may be another node that leads a group. */
    void viewChanged() {
        for (int group = 0; group < lastTerms.length; group++) {
            GroupView view = replication.consensus().view(group);
            if (view.leader() != GroupView.NOBODY && view.term() > lastTerms[group]) {
                // Who leads when this node comes is no change.
                changes.addAndGet(lastTerms[group] == 0 ? 0 : 1);
                lastTerms[group] = view.term();
            }
        }
    }

    private void look() {
        if (ended) {
            return;
        }
        Consensus consensus = replication.consensus();
        Map<Integer, CompletableFuture<Consensus.Progress>> asked = new HashMap<>();
        for (int group = 0; group < lastTerms.length; group++) {
            if (replication.leadsGroup(group)) {
                asked.put(group, consensus.progress(group).toCompletableFuture());
            }
        }
        CompletableFuture<Void> unused = CompletableFuture.allOf(asked.values().toArray(CompletableFuture[]::new))
                .thenRun(() -> looked(asked));
        lookAtDisk();
        loop.schedule(this::look, LOOK.toNanos());
    }

    private void looked(Map<Integer, CompletableFuture<Consensus.Progress>> asked) {
        Map<Integer, SlowMembers.Led> led = new HashMap<>();
        long most = 0;
        for (Map.Entry<Integer, CompletableFuture<Consensus.Progress>> each : asked.entrySet()) {
            Consensus.Progress progress = each.getValue().join();
            if (progress.behind().isEmpty()) {
                continue;
            }
            int term = replication.consensus().view(each.getKey()).term();
            led.put(each.getKey(), new SlowMembers.Led(term, progress.last(), progress.behind()));
            for (long lacks : progress.behind()) {
                most = Math.max(most, lacks);
            }
        }
        mostBehind = most;
        List<Boolean> reached = new ArrayList<>();
        for (int member = 0; member < plan.members(); member++) {
            reached.add(member == plan.self() || peers.isConnected(member));
        }
        looks.addLast(new SlowMembers.Look(reached, led));
        if (looks.size() > SlowMembers.LOOKS) {
            looks.removeFirst();
        }
        pauseOfSlow = Math.max(0, pauseOfSlow - 1);
        String line = pauseOfSlow > 0 ? "" : SlowMembers.line(List.copyOf(looks), plan.self(), plan::nameOf);
        if (!line.isEmpty()) {
            LOG.warn("{}", line);
            pauseOfSlow = PAUSE;
        }
    }

    private void lookAtDisk() {
        long took = syncNanos.getAsLong();
        pauseOfSync = Math.max(0, pauseOfSync - 1);
        if (took > electionNanos / SYNCS_IN_TIMEOUT && took != saidSyncNanos && pauseOfSync == 0) {
            LOG.warn(
                    "The last sync of this node's log took {} ms; over {} ms is too slow for a member of a replicated pool, whose"
                            + " other members elect another leader after {} ms. See what else uses the disk, or get a faster one",
                    TimeUnit.NANOSECONDS.toMillis(took),
                    TimeUnit.NANOSECONDS.toMillis(electionNanos / SYNCS_IN_TIMEOUT),
                    TimeUnit.NANOSECONDS.toMillis(electionNanos));
            saidSyncNanos = took;
            pauseOfSync = PAUSE;
        }
    }

    /** The sources of what it counts. Called by any thread, as they are. */
    Map<Figure, LongSupplier> figures() {
        Map<Figure, LongSupplier> figures = new EnumMap<>(Figure.class);
        figures.put(Figure.SYNC_MICROS, () -> TimeUnit.NANOSECONDS.toMicros(syncNanos.getAsLong()));
        figures.put(Figure.GROUPS_LED, this::groupsLed);
        figures.put(Figure.GROUPS_WITHOUT_LEADER, this::groupsWithoutLeader);
        figures.put(Figure.MOST_BEHIND, () -> mostBehind);
        figures.put(Figure.LEADER_CHANGES, changes::get);
        return figures;
    }

    private long groupsLed() {
        long led = 0;
        for (int group = 0; group < plan.routes().groups(); group++) {
            led += replication.leads(group) ? 1 : 0;
        }
        return led;
    }

    private long groupsWithoutLeader() {
        long without = 0;
        for (int group = 0; group < lastTerms.length && begun; group++) {
            without += replication.consensus().view(group).leader() == GroupView.NOBODY ? 1 : 0;
        }
        return without;
    }
}
