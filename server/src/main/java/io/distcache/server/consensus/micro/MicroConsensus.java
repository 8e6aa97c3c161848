package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.ConsensusConfig;
import io.distcache.server.consensus.Founding;
import io.distcache.server.consensus.GroupStore;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.Peers;
import io.distcache.server.consensus.Time;
import io.microraft.RaftConfig;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.persistence.RestoredRaftState;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All groups of a node on one loop, with MicroRaft as the engine. Thread-safe, as {@link Consensus} says. */
public final class MicroConsensus implements Consensus, Peers.Receiver {
    private static final Logger LOG = LoggerFactory.getLogger(MicroConsensus.class);
    /** The engine's shortest heartbeat. */
    private static final int ENGINE_HEARTBEAT_SECONDS = 1;
    /** How long a candidate waits for votes, in the engine's milliseconds: three heartbeats. */
    static final int ENGINE_VOTE_MILLIS = 3_000;

    /** What goes to a member at a time beside single entries that are longer: a frame has a limit. */
    private static final long MOST_REQUEST_BYTES = 1 << 20;

    private static final int NEVER_SECONDS = 100_000_000;

    private final ConsensusConfig config;
    private final Applier applier;
    private final Loop loop;
    private final Peers peers;
    private final GroupStore store;
    private final Random random;
    private final Set<Guard> off;
    private final EngineTime engineTime;
    private final EngineLoop engineLoop;
    private final Journal journal;
    private final Group[] groups;
    /** The newest connection that something has come on, by member. */
    private final long[] connections;

    private boolean started;

    /**
     * A node that has not started.
     *
     * @param random for epochs and elections; no two nodes, and no two starts of one, may draw the same
     */
    public MicroConsensus(
            ConsensusConfig config,
            Applier applier,
            Time time,
            Loop loop,
            Peers peers,
            GroupStore store,
            Random random) {
        this(config, applier, time, loop, peers, store, random, MOST_REQUEST_BYTES, Set.of());
    }

    /**
     * For tests: with guards turned off.
     *
     * @param mostRequestBytes of the entries that a member gets at a time; a longer one goes alone
     */
    MicroConsensus(
            ConsensusConfig config,
            Applier applier,
            Time time,
            Loop loop,
            Peers peers,
            GroupStore store,
            Random random,
            long mostRequestBytes,
            Set<Guard> off) {
        this.config = config;
        this.applier = applier;
        this.loop = loop;
        this.peers = peers;
        this.store = store;
        this.random = random;
        this.off = off;
        this.engineTime = new EngineTime(time, config.heartbeat().toMillis());
        this.journal = new Journal(store, config.syncEntries());
        Outbox outbox = new Outbox(peers, journal);
        this.engineLoop = new EngineLoop(loop, engineTime, journal, outbox, failure -> failed(applier, failure));
        this.connections = new long
                [config.members().stream().mapToInt(member -> member + 1).max().orElse(0)];
        this.groups = new Group[config.groups()];
        for (int i = 0; i < groups.length; i++) {
            Lease lease = new Lease(time, config.lease().toNanos(), !off.contains(Guard.CLOCK_DRIFT));
            groups[i] = new Group(
                    i,
                    new Endpoint(config.self()),
                    applier,
                    engineLoop,
                    outbox,
                    journal,
                    lease,
                    new Random(random.nextLong()),
                    mostRequestBytes,
                    config.pendingEntries(),
                    new Opening(config.founding(), !off.contains(Guard.AWAITED)),
                    off);
        }
    }

    @Override
    public void start() throws IOException {
        Restored[] before = new Restored[groups.length];
        Arrays.setAll(before, i -> new Restored());
        store.read(entry -> before[entry.group()].add(entry));
        boolean minded = !off.contains(Guard.SILENCE);
        // Who is alone has nobody to get it from, and told nobody.
        boolean forgot = minded && store.mayHaveForgotten() && config.members().size() > 1;
        boolean wasMember = false;
        for (int i = 0; i < groups.length; i++) {
            if (forgot) {
                before[i].forget(i, journal);
            }
            RestoredRaftState state = before[i].state();
            wasMember |= state != null;
            if (config.founding() == Founding.HERE && before[i].isEmpty()) {
                state = found(i);
            }
            groups[i].begin(
                    builder(i, state),
                    minded && before[i].isSilent(),
                    config.founding() == Founding.AWAITED && before[i].isOpen(journal));
        }
        // Before anything leaves.
        journal.flush();
        IOException failure = journal.failure();
        if (failure != null) {
            throw failure;
        }
        peers.receiver(this);
        Runnable takePart = () -> {
            started = true;
            for (Group group : groups) {
                group.start();
            }
            lookAfterElections();
        };
        if (wasMember && !off.contains(Guard.VOTE_DELAY)) {
            loop.schedule(takePart, config.electionTimeout().toNanos());
        } else {
            loop.execute(takePart);
        }
    }

    /** The group begins here. Nobody knows of it before the journal is flushed, so after a crash it begins again. */
    private RestoredRaftState found(int group) throws IOException {
        Restored founded = new Restored();
        FirstSnapshot.write(group, new Endpoint(config.self()), members(), applier, journal, entry -> {
            journal.append(entry);
            founded.add(entry);
        });
        return Objects.requireNonNull(founded.state());
    }

    private List<RaftEndpoint> members() {
        return config.members().stream().<RaftEndpoint>map(Endpoint::new).toList();
    }

    private void lookAfterElections() {
        for (Group group : groups) {
            group.lookAfterElection();
        }
        engineLoop.schedule(this::lookAfterElections, ENGINE_HEARTBEAT_SECONDS, TimeUnit.SECONDS);
    }

    private RaftNode.RaftNodeBuilder builder(int group, @Nullable RestoredRaftState state) {
        RaftNode.RaftNodeBuilder builder = RaftNode.newBuilder()
                .setConfig(engineConfig())
                .setStore(new GroupRecords(journal, group, groups[group].snapshots()))
                .setClock(engineTime)
                .setRandom(engineTime.chance(random.nextLong()));
        if (state != null) {
            return builder.setRestoredState(state);
        }
        return builder.setLocalEndpoint(new Endpoint(config.self())).setInitialGroupMembers(members());
    }

    private RaftConfig engineConfig() {
        long heartbeats =
                config.electionTimeout().toMillis() / config.heartbeat().toMillis();
        return RaftConfig.newBuilder()
                .setLeaderHeartbeatPeriodSecs(ENGINE_HEARTBEAT_SECONDS)
                .setLeaderHeartbeatTimeoutSecs(heartbeats * ENGINE_HEARTBEAT_SECONDS)
                .setLeaderElectionTimeoutMillis(ENGINE_VOTE_MILLIS)
                .setCommitCountToTakeSnapshot(config.snapshotEntries())
                .setAppendEntriesRequestBatchSize(config.batchEntries())
                .setMaxPendingLogEntryCount(
                        off.contains(Guard.ROOM)
                                ? config.pendingEntries()
                                : OwnSnapshots.room(config.snapshotEntries(), config.pendingEntries()))
                .setTransferSnapshotsFromFollowersEnabled(off.contains(Guard.LEADERS_SNAPSHOT))
                .setRaftNodeReportPublishPeriodSecs(NEVER_SECONDS)
                .build();
    }

    @Override
    public CompletionStage<Long> propose(int group, long epoch, byte[] entry) {
        return groups[group].propose(epoch, entry);
    }

    @Override
    public boolean leaseValid(int group) {
        return groups[group].leaseValid();
    }

    @Override
    public long leaseLeftNanos(int group) {
        return groups[group].leaseLeftNanos();
    }

    @Override
    public CompletionStage<Void> confirm(int group) {
        return groups[group].confirm();
    }

    @Override
    public CompletionStage<Void> transfer(int group, int member) {
        return groups[group].transfer(member);
    }

    @Override
    public CompletionStage<Void> open(int group) {
        return groups[group].open();
    }

    @Override
    public boolean isOpen(int group) {
        return groups[group].isOpen();
    }

    @Override
    public CompletionStage<Void> snapshot(int group) {
        return groups[group].snapshot();
    }

    @Override
    public GroupView view(int group) {
        return groups[group].view();
    }

    @Override
    public boolean isSilent(int group) {
        return groups[group].isSilent();
    }

    @Override
    public boolean hasCaughtUp(int group) {
        return groups[group].hasCaughtUp();
    }

    @Override
    public CompletionStage<Long> applied(int group) {
        CompletableFuture<Long> told = new CompletableFuture<>();
        loop.execute(() -> told.complete(groups[group].applied()));
        return told;
    }

    @Override
    public CompletionStage<Progress> progress(int group) {
        CompletableFuture<Progress> told = new CompletableFuture<>();
        loop.execute(() -> told.complete(groups[group].progress(config.members())));
        return told;
    }

    @Override
    public void received(int peer, long connection, byte[] frame) {
        engineLoop.execute(() -> {
            // The engine tells answers of different terms apart by their order only.
            if (!started || connection < connections[peer]) {
                return;
            }
            connections[peer] = connection;
            MessageCodec.Read read = MessageCodec.read(frame);
            groups[(Integer) read.message().getGroupId()].received(peer, connection, read);
        });
    }

    private void failed(Applier applier, IOException failure) {
        LOG.error(
                "Node {} takes no part in its groups any more: their log could not be written. See to the disk and start the node again.",
                config.self(),
                failure);
        closeGroups();
        applier.failed(failure);
    }

    @Override
    public void close() {
        loop.execute(() -> {
            engineLoop.close();
            closeGroups();
        });
    }

    private void closeGroups() {
        for (Group group : groups) {
            group.close();
        }
    }
}
