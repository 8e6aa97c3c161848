package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.ConsensusException;
import io.distcache.server.consensus.ConsensusException.Meaning;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.consensus.Role;
import io.microraft.Ordered;
import io.microraft.QueryPolicy;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.exception.CannotReplicateException;
import io.microraft.model.message.AppendEntriesFailureResponse;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.AppendEntriesSuccessResponse;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.RaftMessage;
import io.microraft.report.RaftTerm;
import io.microraft.transport.Transport;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One group on this node: the engine's part in it, when this node leads, and its lease. Leading begins when the marker of the own term is
 * applied, and so is everything before it; it ends at the latest when the engine says that it follows.
 *
 * <p>Confined to the consensus loop, but for {@link #leaseValid}, {@link #view} and what hands over to the loop.
 */
final class Group implements Transport {
    /** What somebody waits for. */
    private static final class Asked<T> {
        private final CompletableFuture<T> stage = new CompletableFuture<>();
    }

    private final int number;
    private final Endpoint self;
    private final Applier applier;
    private final EngineLoop loop;
    private final Outbox outbox;
    private final Lease lease;
    private final Random epochs;
    private final long mostRequestBytes;
    private final int mostUnderWay;
    private final Opening opening;
    private final Set<Guard> off;
    private final Entries entries;
    private final Set<Asked<?>> open = new LinkedHashSet<>();
    private final WantedSnapshots wanted;
    private final OneSource source = new OneSource();
    private final OwnSnapshots snapshots;
    private final LogHead head = new LogHead();
    private final Silence silence;
    private final GivenVote vote;
    private final CatchUp catchUp = new CatchUp(true);
    private RaftNode engine;

    /** The term in which the engine leads; 0 if it does not. */
    private int leadingTerm;

    private int seenTerm;
    private @Nullable RaftEndpoint seenLeader;
    private long epoch;
    private volatile boolean leads;
    private volatile boolean caughtUp;
    /** While a message is handled: from whom, the stamp it had, whether its entries were taken. */
    private int answering = -1;

    private long answeringStamp = Lease.NONE;
    private boolean accepted;
    /** While the answer of a member that took entries is handled. */
    private boolean counting;

    private final CommitNews news;

    @SuppressWarnings("NullAway.Init") // begin() is called before anything else
    Group(
            int number,
            Endpoint self,
            Applier applier,
            EngineLoop loop,
            Outbox outbox,
            Journal journal,
            Lease lease,
            Random epochs,
            long mostRequestBytes,
            int mostUnderWay,
            Opening opening,
            Set<Guard> off) {
        this.number = number;
        this.self = self;
        this.applier = applier;
        this.loop = loop;
        this.outbox = outbox;
        this.lease = lease;
        this.epochs = epochs;
        this.mostRequestBytes = mostRequestBytes;
        this.mostUnderWay = mostUnderWay;
        this.opening = opening;
        this.off = off;
        this.snapshots = new OwnSnapshots(journal, number, loop);
        this.wanted = new WantedSnapshots(loop, snapshots, () -> engine);
        this.news = new CommitNews(loop, this::engineLeads, () -> engine);
        this.silence = new Silence(number, journal, !off.contains(Guard.SILENCE_TO_TERM));
        this.vote = new GivenVote(loop, MicroConsensus.ENGINE_VOTE_MILLIS);
        this.entries = new Entries(
                number,
                applier,
                journal,
                !off.contains(Guard.EPOCH),
                this::newTerm,
                this::markerApplied,
                this::beforeSnapshot,
                opening::saw);
    }

    /**
     * The engine's part.
     *
     * @param builder has everything but what only this group has
     * @param silent whether this member has forgotten things, and not caught up yet
     * @param open whether what it had before says that anybody may lead
     */
    void begin(RaftNode.RaftNodeBuilder builder, boolean silent, boolean open) {
        if (open) {
            opening.open();
        }
        if (silent) {
            silence.begin();
        }
        engine = builder.setGroupId(number)
                .setExecutor(loop)
                .setTransport(this)
                .setStateMachine(entries)
                .setRaftNodeReportListener(report -> roleMayHaveChanged())
                .build();
    }

    void start() {
        engine.start();
    }

    /** Once in a heartbeat, on the loop. */
    void lookAfterElection() {
        if (!off.contains(Guard.FORGOTTEN_ELECTION)) {
            ForgottenElection.look(engine);
        }
    }

    // Leading

    private long newTerm() {
        leadingTerm = engine.getTerm().getTerm();
        lease.begin(leadingTerm);
        epoch = opening.epoch(epochs.nextLong());
        return epoch;
    }

    private void markerApplied(long markersEpoch) {
        opening.saw(markersEpoch);
        if (markersEpoch == epoch && engineLeads()) {
            leads = true;
            caughtUp = true;
            applier.role(number, Role.LEADS, leadingTerm, epoch);
        } else {
            follow();
        }
    }

    private void beforeSnapshot(long index) {
        head.keep(engine);
        OneSource.own(engine, index);
    }

    private void roleMayHaveChanged() {
        if (!off.contains(Guard.LOG_HEAD)) {
            head.keep(engine);
        }
        RaftTerm now = engine.getTerm();
        if (now.getTerm() != seenTerm || !Objects.equals(now.getLeaderEndpoint(), seenLeader)) {
            seenTerm = now.getTerm();
            seenLeader = now.getLeaderEndpoint();
            applier.viewChanged(number);
        }
        if (leadingTerm != 0 && !engineLeads()) {
            leadingTerm = 0;
            lease.end();
            follow();
        }
    }

    private boolean engineLeads() {
        RaftTerm term = engine.getTerm();
        return leadingTerm != 0 && term.getTerm() == leadingTerm && self.equals(term.getLeaderEndpoint());
    }

    /** Nothing more is executed under the epoch. */
    private void follow() {
        if (leads) {
            leads = false;
            applier.role(number, Role.FOLLOWS, engine.getTerm().getTerm(), 0);
        }
    }

    /** Begins another epoch in the same term, when the last one ended without the term: tries until the engine takes its marker. */
    private void leadAgain() {
        if (leads || !engineLeads()) {
            return;
        }
        epoch = opening.epoch(epochs.nextLong());
        CompletableFuture<Ordered<Object>> marker = engine.replicate(EntryCodec.marker(epoch));
        marker.whenComplete((done, failure) -> {
            if (failure != null) {
                loop.schedule(this::leadAgain, 1, TimeUnit.SECONDS);
            }
        });
    }

    // What is asked

    CompletableFuture<Long> propose(long ofEpoch, byte[] entry) {
        Asked<Long> asked = new Asked<>();
        loop.execute(() -> {
            open.add(asked);
            if (GroupProgress.underWay(engine) >= mostUnderWay) {
                // The engine's own bound is the room of its log.
                fail(asked, told(new CannotReplicateException(self)));
                return;
            }
            CompletableFuture<Ordered<Object>> done = engine.replicate(EntryCodec.entry(ofEpoch, entry));
            done.whenComplete((result, failure) -> proposed(asked, ofEpoch, result, failure));
        });
        return asked.stage;
    }

    private void proposed(
            Asked<Long> asked, long ofEpoch, @Nullable Ordered<Object> result, @Nullable Throwable failure) {
        if (failure != null || result == null) {
            ConsensusException told = told(failure);
            if (told.meaning() != Meaning.INDETERMINATE && leads && ofEpoch == epoch) {
                follow();
                leadAgain();
            }
            fail(asked, told);
        } else if (Boolean.TRUE.equals(result.getResult())) {
            open.remove(asked);
            long index = result.getCommitIndex();
            loop.complete(() -> asked.stage.complete(index));
        } else {
            fail(
                    asked,
                    new ConsensusException(
                            Meaning.NOT_LEADER,
                            "group " + number + ": the entry at index " + result.getCommitIndex() + " is of epoch "
                                    + ofEpoch + ", which was over: it is applied nowhere. Decide again at the leader"));
        }
    }

    CompletableFuture<Void> confirm() {
        Asked<Void> asked = new Asked<>();
        loop.execute(() -> {
            open.add(asked);
            // LEADER_LEASE counts from when answers came, and answers before what was committed earlier is applied:
            // never but in a test.
            QueryPolicy policy = off.contains(Guard.OWN_LEASE) ? QueryPolicy.LEADER_LEASE : QueryPolicy.LINEARIZABLE;
            CompletableFuture<Ordered<Object>> done =
                    engine.query(Entries.NOTHING, policy, Optional.empty(), Optional.empty());
            done.whenComplete((result, failure) -> {
                if (failure == null) {
                    succeed(asked);
                } else {
                    fail(
                            asked,
                            new ConsensusException(
                                    Meaning.NOT_LEADER,
                                    "group " + number + ": no majority confirms that this node leads",
                                    failure));
                }
            });
        });
        return asked.stage;
    }

    CompletableFuture<Void> transfer(int member) {
        Asked<Void> asked = new Asked<>();
        loop.execute(() -> {
            open.add(asked);
            if (!off.contains(Guard.TRANSFER_ENDS_LEASE)) {
                // The request to take over may arrive late, and votes for who got it do not wait for a timeout.
                lease.end();
            }
            follow();
            CompletableFuture<Ordered<Object>> done = engine.transferLeadership(new Endpoint(member));
            done.whenComplete((result, failure) -> {
                if (failure == null) {
                    succeed(asked);
                } else {
                    fail(asked, told(failure));
                }
                loop.execute(this::leadAgain);
            });
        });
        return asked.stage;
    }

    CompletableFuture<Void> open() {
        Asked<Void> asked = new Asked<>();
        loop.execute(() -> {
            open.add(asked);
            opening.open();
            // Nothing of the epoch before counts any more; its stages tell.
            follow();
            if (!engineLeads()) {
                fail(
                        asked,
                        new ConsensusException(Meaning.NOT_LEADER, "group " + number + ": this node does not lead"));
                return;
            }
            epoch = opening.epoch(epochs.nextLong());
            CompletableFuture<Ordered<Object>> marker = engine.replicate(EntryCodec.marker(epoch));
            marker.whenComplete((done, failure) -> {
                if (failure == null) {
                    succeed(asked);
                } else {
                    fail(asked, told(failure));
                }
            });
        });
        return asked.stage;
    }

    boolean isOpen() {
        return opening.isOpen();
    }

    CompletableFuture<Void> snapshot() {
        Asked<Void> asked = new Asked<>();
        loop.execute(() -> {
            open.add(asked);
            wanted.add(failure -> {
                if (failure == null) {
                    succeed(asked);
                } else {
                    fail(asked, told(failure));
                }
            });
        });
        return asked.stage;
    }

    /** Those that this member makes. */
    OwnSnapshots snapshots() {
        return snapshots;
    }

    private ConsensusException told(@Nullable Throwable failure) {
        return EngineFailure.told(number, self, engine, failure);
    }

    private void succeed(Asked<Void> asked) {
        open.remove(asked);
        loop.complete(() -> asked.stage.complete(null));
    }

    private void fail(Asked<?> asked, ConsensusException why) {
        open.remove(asked);
        loop.complete(() -> asked.stage.completeExceptionally(why));
    }

    boolean leaseValid() {
        return leads && !off.contains(Guard.OWN_LEASE) && (isAlone() || lease.isValid());
    }

    long leaseLeftNanos() {
        return leaseValid() ? lease.leftNanos() : 0;
    }

    private boolean isAlone() {
        return engine.getEffectiveMembers().getVotingMembers().size() == 1;
    }

    GroupView view() {
        return GroupProgress.view(engine);
    }

    /** Whether this member may have forgotten things, and has not caught up yet. */
    boolean isSilent() {
        return silence.isOn();
    }

    /** Whether this member has led since it started, or has come to where a leader was. */
    boolean hasCaughtUp() {
        return caughtUp;
    }

    /** On the loop. */
    long applied() {
        return GroupProgress.applied(engine);
    }

    /** On the loop. */
    Consensus.Progress progress(List<Integer> members) {
        return GroupProgress.of(engine, members);
    }

    // Messages

    @Override
    public void send(RaftEndpoint target, RaftMessage message) {
        if (silence.keepsBack(message) || opening.keepsBack(message) || vote.keepsBack(message)) {
            return;
        }
        if (message instanceof AppendEntriesRequest request && news.keeps(request, counting)) {
            return;
        }
        int peer = Endpoint.of(target);
        accepted |= message instanceof AppendEntriesSuccessResponse;
        boolean isRequest = message instanceof AppendEntriesRequest || message instanceof InstallSnapshotRequest;
        // Pieces of a snapshot come from followers, too; what is told the leader after them must not carry their stamp.
        boolean mayRepeat = peer == answering || off.contains(Guard.SAME_PEER);
        RaftMessage sent = message instanceof AppendEntriesRequest request
                ? BoundedRequest.of(request, mostRequestBytes)
                : message;
        long last = message instanceof AppendEntriesFailureResponse ? Refusal.last(engine) : 0;
        outbox.add(peer, sent, isRequest ? lease.stamp() : mayRepeat ? answeringStamp : Lease.NONE, last);
    }

    @Override
    public boolean isReachable(RaftEndpoint endpoint) {
        return outbox.isConnected(Endpoint.of(endpoint));
    }

    void received(int peer, long connection, MessageCodec.Read read) {
        RaftMessage message = read.message();
        if (silence.keepsBack(message)) {
            return;
        }
        int term = engine.getTerm().getTerm();
        if (MessageCodec.isAnswer(message) && message.getTerm() < term && !off.contains(Guard.OLD_ANSWERS)) {
            // The engine would take it as one of this term: entries that the sender has lost since would count as kept
            // (Raft, section 5.4).
            return;
        }
        if (message instanceof InstallSnapshotRequest piece && !off.contains(Guard.LEADERS_SNAPSHOT)) {
            if (!piece.isSenderLeader()) {
                // From one that has just stopped leading.
                return;
            }
            source.from(peer, off.contains(Guard.ONE_PROCESS) ? 0 : connection, engine, piece);
        }
        if (message instanceof AppendEntriesSuccessResponse) {
            lease.answered(
                    peer,
                    message.getTerm(),
                    read.stamp(),
                    engine.getEffectiveMembers().getVotingMembers().size());
        }
        opening.received(message);
        answering = peer;
        answeringStamp = read.stamp();
        accepted = false;
        counting = message instanceof AppendEntriesSuccessResponse;
        try {
            BeforeVote.mend(engine, message);
            loop.call(() -> engine.handle(Refusal.understood(engine, message, read.last())));
            if (accepted && message instanceof AppendEntriesRequest request) {
                acceptedFromLeader(request);
            }
        } finally {
            answering = -1;
            answeringStamp = Lease.NONE;
            counting = false;
        }
    }

    private void acceptedFromLeader(AppendEntriesRequest request) {
        if (silence.isOn()) {
            silence.accepted(engine, request);
        }
        if (!caughtUp) {
            caughtUp = catchUp.accepted(engine, request);
        }
    }

    /** Takes no part any more. On the loop. */
    void close() {
        lease.end();
        leadingTerm = 0;
        follow();
        for (Asked<?> asked : List.copyOf(open)) {
            fail(
                    asked,
                    new ConsensusException(
                            Meaning.INDETERMINATE,
                            "group " + number + ": this node stopped before the outcome was known"));
        }
    }
}
