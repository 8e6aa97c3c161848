package io.distcache.server.node;

import io.distcache.protocol.HealthReport.Figure;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.Peers;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.replication.Replication;
import io.distcache.server.replication.files.GroupFiles;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
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
    private final GroupFiles files;
    private final GroupLags lags;
    private final long electionNanos;
    private final Deque<SlowMembers.Look> looks = new ArrayDeque<>();
    private final int[] lastTerms;
    private final AtomicLong changes = new AtomicLong();
    private int pauseOfSlow;
    private int pauseOfSync;
    private long saidSyncNanos;
    private volatile long mostBehind;
    private volatile long logBytes;
    private volatile long pinningGroup = Figure.NOTHING_PINS;
    private volatile boolean begun;
    private volatile boolean ended;

    /** Of a member that takes no part yet. */
    PoolWatch(
            PoolPlan plan,
            Replication replication,
            Peers peers,
            Loop loop,
            GroupFiles files,
            Duration electionTimeout) {
        this.plan = plan;
        this.replication = replication;
        this.peers = peers;
        this.loop = loop;
        this.files = files;
        this.electionNanos = electionTimeout.toNanos();
        this.lastTerms = new int[plan.routes().groups() + 1];
        this.lags = new GroupLags(lastTerms.length);
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
        List<CompletableFuture<Consensus.Progress>> asked = IntStream.range(0, lastTerms.length)
                .mapToObj(group -> consensus.progress(group).toCompletableFuture())
                .toList();
        CompletableFuture<Void> unused = CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new))
                .thenRun(
                        () -> looked(asked.stream().map(CompletableFuture::join).toList()));
        lookAtDisk();
        logBytes = files.bytes();
        OptionalInt holder = files.holder();
        pinningGroup = holder.isEmpty() ? Figure.NOTHING_PINS : holder.getAsInt() - 1L;
        loop.schedule(this::look, LOOK.toNanos());
    }

    private void looked(List<Consensus.Progress> all) {
        lags.look(all, System.nanoTime());
        Map<Integer, SlowMembers.Led> led = new HashMap<>();
        long most = 0;
        for (int group = 0; group < all.size(); group++) {
            Consensus.Progress progress = all.get(group);
            if (progress.behind().isEmpty() || !replication.leadsGroup(group)) {
                continue;
            }
            int term = replication.consensus().view(group).term();
            led.put(group, new SlowMembers.Led(term, progress.last(), progress.behind()));
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
        long took = files.syncNanos();
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
        figures.put(Figure.SYNC_MICROS, () -> TimeUnit.NANOSECONDS.toMicros(files.syncNanos()));
        figures.put(Figure.GROUPS_LED, this::groupsLed);
        figures.put(Figure.GROUPS_WITHOUT_LEADER, this::groupsWithoutLeader);
        figures.put(Figure.MOST_BEHIND, () -> mostBehind);
        figures.put(Figure.LEADER_CHANGES, changes::get);
        figures.put(Figure.LOG_BYTES, () -> logBytes);
        figures.put(Figure.PINNING_GROUP, () -> pinningGroup);
        figures.putAll(lags.figures());
        figures.putAll(replication.figures());
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
