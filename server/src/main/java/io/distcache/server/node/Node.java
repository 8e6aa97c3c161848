package io.distcache.server.node;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.access.AccessControl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.dispatch.MemoryBound;
import io.distcache.server.dispatch.Replicas;
import io.distcache.server.frontdoor.wire.WireConfig;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.FileFailure;
import io.distcache.server.memory.Buffers;
import io.distcache.server.persistence.Followed;
import io.distcache.server.persistence.Persistence;
import io.distcache.server.persistence.Recovery;
import io.distcache.server.pool.Hints;
import io.distcache.server.pool.Ownership;
import io.distcache.server.pool.Pool;
import io.distcache.server.pool.PoolStore;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Budget;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Evictor;
import io.distcache.server.shard.OnceCache;
import io.distcache.server.shard.Partitioning;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.store.HeapRegion;
import io.distcache.server.store.KeyHasher;
import io.distcache.server.tls.NodeTls;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node: shards, caches and, if it listens, ports.
 *
 * <pre>
 *  new Node     takes the data directory; all parts are there, and none is at work
 *  listen       ports open; commands are refused with STARTING
 *  load         the data comes back; commands are taken
 *  close        ports first, the data directory last
 * </pre>
 *
 * <p>Thread-safe.
 */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    /** Of the heap that the store leaves; the rest is for the JVM, the collector and what is not counted. */
    private static final int BUFFERED_PERCENT_OF_ROOM = 50;

    private final int wantedFrameBytes;
    private final ServerConfig config;
    private final NodeClock clock;
    private final Lifecycle lifecycle = new Lifecycle(this::pushHealth);
    private final Identity identity;
    private final @Nullable Persistence persistence;
    private final @Nullable ReplicaPart member;
    private final Budget budget;
    private final Caches caches;
    private final Shards shards;
    private final AtomicLong tokens;
    private final Pool pool;
    private final AccessControl access;
    private final Dispatcher dispatcher;
    private final ExecutorService background;
    private final Housekeeping housekeeping;
    private final LoadMeter load;
    private final HealthReporter health;
    private final Ports ports;

    /**
     * A node that has its data directory, if it is to have one, but no data yet, and listens nowhere.
     *
     * @throws StartException if the directory is in use, or of a later version, or cannot be had
     */
    public Node(ServerConfig given, InstantSource time) {
        this(given, time, null);
    }

    /**
     * The same, which can become a member of a replicated pool.
     *
     * @param membership what it is to a replicated pool; null if it can be in none
     */
    public Node(ServerConfig given, InstantSource time, @Nullable PoolMembership membership) {
        this.wantedFrameBytes = given.server().maxFrameBytes();
        this.config = fitting(given);
        this.clock = NodeClock.of(time);
        // Milliseconds leave 20 bits: versions, ids and tokens of a later start are higher than any of an earlier one,
        // unless a shard changed over a thousand entries in every millisecond of its life. The bits are random, so that
        // two nodes of a pool that start at once differ in what begins there.
        long incarnation = clock.millis() << 20 | new SecureRandom().nextInt(1 << 20);
        this.identity = new Identity(
                config.node().name().isEmpty() ? "embedded" : config.node().name(), incarnation);
        this.budget = new Budget(
                config.store(),
                config.server().maxFrameBytes(),
                config.pool().maxHintBytes(config.store().maxBytes()));
        AcknowledgementBook acks = new AcknowledgementBook(config.lease().listenerLimit());
        this.access = openAccess();
        boolean isMember = isMember(membership);
        Persistence data = isMember || config.node().dataDir().isEmpty() ? null : openData();
        this.persistence = data;
        if (membership != null && !isMember) {
            membership.isNone();
        }
        Buffers buffers = new Buffers(
                config.server().maxBufferedBytes(),
                copies(config),
                HeapRegion::taken,
                data == null ? () -> 0 : data::unwrittenBytes);
        int count = isMember ? Routes.PARTITIONS : config.store().shards();
        // The order of scans: a walk goes on at the next leader, or at this node after a restart.
        KeyHasher hasher = membership != null && isMember
                ? membership.hasher()
                : data == null ? KeyHasher.ofProcess() : data.hasher();
        this.caches = new Caches(count, acks, data == null ? CommitLog.NONE : data, hasher);
        ReplicaPart part = membership == null || !isMember
                ? null
                : membership.open(
                        config,
                        clock,
                        caches,
                        incarnation,
                        routes -> ports().push(new Push.Routes(routes)),
                        lifecycle::readOnly);
        this.member = part;
        CommitLog log = part != null ? part.log() : data == null ? CommitLog.NONE : data;
        OnceCache once = new OnceCache(caches);
        Ownership ownership = new Ownership(new Hints(caches, config.pool().maxHints()));
        // Of a member they count from anywhere: a lease that one has given is asked for at others.
        this.tokens = new AtomicLong(part == null ? incarnation : new SecureRandom().nextLong());
        this.shards = new Shards(
                part == null ? Partitioning.INTERLEAVED : Partitioning.RANGES,
                count,
                i -> new Shard(
                        i,
                        count,
                        part == null ? incarnation : 0,
                        clock,
                        log,
                        config.lease(),
                        acks,
                        budget,
                        tokens,
                        part == null ? ownership : part.gate(i),
                        once));
        Evictor evictor = new Evictor(caches, shards, budget);
        this.background = Executors.newSingleThreadExecutor(task -> OwnThread.make(task, "distcache-background"));
        PoolStore store = data == null ? PoolStore.NONE : data;
        this.pool = new Pool(ownership, caches, shards, log, store, config.pool(), background, this::announce);
        this.dispatcher = new Dispatcher(
                caches,
                shards,
                evictor,
                acks,
                log,
                new OperatorCommands(lifecycle, data, part, membership, this::own, this::reload, background),
                pool,
                background,
                config.server().maxFrameBytes(),
                access,
                part == null ? Replicas.NONE : part);
        this.housekeeping = new Housekeeping(buffers, acks, pool, caches, shards, evictor, this::flush);
        this.ports = new Ports(
                config,
                dispatcher,
                clock,
                new MemoryBound(budget),
                buffers,
                this::hello,
                this::health,
                part != null ? part.door() : membership == null ? null : membership.door());
        this.load = new LoadMeter(dispatcher::operations, ports::takeLagNanos);
        this.health =
                new HealthReporter(lifecycle, identity, part == null ? () -> notReady(membership) : part::notReady);
        new Figures(clock, budget, ports, dispatcher, pool, access, load).name(health, buffers, acks, ownership, data);
        if (part != null) {
            part.figures().forEach(health::figure);
        }
    }

    /** With less heap beside the store than is to be buffered, less is buffered. */
    private static ServerConfig fitting(ServerConfig given) {
        long room = (Runtime.getRuntime().maxMemory() - given.store().maxBytes()) / 100 * BUFFERED_PERCENT_OF_ROOM;
        WireConfig fitting = given.server().fitting(room, copies(given));
        return new ServerConfig(
                given.node(),
                fitting,
                given.store(),
                given.lease(),
                given.expiry(),
                given.log().fitting(room),
                given.snapshot(),
                given.http(),
                given.pool(),
                given.resp(),
                given.memcached(),
                given.access());
    }

    /** A large request, the record made of it before others are evicted for it, and a copy for the log. */
    private static int copies(ServerConfig given) {
        return given.node().dataDir().isEmpty() ? 2 : 3;
    }

    private AccessControl openAccess() {
        try {
            return AccessControl.of(config.access(), config.server().authToken());
        } catch (IOException e) {
            throw new StartException("cannot use access.file: " + FileFailure.text(e), e);
        }
    }

    private Persistence openData() {
        try {
            return new Persistence(config, clock, lifecycle::readOnly);
        } catch (IOException e) {
            throw new StartException(
                    e instanceof FileSystemException
                            ? "cannot use the data directory " + config.node().dataDir() + ": " + FileFailure.text(e)
                            : FileFailure.text(e),
                    e);
        }
    }

    private boolean isMember(@Nullable PoolMembership membership) {
        String directory = config.node().dataDir();
        if (membership == null && !directory.isEmpty() && Files.exists(Path.of(directory, PoolMembership.FILE))) {
            throw new StartException("the data directory " + directory + " is that of a member of a replicated pool;"
                    + " start it with: bin/distcache server --data-dir DIR");
        }
        return membership != null && membership.begin(config);
    }

    private Ports ports() {
        return ports;
    }

    private String notReady(@Nullable PoolMembership membership) {
        String founds = membership == null ? "" : membership.notReady();
        return founds.isEmpty() ? pool.notReady() : founds;
    }

    private OwnNode own() {
        return new OwnNode() {
            @Override
            public ServerConfig config() {
                return config;
            }

            @Override
            public NodeClock clock() {
                return clock;
            }

            @Override
            public long entries() {
                return budget.entries();
            }

            @Override
            public Shards shards() {
                return shards;
            }

            @Override
            public Followed follow() throws IOException {
                Persistence data = persistence;
                if (data == null) {
                    throw new IOException("the node keeps its data in memory only");
                }
                return data.follow();
            }

            @Override
            public void connect(BiConsumer<Vertx, @Nullable NodeTls> connector) {
                ports.connect(connector);
            }

            @Override
            public void tell(Routes routes) {
                ports.push(new Push.Routes(routes));
            }

            @Override
            public void drain() {
                lifecycle.draining();
            }
        };
    }

    /**
     * Starts to listen.
     *
     * @return the address, {@code host:port}
     * @throws IllegalArgumentException if the address is open to others, and users or TLS are missing
     * @throws StartException if a port is taken or the address not this machine's
     */
    public String listen() throws InterruptedException {
        String address = ports.listen(opened -> {
            if (config.node().name().isEmpty()) {
                identity.isCalled(opened);
            }
        });
        if (member != null) {
            ports.connect(member::connect);
        }
        housekeeping.measure(load);
        housekeeping.watch(access::look);
        return address;
    }

    /**
     * Brings the data back, if there is a data directory, and takes commands from then on. Until it returns, front doors refuse
     * commands with STARTING and tell the progress.
     *
     * @param progress gets percent, now and then
     * @return one line that says what was loaded; empty without a data directory
     * @throws DamagedException if a file is damaged, and not by a crash
     * @throws IOException if a file cannot be read
     */
    public String load(IntConsumer progress) throws IOException {
        String found = "";
        Persistence data = persistence;
        if (data != null) {
            Recovery.Recovered recovered = data.recover(caches, shards, identity.incarnation(), percent -> {
                lifecycle.loading(percent);
                progress.accept(percent);
            });
            found = recovered.text();
            identity.incarnates(recovered.incarnation());
            tokens.set(recovered.incarnation());
        }
        if (member != null) {
            found = member.load(shards);
        }
        pool.restore(data == null ? null : data.poolFile());
        ports.makeCaches();
        housekeeping.makeRoom();
        lifecycle.loaded();
        housekeeping.start();
        if (ports.isListening()) {
            trimWhenIdle();
        }
        if (config.server().maxFrameBytes() < wantedFrameBytes) {
            LOG.info(
                    "requests of more than {} bytes are refused, before server.max-frame-bytes={}: the heap has {} bytes, of"
                            + " which the store takes {}",
                    config.server().maxFrameBytes(),
                    wantedFrameBytes,
                    Runtime.getRuntime().maxMemory(),
                    config.store().maxBytes());
        }
        return found;
    }

    private void trimWhenIdle() {
        housekeeping.trim(new IdleTrim(
                config.node().trimIdle(),
                config.node().trimMaxBytes(),
                dispatcher::operations,
                budget::bytes,
                System::gc,
                System::nanoTime));
    }

    /** How the node is now. */
    public HealthReport health() {
        return health.report();
    }

    /** Executes commands: of front doors, and of whoever is in the same process. */
    public Dispatcher dispatcher() {
        return dispatcher;
    }

    /** Sends what was changed on its way to the log. */
    void flush() {
        dispatcher.flush();
    }

    Hello.Node hello() {
        return new Hello.Node(
                Hello.VERSION,
                dispatcher.replicas().isReplicated() ? Hello.REPLICATED : 0,
                identity.name(),
                identity.incarnation(),
                config.server().maxFrameBytes(),
                config.server().maxInFlight(),
                config.lease().maxDuration().toMillis());
    }

    private Reply reload() {
        return Reload.now(access, ports.tls());
    }

    private void pushHealth() {
        ports.pushHealth();
    }

    private void announce(Membership membership) {
        ports.push(new Push.Members(membership));
    }

    /** Where health and metrics are told over HTTP; -1 if nowhere. */
    public int httpPort() {
        return ports.http();
    }

    /** Where clients of Redis are served; -1 if nowhere. */
    public int respPort() {
        return ports.resp();
    }

    /** Where clients of memcached are served; -1 if nowhere. */
    public int memcachedPort() {
        return ports.memcached();
    }

    /** Stops: takes no more clients and commands, answers what it has, ends the connections, keeps the data, frees threads. */
    @Override
    public void close() {
        if (member != null) {
            member.handOver();
        }
        lifecycle.draining();
        try {
            ports.close(this::flush);
            background.shutdownNow();
            housekeeping.end();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            access.close();
            if (persistence != null) {
                persistence.close();
            }
            if (member != null) {
                member.close();
            }
        }
    }

    /** After {@link #close}: which data could not be kept, and why, for the operator; null if all is on disk. */
    public @Nullable String unkept() {
        return member != null ? member.unkept() : persistence == null ? null : persistence.unkept();
    }
}
