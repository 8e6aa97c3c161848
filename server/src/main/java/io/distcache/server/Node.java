package io.distcache.server;

import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Membership;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.command.CommandRouter;
import io.distcache.server.command.Operations;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.frontdoor.http.HealthServer;
import io.distcache.server.frontdoor.wire.WireConfig;
import io.distcache.server.frontdoor.wire.WireServer;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.FileFailure;
import io.distcache.server.memory.Buffers;
import io.distcache.server.persistence.Persistence;
import io.distcache.server.persistence.Recovery;
import io.distcache.server.pool.Pool;
import io.distcache.server.pool.PoolStore;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Budget;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Evictor;
import io.distcache.server.shard.Hints;
import io.distcache.server.shard.OnceCache;
import io.distcache.server.shard.Ownership;
import io.distcache.server.shard.Session;
import io.distcache.server.shard.Shard;
import io.distcache.server.shard.Shards;
import io.distcache.server.store.HeapRegion;
import io.netty.util.internal.PlatformDependent;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.FileSystemException;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node: shards, caches and, if it listens, a front door. Thread-safe. */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final int TICK_MILLIS = 50;
    private static final int TRIM_TICK_MILLIS = 1000;
    private static final int RATE_TICK_MILLIS = 1000;
    private static final String VERSION =
            Objects.requireNonNullElse(Node.class.getPackage().getImplementationVersion(), "(not built into a jar)");
    private static final int START_TIMEOUT_SECONDS = 30;
    /** Of the heap that the store leaves; the rest is for the JVM, the collector and what is not counted. */
    private static final int BUFFERED_PERCENT_OF_ROOM = 50;

    private final int wantedFrameBytes;
    private final ServerConfig config;
    private final NodeClock clock;
    private volatile long incarnation;
    private final Budget budget;
    private final Buffers buffers;
    private final Caches caches;
    private final Shards shards;
    private final Evictor evictor;
    private final AcknowledgementBook acks;
    private final Ownership ownership;
    private final Pool pool;
    private final CommandRouter router;
    private final ScheduledExecutorService housekeeping;
    private final ExecutorService background;
    private final @Nullable Persistence persistence;
    private final AtomicLong tokens;
    private @Nullable Vertx vertx;
    private volatile @Nullable WireServer wire;
    private volatile HealthReport.State state = HealthReport.State.STARTING;
    private volatile String cause = "";
    private volatile int progressPercent;
    private volatile String name;
    private volatile long operationsPerSecond;
    private volatile long lagMicros;
    private long countedOperations;
    private @Nullable HealthServer http;
    private int httpPort = -1;
    private final Doors doors;

    /**
     * A node that has its data directory, if it is to have one, but no data yet, and listens nowhere.
     *
     * @throws StartException if the directory is in use, or of a later version, or cannot be had
     */
    public Node(ServerConfig config, InstantSource clock) {
        this.wantedFrameBytes = config.server().maxFrameBytes();
        this.config = fitting(config);
        this.clock = NodeClock.of(clock);
        // Milliseconds leave 20 bits: versions, ids and tokens of a later start are higher than any of an earlier one,
        // unless a shard changed over a thousand entries in every millisecond of its life. The bits are random, so that
        // two nodes of
        // a pool that start at once differ in what begins there.
        this.incarnation = this.clock.millis() << 20 | new SecureRandom().nextInt(1 << 20);
        this.name = config.node().name().isEmpty() ? "embedded" : config.node().name();
        this.buffers = new Buffers(
                this.config.server().maxBufferedBytes(), copies(config), HeapRegion::taken, this::unwrittenBytes);
        this.budget = new Budget(
                config.store(),
                this.config.server().maxFrameBytes(),
                config.pool().maxHintBytes(config.store().maxBytes()));
        this.acks = new AcknowledgementBook(config.lease().listenerLimit());
        this.persistence = config.node().dataDir().isEmpty() ? null : openData();
        CommitLog log = persistence == null ? CommitLog.NONE : persistence;
        int count = config.store().shards();
        this.caches = new Caches(count, acks, log);
        OnceCache once = new OnceCache(caches);
        this.ownership = new Ownership(new Hints(caches, config.pool().maxHints()));
        this.tokens = new AtomicLong(incarnation);
        this.shards = new Shards(
                count,
                i -> new Shard(
                        i, count, incarnation, this.clock, log, config.lease(), acks, budget, tokens, ownership, once));
        this.evictor = new Evictor(caches, shards, budget);
        this.housekeeping =
                Executors.newSingleThreadScheduledExecutor(task -> OwnThread.make(task, "distcache-housekeeping"));
        this.background = Executors.newSingleThreadExecutor(task -> OwnThread.make(task, "distcache-background"));
        PoolStore store = persistence == null ? PoolStore.NONE : persistence;
        this.pool = new Pool(ownership, caches, shards, log, store, config.pool(), background, this::announce);
        this.router = new CommandRouter(
                caches,
                shards,
                evictor,
                acks,
                log,
                new Operator(),
                pool,
                background,
                this.config.server().maxFrameBytes());
        this.doors = new Doors(this.config, router, buffers, this::health, this::nativeConnections);
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
                given.log().fitting(room),
                given.snapshot(),
                given.http(),
                given.pool(),
                given.resp(),
                given.memcached());
    }

    /** A large request, the record made of it before others are evicted for it, and a copy for the log. */
    private static int copies(ServerConfig given) {
        return given.node().dataDir().isEmpty() ? 2 : 3;
    }

    private long unwrittenBytes() {
        Persistence data = persistence;
        return data == null ? 0 : data.unwrittenBytes();
    }

    private int nativeConnections() {
        WireServer server = wire;
        return server == null ? 0 : server.connections();
    }

    private Persistence openData() {
        try {
            return new Persistence(config, clock, this::readOnly);
        } catch (IOException e) {
            throw new StartException(
                    e instanceof FileSystemException
                            ? "cannot use the data directory " + config.node().dataDir() + ": " + FileFailure.text(e)
                            : FileFailure.text(e),
                    e);
        }
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
            Recovery.Recovered recovered = data.recover(caches, shards, incarnation, percent -> {
                progressPercent = percent;
                progress.accept(percent);
            });
            found = recovered.text();
            incarnation = recovered.incarnation();
            tokens.set(incarnation);
        }
        pool.restore(data == null ? null : data.poolFile());
        doors.open();
        for (Cache cache : caches.all()) {
            // The bounds may be other ones than when it was written.
            evictor.makeRoom(cache, null);
        }
        flush();
        if (cause.isEmpty()) {
            state = HealthReport.State.SERVING;
        } else {
            state = HealthReport.State.READ_ONLY;
        }
        pushHealth();
        ScheduledFuture<?> unusedTick =
                housekeeping.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        if (wire != null) {
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
        IdleTrim trim = new IdleTrim(
                config.node().trimIdle(),
                config.node().trimMaxBytes(),
                router::operations,
                budget::bytes,
                System::gc,
                System::nanoTime);
        ScheduledFuture<?> unused = housekeeping.scheduleWithFixedDelay(
                trim::tick, TRIM_TICK_MILLIS, TRIM_TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    /** Sends what was changed on its way to the log. */
    void flush() {
        router.flush();
    }

    private void readOnly(@Nullable String why) {
        cause = why == null ? "" : why;
        if (state != HealthReport.State.STARTING && state != HealthReport.State.DRAINING) {
            state = why == null ? HealthReport.State.SERVING : HealthReport.State.READ_ONLY;
            pushHealth();
        }
    }

    private void pushHealth() {
        WireServer server = wire;
        if (server != null) {
            server.pushHealth();
        }
    }

    private void announce(Membership membership) {
        WireServer server = wire;
        if (server != null) {
            server.push(new Push.Members(membership));
        }
    }

    /** Executes commands of front doors. */
    CommandRouter router() {
        return router;
    }

    /**
     * Starts to listen.
     *
     * @return the address, {@code host:port}
     * @throws IllegalArgumentException if the address is open to others and no token is set
     * @throws StartException if the port is taken or the address not this machine's
     */
    public String listen() throws InterruptedException {
        refuseOpenAccess();
        doors.refuseOpenAccess();
        Vertx started = Vertx.vertx(new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(eventLoops())
                .setInternalBlockingPoolSize(1)
                .setWorkerPoolSize(1));
        vertx = started;
        String host = config.server().bind();
        WireServer server = new WireServer(started, config.server(), router, buffers, this::hello, this::health);
        wire = server;
        server.countWith(doors::connections);
        ScheduledFuture<?> unused = housekeeping.scheduleAtFixedRate(
                this::measure, RATE_TICK_MILLIS, RATE_TICK_MILLIS, TimeUnit.MILLISECONDS);
        try {
            int port = server.listen(eventLoops()).await(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            String address = host + ":" + port;
            if (config.node().name().isEmpty()) {
                name = address;
            }
            if (config.http().port() >= 0) {
                listenHttp(started, host);
            }
            doors.listen(started, doorLoops());
            return address;
        } catch (TimeoutException e) {
            throw new StartException(
                    "could not listen on " + host + ":" + config.server().port() + " within " + START_TIMEOUT_SECONDS
                            + " s",
                    e);
        } catch (StartException e) {
            throw e;
        } catch (Exception e) {
            if (e instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            throw new StartException(
                    "cannot listen on " + host + ":" + config.server().port() + ": " + reason(e)
                            + ". Choose another address with --bind or --port, or stop what uses it",
                    e);
        }
    }

    private void listenHttp(Vertx on, String host) throws InterruptedException {
        HealthServer server = new HealthServer(on, this::health);
        http = server;
        try {
            httpPort = server.listen(host, config.http().port()).await(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            if (e instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            throw new StartException(
                    "cannot listen for HTTP on " + host + ":" + config.http().port() + ": " + reason(e)
                            + ". Choose another port with http.port, or stop what uses it",
                    e);
        }
    }

    /** Where {@code GET /health} is answered; -1 if nowhere. */
    int httpPort() {
        return httpPort;
    }

    /** Where clients of Redis are served; -1 if nowhere. */
    int respPort() {
        return doors.respPort();
    }

    /** Where clients of memcached are served; -1 if nowhere. */
    int memcachedPort() {
        return doors.memcachedPort();
    }

    private void measure() {
        long operations = router.operations();
        operationsPerSecond = (operations - countedOperations) * 1000 / RATE_TICK_MILLIS;
        countedOperations = operations;
        WireServer server = wire;
        lagMicros = server == null ? 0 : Math.max(0, server.takeLagNanos() / 1000);
    }

    static String reason(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        return String.valueOf(root.getMessage());
    }

    private int eventLoops() {
        int configured = config.server().eventLoops();
        return configured > 0 ? configured : Runtime.getRuntime().availableProcessors();
    }

    /**
     * Clients of Redis and memcached have many connections, whose requests a loop takes together when it wakes up: one that is shared by
     * more of them costs less for each, and one processor is left to the system, the collector and the log. Measured on two, two loops
     * cost a third to a half more for each request than one, and answered fewer (docs/benchmarks.md).
     */
    private int doorLoops() {
        int configured = config.server().eventLoops();
        return configured > 0 ? configured : Math.max(1, eventLoops() - 1);
    }

    private void refuseOpenAccess() {
        String host = config.server().bind();
        boolean loopback;
        try {
            loopback = InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("server.bind is '" + host + "', which is no address of this machine", e);
        }
        if (!loopback
                && config.server().authToken().isEmpty()
                && !config.server().allowOpenAccess()) {
            throw new IllegalArgumentException("server.bind is " + host
                    + ", which other machines reach, but server.auth-token is not set; set a token, or"
                    + " server.allow-open-access=true to let everybody in");
        }
    }

    Hello.Node hello() {
        return new Hello.Node(
                Hello.VERSION,
                0,
                name,
                incarnation,
                config.server().maxFrameBytes(),
                config.server().maxInFlight(),
                config.lease().maxDuration().toMillis());
    }

    /** How the node is now. */
    public HealthReport health() {
        Persistence data = persistence;
        Runtime runtime = Runtime.getRuntime();
        return new HealthReport(
                state,
                cause,
                state == HealthReport.State.STARTING ? progressPercent : 0,
                name,
                incarnation,
                clock.runningMillis(),
                budget.entries(),
                budget.bytes(),
                budget.maxBytes(),
                doors.connections(),
                router.operations(),
                budget.evictions(),
                data == null ? 0 : data.unsyncedBytes(),
                data == null ? 0 : data.syncMicros(),
                data == null ? -1 : data.snapshotAgeMillis(),
                VERSION,
                router.hits(),
                router.misses(),
                operationsPerSecond,
                lagMicros,
                runtime.totalMemory() - runtime.freeMemory(),
                runtime.maxMemory(),
                Math.max(0, PlatformDependent.usedDirectMemory()),
                pool.membership().epoch(),
                ownership.hints().count(),
                pool.notReady(),
                buffers.bytes(),
                buffers.refusals(),
                acks.lateClients());
    }

    private void tick() {
        try {
            buffers.tick();
            acks.sweep();
            pool.tick();
            for (Cache cache : caches.all()) {
                for (Shard shard : shards) {
                    shard.tick(cache);
                }
                // Writes that waited for a lease which time or a lost connection ended had nobody to make room after
                // them.
                evictor.makeRoom(cache, null);
            }
            flush();
        } catch (RuntimeException | OutOfMemoryError e) {
            LOG.error("housekeeping failed; it goes on at the next tick", e);
        }
    }

    /** Stops: takes no more clients and commands, answers what it has, ends the connections, keeps the data, frees threads. */
    @Override
    public void close() {
        state = HealthReport.State.DRAINING;
        WireServer server = wire;
        Vertx running = vertx;
        try {
            doors.close(this::flush);
            if (server != null) {
                server.close(this::flush);
            }
            if (http != null) {
                http.close();
            }
            if (running != null) {
                running.close().await(10, TimeUnit.SECONDS);
            }
            background.shutdownNow();
            housekeeping.shutdown();
            if (!housekeeping.awaitTermination(5, TimeUnit.SECONDS)) {
                housekeeping.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            LOG.warn("the node's threads did not end within 10 s");
        } finally {
            if (persistence != null) {
                persistence.close();
            }
        }
    }

    /** After {@link #close}: which data could not be kept, and why, for the operator; null if all is on disk. */
    public @Nullable String unkept() {
        return persistence == null ? null : persistence.unkept();
    }

    /** What operators ask. */
    private final class Operator implements Operations {
        private final Reply.Failure draining = new Reply.Failure(Status.DRAINING, "the node is stopping");

        @Override
        public Reply.@Nullable Failure notReady() {
            return switch (state) {
                case SERVING, READ_ONLY -> null;
                case STARTING ->
                    new Reply.Failure(
                            Status.STARTING, "the node is loading its data, " + progressPercent + " % so far");
                case DRAINING -> draining;
            };
        }

        @Override
        public void snapshot(Consumer<Reply> responder) {
            withData(responder, data -> data.snapshot(responder));
        }

        @Override
        public void resume(Consumer<Reply> responder) {
            withData(responder, data -> data.resume(responder));
        }

        @Override
        public void backup(Session session, Consumer<Reply> responder) {
            withData(responder, data -> data.backup(session, responder));
        }

        @Override
        public void readBackup(Command.ReadBackup command, Session session, Consumer<Reply> responder) {
            withData(responder, data -> data.readBackup(command, session, responder));
        }

        private void withData(Consumer<Reply> responder, Consumer<Persistence> action) {
            Persistence data = persistence;
            Reply.Failure notReady = notReady();
            if (notReady != null) {
                responder.accept(notReady);
            } else if (data == null) {
                responder.accept(new Reply.Failure(
                        Status.BAD_REQUEST, "the node keeps its data in memory only; start it with --data-dir"));
            } else {
                action.accept(data);
            }
        }
    }
}
