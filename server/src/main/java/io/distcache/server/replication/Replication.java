package io.distcache.server.replication;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Reply;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.Loop;
import io.distcache.server.consensus.Peers;
import io.distcache.server.consensus.Role;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Shards;
import io.distcache.server.shard.WriteGate;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A node's part in its replicated pool: put together here, so that a test can give it another disk, network and time.
 *
 * <pre>
 *  shards -> GroupLog -> Consensus -> ReplicatedStore -> shards
 *                           |
 *                  Meta -> CacheTable
 * </pre>
 *
 * <p>Thread-safe.
 */
public final class Replication implements AutoCloseable {
    /** What is agreed on goes on to the store, which is there a little later than the consensus. */
    private static final class Later implements Applier {
        private @Nullable Applier store;

        private Applier store() {
            Applier there = store;
            if (there == null) {
                throw new IllegalStateException("the node has not started");
            }
            return there;
        }

        @Override
        public void apply(int group, long index, long epoch, byte[] entry) {
            store().apply(group, index, epoch, entry);
        }

        @Override
        public void role(int group, Role role, int term, long epoch) {
            store().role(group, role, term, epoch);
        }

        @Override
        public void viewChanged(int group) {
            Applier there = store;
            if (there != null) {
                there.viewChanged(group);
            }
        }

        @Override
        public void snapshot(int group, long index, Consumer<Supplier<byte[]>> pieces) {
            store().snapshot(group, index, pieces);
        }

        @Override
        public void install(int group, long index, Iterable<byte[]> pieces) {
            store().install(group, index, pieces);
        }

        @Override
        public void failed(IOException cause) {
            store().failed(cause);
        }
    }

    /** Hears when it may be another node that leads a group, and when the disk fails; on the consensus loop. */
    public interface Listener {
        void viewChanged();

        void failed(IOException cause);
    }

    private final ReplicationConfig config;
    private final NodeClock clock;
    private final Loop loop;
    private final MetaPeers peers;
    private final Later applier = new Later();
    private final CacheTable caches;
    private final Consensus consensus;
    private final GroupLog log;
    private final Leaderless leaderless;
    private @Nullable Meta meta;
    private @Nullable ReplicatedStore ofShards;

    /**
     * A node that has not started.
     *
     * @param caches without any cache yet
     * @param engine makes the consensus of what it calls, and of the connections to the other nodes
     * @param nameOfMember how people call a member
     */
    public Replication(
            ReplicationConfig config,
            NodeClock clock,
            Loop loop,
            Peers peers,
            Caches caches,
            BiFunction<Applier, Peers, Consensus> engine,
            IntFunction<String> nameOfMember) {
        this.config = config;
        this.clock = clock;
        this.loop = loop;
        this.peers = new MetaPeers(peers);
        this.caches = new CacheTable(caches);
        this.consensus = engine.apply(applier, this.peers);
        this.log = new GroupLog(
                config.layout(),
                consensus,
                this.caches,
                clock,
                config.maxUnderWay(),
                config.maxEntryBytes(),
                config.maxPendingBytes(),
                config.leases(),
                config.bundlesTouches(),
                nameOfMember);
        this.leaderless = new Leaderless(
                consensus::view,
                consensus::hasCaughtUp,
                config.layout().consensusGroups(),
                clock::passedNanos,
                config.electionPatience(),
                nameOfMember);
    }

    /** By which the shards commit. */
    public CommitLog log() {
        return log;
    }

    /** Lets a shard be changed while this node leads its group. */
    public WriteGate gate(int shard) {
        return new LeadersGate(log, config.layout().of(shard));
    }

    /** What the pool begins with at its founder; nothing yet. Files are in a folder that is made. */
    public FirstState firstState(Path folder) {
        return new FirstState(config.layout(), caches, config.pieceBytes(), folder);
    }

    /**
     * Founds the pool: this node leads all groups, which begin with a state, and is asked to ship what comes to that.
     *
     * @param shards of the node as it was before the pool; nothing of them changes
     * @param process random: differs from that of every other process of the pool
     * @param first what the groups begin with, read already
     * @param millis about when that was
     */
    public Shipping found(Shards shards, long process, FirstState first, long millis, Listener listener)
            throws IOException {
        Meta made = meta(shards, process, millis);
        applier.store = new FoundersStore(made, log, first, millis, listener);
        consensus.start();
        return new Shipping(log, made, first);
    }

    private Meta meta(Shards shards, long process, long beginMillis) {
        Meta made = new Meta(
                config.self(),
                process,
                config.patience(),
                consensus,
                loop,
                clock,
                peers::send,
                caches,
                shards,
                beginMillis);
        meta = made;
        peers.meta(made);
        return made;
    }

    /** Whether this node leads all groups. */
    public boolean leadsAll() {
        return IntStream.range(0, config.layout().consensusGroups()).allMatch(this::leadsGroup);
    }

    /**
     * Brings back what this node knew, and takes part.
     *
     * @param shards which commit by {@link #log}, without entries
     * @param process random: differs from that of every other process of the pool
     * @param listener hears of what changes, on the consensus loop
     * @throws IOException if the disk cannot be read, or has what no node of this pool can have written
     */
    public void start(Shards shards, long process, Listener listener) throws IOException {
        Meta made = meta(shards, process, 0);
        ReplicatedStore store = new ReplicatedStore(
                config.layout(),
                shards,
                caches,
                clock,
                log,
                made,
                config.pieceBytes(),
                config.maxLogBytes(),
                new ReplicatedStore.Listener() {
                    @Override
                    public void viewChanged() {
                        leaderless.viewChanged();
                        listener.viewChanged();
                    }

                    @Override
                    public void snapshotDue(int group) {
                        CompletionStage<Void> unused = consensus.snapshot(group);
                    }

                    @Override
                    public void failed(IOException cause) {
                        log.failed(String.valueOf(cause.getMessage()));
                        listener.failed(cause);
                    }
                });
        ofShards = store;
        applier.store = store;
        consensus.start();
    }

    private Meta meta() {
        Meta made = meta;
        if (made == null) {
            throw new IllegalStateException("the node has not started");
        }
        return made;
    }

    /** The cache of a name, and whether this made it. Fails with {@link io.distcache.server.shard.RefusedException} if no majority is in reach. */
    public CompletionStage<Opened> open(CacheDefinition definition) {
        return meta().open(definition)
                .thenApply(done -> new Opened(Objects.requireNonNull(done.cache()), done.changed()));
    }

    /** A cache, and whether asking for it made it. */
    public record Opened(Cache cache, boolean created) {}

    /** Destroys a cache; tells whether it was there. */
    public CompletionStage<Boolean> destroy(String namespace, String name) {
        return meta().destroy(namespace, name).thenApply(Meta.Done::changed);
    }

    /** Completes when this node knows all caches that anybody had been told of before the call. */
    public CompletionStage<Void> catchUp() {
        return meta().catchUp().thenAccept(done -> {});
    }

    /** The sources of what is told of its changes and of who waits. Called by any thread, as they are. */
    public Map<Figure, LongSupplier> figures() {
        return log.figures();
    }

    public Consensus consensus() {
        return consensus;
    }

    public Layout layout() {
        return config.layout();
    }

    /** Whether this node executes the commands of a group of keys, from 0 on. */
    public boolean leads(int group) {
        return log.leadsGroup(group + 1);
    }

    /** Why what this node has of a group of keys, from 0 on, is not to be shown to who may see something old; null if it is. */
    public Reply.@Nullable Failure staleRefusal(int group) {
        return leaderless.refusal(group + 1);
    }

    /** Why which caches this node knows is not to be shown to such; null if it is. */
    public Reply.@Nullable Failure staleRefusalOfCaches() {
        return leaderless.refusal(Layout.META);
    }

    /** Whether this node leads a group of the consensus, 0 being the one that knows the caches. */
    public boolean leadsGroup(int group) {
        return group == Layout.META ? meta().leads() : log.leadsGroup(group);
    }

    /** Takes no more changes of a group of the consensus, until it leads it anew; what it has begun goes on. */
    public void pause(int group) {
        if (group != Layout.META) {
            log.pause(group);
        }
    }

    /** Whether nothing that this node has proposed in a group of the consensus is under way. */
    public boolean isIdle(int group) {
        return group == Layout.META || log.isIdle(group);
    }

    /** The highest id that a cache has or had, as far as this node knows. */
    public long lastCacheId() {
        return caches.lastId();
    }

    // --- for what a stopped member holds, when there is no pool any more

    /**
     * Gives names to caches of which the groups of keys speak and the group that knows the caches does not, yet. On the consensus loop.
     *
     * @return the highest id that a cache has or had
     */
    public long nameAll(Shards shards) {
        caches.nameAll(shards);
        return caches.lastId();
    }

    /** The newest time of a leader that was applied; on the consensus loop. */
    public long newestMillis() {
        ReplicatedStore there = ofShards;
        return there == null ? 0 : there.newestMillis();
    }

    @Override
    public void close() {
        consensus.close();
    }
}
