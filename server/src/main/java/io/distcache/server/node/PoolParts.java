package io.distcache.server.node;

import io.distcache.protocol.OwnThread;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.consensus.Applier;
import io.distcache.server.consensus.Consensus;
import io.distcache.server.consensus.ConsensusConfig;
import io.distcache.server.consensus.Peers;
import io.distcache.server.consensus.Time;
import io.distcache.server.consensus.micro.MicroConsensus;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import io.distcache.server.log.LogConfig;
import io.distcache.server.log.SyncPolicy;
import io.distcache.server.pool.PoolConfig;
import io.distcache.server.replication.Layout;
import io.distcache.server.replication.PoolPlan;
import io.distcache.server.replication.Replication;
import io.distcache.server.replication.ReplicationConfig;
import io.distcache.server.replication.files.GroupFiles;
import io.distcache.server.replication.link.Address;
import io.distcache.server.replication.link.PeerLinks;
import io.distcache.server.replication.link.RaftLoop;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.ExpiryConfig;
import io.distcache.server.tls.NodeTls;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What takes part in the groups of a replicated pool, whatever a node does with what they agree on: files, thread, links and consensus, put
 * together and taken apart. Thread-safe.
 */
final class PoolParts {
    static final Duration ELECTION_TIMEOUT = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(PoolParts.class);
    private static final Duration HEARTBEAT = Duration.ofMillis(100);
    private static final int BATCH_ENTRIES = 64;
    private static final int PENDING_ENTRIES = 256;
    private static final long STOP_SECONDS = 5;
    private static final int PIECE_BYTES = 1 << 20;
    /** What an entry has beside a request that was at the limit. */
    private static final int MESSAGE_OVERHEAD = 4 << 20;

    private static final int HEAP_SHARE_OF_LOGS = 10;
    private static final long LEAST_LOG_BYTES = 4 << 20;

    /**
     * How much is done at a time.
     *
     * @param underWay how many entries of a group are under way
     * @param entryBytes from when on changes go into another entry
     * @param snapshotEntries after how many entries a group makes a snapshot
     */
    record Sizes(int underWay, int entryBytes, int snapshotEntries) {}

    private final PoolPlan plan;
    private final ServerConfig config;
    private final LogConfig log;
    private final DataDirectory directory;
    private final Sizes sizes;
    private final ExecutorService beside =
            Executors.newSingleThreadExecutor(task -> OwnThread.make(task, "distcache-snapshots"));
    private final GroupFiles files;
    private final RaftLoop loop = new RaftLoop();
    private final LatePeers peers = new LatePeers();
    private final Replication replication;
    private final Leaderships leaderships;

    /**
     * Opens the files; takes no part yet.
     *
     * @param directory which this gives back in the end, also if it throws
     * @param caches without any cache yet
     * @param incarnation of this start, unless the directory knows a higher one
     * @param log how the groups' log is written
     */
    PoolParts(
            PoolPlan plan,
            ServerConfig config,
            NodeClock clock,
            Caches caches,
            DataDirectory directory,
            long incarnation,
            LogConfig log,
            Sizes sizes)
            throws IOException {
        this.plan = plan;
        this.config = config;
        this.log = log;
        this.directory = directory;
        this.sizes = sizes;
        Layout layout = new Layout(plan.routes().groups());
        try {
            this.files = new GroupFiles(
                    directory,
                    log,
                    clock,
                    layout.consensusGroups(),
                    config.snapshot().keep(),
                    incarnation,
                    beside,
                    failure -> {});
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
        long logBytes = Math.max(
                LEAST_LOG_BYTES, Runtime.getRuntime().maxMemory() / HEAP_SHARE_OF_LOGS / layout.consensusGroups());
        ReplicationConfig wanted = new ReplicationConfig(
                layout,
                plan.self(),
                sizes.underWay,
                sizes.entryBytes,
                config.log().maxPendingBytes(),
                PIECE_BYTES,
                logBytes,
                ELECTION_TIMEOUT.multipliedBy(10),
                ELECTION_TIMEOUT,
                config.pool().reads() == PoolConfig.Reads.LEASE,
                config.expiry().touch() == ExpiryConfig.Touch.BUNDLED);
        this.replication = new Replication(wanted, clock, loop, peers, caches, this::engine, plan::nameOf);
        this.leaderships = new Leaderships(plan, replication, peers, loop);
    }

    private Consensus engine(Applier applier, Peers links) {
        ConsensusConfig how = new ConsensusConfig(
                plan.self(),
                IntStream.range(0, plan.members()).boxed().toList(),
                plan.routes().groups() + 1,
                HEARTBEAT,
                ELECTION_TIMEOUT,
                sizes.snapshotEntries,
                BATCH_ENTRIES,
                PENDING_ENTRIES,
                plan.founding(),
                log.sync() == SyncPolicy.ALWAYS);
        return new MicroConsensus(how, applier, new SystemTime(), loop, links, files, new SecureRandom());
    }

    /** That of this machine. */
    private static final class SystemTime implements Time {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }
    }

    GroupFiles files() {
        return files;
    }

    RaftLoop loop() {
        return loop;
    }

    LatePeers peers() {
        return peers;
    }

    Replication replication() {
        return replication;
    }

    Leaderships leaderships() {
        return leaderships;
    }

    /** The node listens: it can connect to the others. */
    void connect(Vertx vertx, @Nullable NodeTls tls) {
        List<Address> members = plan.routes().nodes().stream()
                .map(node -> new Address(node.host(), node.port()))
                .toList();
        PeerLinks links = new PeerLinks(
                vertx,
                plan.routes().pool(),
                plan.self(),
                members,
                plan.secret(),
                tls,
                loop,
                config.server().maxFrameBytes() + MESSAGE_OVERHEAD);
        peers.are(links);
        links.start();
    }

    /** What is done on the loop, and may fail. */
    @FunctionalInterface
    interface OnLoop<T> {
        T run() throws IOException;
    }

    /** Does something on the loop, and waits for it. */
    <T> T call(OnLoop<T> task) throws IOException {
        CompletableFuture<T> done = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                done.complete(task.run());
            } catch (IOException | RuntimeException e) {
                done.completeExceptionally(e);
            }
        });
        try {
            return done.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        }
    }

    private void endBeside() {
        beside.shutdown();
        try {
            if (!beside.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("a snapshot is still being written to {}; the next start removes it", directory.path());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * Ends, and gives the directory back.
     *
     * @return what could not be kept, or null
     */
    @Nullable
    String close() {
        peers.close();
        replication.close();
        CompletableFuture<@Nullable String> unkept = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                files.close();
                unkept.complete(null);
            } catch (IOException | RuntimeException e) {
                unkept.complete("the log of the node's groups could not be brought to disk when it stopped: "
                        + (e instanceof IOException io ? FileFailure.text(io) : e.toString())
                        + ". What it lacks it gets from the other members");
            }
        });
        String left = unkept.join();
        loop.close();
        endBeside();
        try {
            directory.close();
        } catch (IOException e) {
            LOG.warn("the lock of {} could not be given back: {}", directory.path(), FileFailure.text(e));
        }
        return left;
    }
}
