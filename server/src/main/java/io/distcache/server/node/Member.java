package io.distcache.server.node;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.Status;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.Founding;
import io.distcache.server.consensus.GroupView;
import io.distcache.server.frontdoor.wire.PeerDoor;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import io.distcache.server.persistence.SnapshotBackups;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.replication.Replication;
import io.distcache.server.replication.files.ForgottenFiles;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Shards;
import io.distcache.server.shard.WriteGate;
import io.distcache.server.tls.NodeTls;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node as a member of its replicated pool: files, links, thread and consensus, put together and taken apart. Thread-safe.
 */
final class Member implements ReplicaPart, Replication.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Member.class);
    /**
     * One entry gathers what comes while the one before is under way: measured 2.4 times as many puts as with four (docs/benchmarks.md). A
     * replay of the log counts on it, too, to know what was agreed on.
     */
    private static final PoolParts.Sizes SIZES = new PoolParts.Sizes(1, 1 << 20, 1 << 16);

    private final PoolPlan plan;
    private final ServerConfig config;
    private final DataDirectory directory;
    private final Caches caches;
    private final NodeClock clock;
    private final PoolParts parts;
    private final Replication replication;
    private final Leaderships leaderships;
    private final LogCare care;
    private final PoolWatch watch;
    private final SnapshotBackups backups;
    private final Consumer<Routes> announce;
    private final Consumer<@Nullable String> onReadOnly;
    private volatile Routes routes;
    /** On the consensus loop, as the next one. */
    private boolean awaits;
    /** Whether it is in the node's file that it has not been there yet. */
    private boolean isNew;

    private volatile @Nullable String unkept;

    /**
     * Takes the data directory; takes no part yet.
     *
     * @param announce tells clients who leads what
     * @param onReadOnly told why the node takes no more changes
     */
    Member(
            PoolPlan plan,
            ServerConfig config,
            NodeClock clock,
            Caches caches,
            long incarnation,
            Consumer<Routes> announce,
            Consumer<@Nullable String> onReadOnly)
            throws IOException {
        this.plan = plan;
        this.config = config;
        this.caches = caches;
        this.clock = clock;
        this.announce = announce;
        this.onReadOnly = onReadOnly;
        this.routes = plan.routes();
        this.awaits = plan.founding() == Founding.AWAITED;
        Path path = Path.of(config.node().dataDir());
        FormerData.putAside(path);
        this.directory =
                DataDirectory.open(path, "process " + ProcessHandle.current().pid());
        try {
            prepare(path);
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
        this.parts = new PoolParts(plan, config, clock, caches, directory, incarnation, config.log(), SIZES);
        this.isNew = PoolPlan.isNew(path);
        if (!isNew) {
            parts.files().mustHaveLog();
        }
        this.replication = parts.replication();
        this.leaderships = parts.leaderships();
        this.backups = new SnapshotBackups(path);
        this.care = new LogCare(
                path,
                parts.files(),
                replication.consensus(),
                parts.loop(),
                plan.routes().groups() + 1);
        this.watch = new PoolWatch(
                plan, replication, parts.peers(), parts.loop(), parts.files(), PoolParts.ELECTION_TIMEOUT);
    }

    private void prepare(Path path) throws IOException {
        if (plan.founding() == Founding.BEGUN) {
            FoundersFiles.takeOver(path);
        } else {
            FoundersFiles.remove(path);
        }
        if (PoolPlan.isAnew(path)) {
            FoundersFiles.forget(path);
            plan.writeNew(path);
        }
    }

    @Override
    public CommitLog log() {
        return replication.log();
    }

    @Override
    public WriteGate gate(int shard) {
        return replication.gate(shard);
    }

    @Override
    public PeerDoor door() {
        return parts.peers();
    }

    @Override
    public void connect(Vertx vertx, @Nullable NodeTls tls) {
        parts.connect(vertx, tls);
    }

    @Override
    public String load(Shards shards) throws IOException {
        if (parts.files().mayHaveForgotten()) {
            LOG.warn(
                    "The machine went down while node {} was running, and log.sync={} does not promise that what it told the"
                            + " other members is on disk. It begins anew, and does not vote before it has got everything from"
                            + " them; until then what it had is kept in {}",
                    plan.nameOf(plan.self()),
                    config.log().sync().name().toLowerCase(Locale.ROOT),
                    ForgottenFiles.of(directory.path()));
        }
        parts.call(() -> {
            replication.start(shards, new SecureRandom().nextLong(), this);
            return true;
        });
        if (parts.files().isLost()) {
            LOG.warn(
                    "Node {} has been a member of its replicated pool, and there is no log in {} that says so. It begins anew,"
                            + " and does not vote before it has got everything from the other members",
                    plan.nameOf(plan.self()),
                    directory.path());
        }
        backups.of(new MemberCopy(replication, clock, caches, shards)::writeTo);
        leaderships.begin();
        care.begin();
        watch.begin();
        return "member " + plan.nameOf(plan.self()) + " of a replicated pool of " + plan.members() + " nodes and "
                + plan.routes().groups() + " groups";
    }

    // --- who leads

    @Override
    public void viewChanged() {
        if (awaits && IntStream.rangeClosed(0, groups()).allMatch(replication.consensus()::isOpen)) {
            founded();
        }
        watch.viewChanged();
        if (isNew && !awaits && IntStream.rangeClosed(0, groups()).anyMatch(this::isLed)) {
            isNew = false;
            // When what made the engine say so is on disk.
            parts.loop().execute(this::hasBeenThere);
        }
        List<Routes.Leader> leaders = new ArrayList<>();
        for (int group = 1; group <= plan.routes().groups(); group++) {
            GroupView view = replication.consensus().view(group);
            leaders.add(
                    new Routes.Leader(view.term(), view.leader() == GroupView.NOBODY ? Routes.NOBODY : view.leader()));
        }
        Routes before = routes;
        Routes now = new Routes(before.pool(), before.groups(), before.nodes(), leaders);
        if (!now.equals(before)) {
            routes = now;
            announce.accept(now);
        }
    }

    @Override
    public void failed(IOException cause) {
        onReadOnly.accept(FileFailure.text(cause));
    }

    @Override
    public Routes routes() {
        return routes;
    }

    @Override
    public void look(Consumer<List<Reply.Group>> told) {
        Consensus consensus = replication.consensus();
        List<CompletableFuture<Consensus.Progress>> all = IntStream.rangeClosed(0, groups())
                .mapToObj(group -> consensus.progress(group).toCompletableFuture())
                .toList();
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).thenRun(() -> {
            List<Reply.Group> groups = new ArrayList<>();
            for (int group = 0; group < all.size(); group++) {
                GroupView view = consensus.view(group);
                Consensus.Progress progress = all.get(group).join();
                groups.add(new Reply.Group(view.term(), view.leader(), progress.last(), progress.behind()));
            }
            told.accept(groups);
        });
    }

    @Override
    public boolean isReplicated() {
        return true;
    }

    @Override
    public int groups() {
        return plan.routes().groups();
    }

    @Override
    public boolean leads(int group) {
        return replication.leads(group);
    }

    @Override
    public int groupOf(int shard) {
        return plan.routes().groupOfPartition(shard);
    }

    @Override
    public int firstShard(int group) {
        return replication.layout().firstOfKeys(group);
    }

    @Override
    public int endShard(int group) {
        return replication.layout().firstOfKeys(group + 1);
    }

    @Override
    public Reply.@Nullable Failure staleRefusal(int group) {
        return replication.staleRefusal(group);
    }

    @Override
    public Reply.@Nullable Failure staleRefusalOfCaches() {
        return replication.staleRefusalOfCaches();
    }

    // --- caches

    @Override
    public CompletionStage<Opened> open(CacheDefinition definition) {
        return replication.open(definition).thenApply(opened -> new Opened(opened.cache(), opened.created()));
    }

    @Override
    public CompletionStage<Boolean> destroy(String namespace, String name) {
        return replication.destroy(namespace, name);
    }

    @Override
    public CompletionStage<Void> catchUp() {
        return replication.catchUp();
    }

    // --- operators, and the end

    @Override
    public Map<Figure, LongSupplier> figures() {
        return watch.figures();
    }

    /** It is on disk from now on that the pool is there, whatever becomes of the log that says so. */
    private void founded() {
        try {
            plan.founded().write(directory.path());
            awaits = false;
        } catch (IOException e) {
            LOG.warn("it could not be noted in {} that the pool is there: {}", directory.path(), FileFailure.text(e));
        }
    }

    private boolean isLed(int group) {
        return replication.consensus().view(group).leader() != GroupView.NOBODY;
    }

    /** From now on a start without a log knows that there must be one. */
    private void hasBeenThere() {
        if (plan.founding() != Founding.EMPTY) {
            // The other kinds are noted when the pool is there.
            return;
        }
        try {
            plan.write(directory.path());
        } catch (IOException e) {
            LOG.warn(
                    "it could not be noted in {} that this member has been there: {}",
                    directory.path(),
                    FileFailure.text(e));
        }
    }

    /** Whether the pool's first member has not said yet that there is a pool. */
    boolean isAwaiting() {
        return IntStream.rangeClosed(0, groups())
                .noneMatch(group -> replication.consensus().isOpen(group));
    }

    @Override
    public String notReady() {
        if (plan.founding() == Founding.AWAITED && isAwaiting()) {
            return HealthReport.AWAITS_FOUNDER;
        }
        String lacks = care.notReady();
        return lacks.isEmpty() ? leaderships.notReady() : lacks;
    }

    @Override
    public void snapshot(Consumer<Reply> responder) {
        CompletableFuture<?>[] all = IntStream.rangeClosed(0, plan.routes().groups())
                .mapToObj(group -> replication.consensus().snapshot(group).toCompletableFuture())
                .toArray(CompletableFuture[]::new);
        CompletableFuture.allOf(all)
                .whenComplete((done, failure) -> responder.accept(
                        failure == null
                                ? new Reply.Files(List.of())
                                : new Reply.Failure(
                                        Status.INTERNAL, "not all groups have a new snapshot: " + failure)));
    }

    @Override
    public SnapshotBackups backups() {
        return backups;
    }

    @Override
    public void handOver() {
        leaderships.handOver();
    }

    @Override
    public void close() {
        backups.close();
        care.end();
        watch.end();
        unkept = parts.close();
    }

    @Override
    public @Nullable String unkept() {
        return unkept;
    }
}
