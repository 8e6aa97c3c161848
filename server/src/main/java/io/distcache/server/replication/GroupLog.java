package io.distcache.server.replication;

import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.ConsensusException;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.mutation.Mutation;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.RefusedException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Commits to the logs of the groups that this node leads: what is appended is proposed, and committed when a majority has it. Thread-safe.
 */
public final class GroupLog implements CommitLog {
    private final Layout layout;
    private final Consensus consensus;
    private final NodeClock clock;
    private final long maxPendingBytes;
    private final boolean leases;
    private final boolean bundlesTouches;
    private final IntFunction<String> nameOfMember;
    private final Proposals[] groups;
    private final GateWaits waits;
    /** A bit for each group that something waits in. */
    private final AtomicLong touched = new AtomicLong();

    private volatile Reply.@Nullable Failure failed;

    /**
     * A log in which this node leads nothing.
     *
     * @param maxUnderWay how many entries of a group are under way at a time; less than the consensus allows
     * @param leases whether a lease is enough to know that what is here is the newest
     * @param bundlesTouches as in {@link CommitLog#bundlesTouches}
     * @param nameOfMember how people call a member
     */
    public GroupLog(
            Layout layout,
            Consensus consensus,
            CacheTable caches,
            NodeClock clock,
            int maxUnderWay,
            int maxEntryBytes,
            long maxPendingBytes,
            boolean leases,
            boolean bundlesTouches,
            IntFunction<String> nameOfMember) {
        this.layout = layout;
        this.consensus = consensus;
        this.clock = clock;
        this.maxPendingBytes = maxPendingBytes;
        this.leases = leases;
        this.bundlesTouches = bundlesTouches;
        this.nameOfMember = nameOfMember;
        this.waits = new GateWaits(clock::passedNanos);
        this.groups = new Proposals[layout.consensusGroups()];
        for (int i = 0; i < groups.length; i++) {
            groups[i] = new Proposals(maxUnderWay, maxEntryBytes, clock::passedNanos, caches::creation);
        }
    }

    // --- as shards see it ---

    @Override
    public boolean isReplicated() {
        return true;
    }

    @Override
    public boolean leads(int shard) {
        return groups[layout.of(shard)].leads();
    }

    @Override
    public boolean isNewest(int shard) {
        int group = layout.of(shard);
        return groups[group].leads() && hasLease(group);
    }

    private boolean hasLease(int group) {
        return leases && consensus.leaseValid(group);
    }

    @Override
    public boolean bundlesTouches() {
        return bundlesTouches;
    }

    @Override
    public void awaited(CompletionStage<Void> stage) {
        waits.await(stage);
    }

    @Override
    public CompletionStage<Void> newest(int shard) {
        int group = layout.of(shard);
        if (!groups[group].leads()) {
            return CompletableFuture.failedFuture(new RefusedException(notLeader(group)));
        }
        if (hasLease(group)) {
            return COMMITTED;
        }
        return waits.await(consensus.confirm(group)).handle((done, failure) -> {
            if (failure != null || !groups[group].leads()) {
                throw new RefusedException(notLeader(group));
            }
            return null;
        });
    }

    @Override
    public CompletionStage<Void> append(int shard, List<Mutation> batch) {
        int group = layout.of(shard);
        CompletionStage<Void> stage = groups[group].append(shard, batch);
        if (stage == null) {
            return CompletableFuture.failedFuture(new RefusedException(notLeader(group)));
        }
        long bit = 1L << (group - 1);
        if ((touched.get() & bit) == 0) {
            touched.getAndAccumulate(bit, (before, more) -> before | more);
        }
        return stage;
    }

    @Override
    public void flush() {
        if (touched.get() == 0) {
            return;
        }
        for (long bits = touched.getAndSet(0); bits != 0; bits &= bits - 1) {
            propose(Long.numberOfTrailingZeros(bits) + 1);
        }
    }

    @Override
    public Reply.@Nullable Failure refusal() {
        Reply.Failure refusal = failed;
        if (refusal != null) {
            return refusal;
        }
        long pending = 0;
        for (Proposals group : groups) {
            pending += group.pendingBytes();
        }
        return pending <= maxPendingBytes
                ? null
                : new Reply.Failure(
                        Status.OVERLOADED,
                        "more changes wait for the other nodes of the pool than log.max-pending-bytes="
                                + maxPendingBytes + " allows; nothing was applied, try again");
    }

    /** Why a command is not done here. */
    Reply.Failure notLeader(int group) {
        int leader = consensus.view(group).leader();
        return new Reply.Failure(
                Status.NOT_LEADER,
                "this node does not lead group " + (group - 1) + " of its replicated pool; "
                        + (leader == GroupView.NOBODY
                                ? "nobody does, as far as it knows"
                                : "node " + nameOfMember.apply(leader) + " does, as far as it knows"));
    }

    /** The sources of what is told of it. Called by any thread, as they are. */
    Map<Figure, LongSupplier> figures() {
        Map<Figure, LongSupplier> figures = new EnumMap<>(Figure.class);
        figures.put(Figure.GATE_WAITS, waits::count);
        figures.put(Figure.GATE_WAIT_MICROS, () -> TimeUnit.NANOSECONDS.toMicros(waits.nanos()));
        figures.put(Figure.LEASE_MILLIS, this::leaseMillis);
        figures.put(Figure.COMMIT_LAG_MILLIS, this::oldestMillis);
        figures.put(Figure.PROPOSED_ENTRIES, () -> sum(Proposals::proposed));
        figures.put(Figure.PROPOSED_CHANGES, () -> sum(Proposals::appended));
        return figures;
    }

    private long sum(ToLongFunction<Proposals> of) {
        return Arrays.stream(groups).mapToLong(of).sum();
    }

    private long oldestMillis() {
        return TimeUnit.NANOSECONDS.toMillis(
                Arrays.stream(groups).mapToLong(Proposals::oldestNanos).max().orElse(0));
    }

    private long leaseMillis() {
        long least = Long.MAX_VALUE;
        for (int group = 0; group < groups.length; group++) {
            if (leases && groups[group].leads()) {
                least = Math.min(least, Math.max(0, consensus.leaseLeftNanos(group)));
            }
        }
        return least == Long.MAX_VALUE ? -1 : TimeUnit.NANOSECONDS.toMillis(least);
    }

    // --- as the consensus sees it: on its loop ---

    void lead(int group, long epoch) {
        groups[group].lead(epoch);
    }

    boolean leadsGroup(int group) {
        return groups[group].leads();
    }

    void pause(int group) {
        groups[group].pause();
        propose(group);
    }

    boolean isIdle(int group) {
        return groups[group].isIdle();
    }

    /** This node leads a group no longer: what is not committed has failed. */
    void stopLeading(int group) {
        Proposals.Ended ended = groups[group].end();
        for (Draft draft : ended.underWay()) {
            draft.stage.completeExceptionally(indeterminate(group));
        }
        for (Draft draft : ended.waiting()) {
            draft.stage.completeExceptionally(new RefusedException(notLeader(group)));
        }
    }

    /** What those are told of whose changes it is not known whether they are committed. */
    RefusedException indeterminate(int group) {
        return new RefusedException(
                new Reply.Failure(
                        Status.INDETERMINATE,
                        "this node stopped leading group " + (group - 1)
                                + " of its replicated pool while the change was under way: it may be there or not, now or later"));
    }

    /**
     * An entry is committed.
     *
     * @return whether this node, as the leader that it still is, has proposed it, and so has it in its tables; if not, it is to be applied
     */
    boolean committed(int group, long epoch, byte[] entry) {
        Draft draft = groups[group].committed(epoch, entry);
        if (draft == null) {
            return false;
        }
        draft.stage.complete(null);
        propose(group);
        return true;
    }

    private void propose(int group) {
        groups[group].propose(
                clock,
                (epoch, draft, entry) -> consensus.propose(group, epoch, entry).whenComplete((index, failure) -> {
                    if (failure != null) {
                        // If leadership has ended with it, the draft has failed by then.
                        draft.stage.completeExceptionally(refused(group, failure));
                    }
                }));
    }

    private RefusedException refused(int group, Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof ConsensusException told && told.meaning() != ConsensusException.Meaning.INDETERMINATE
                ? new RefusedException(notLeader(group))
                : indeterminate(group);
    }

    /** The disk has failed: no change is taken any more. */
    void failed(String cause) {
        failed = new Reply.Failure(
                Status.READ_ONLY,
                "the node has no part in its replicated pool any more: " + cause
                        + ". Nothing was applied. See to the disk, then start the node again");
    }
}
