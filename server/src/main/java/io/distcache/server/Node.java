package io.distcache.server;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.server.command.CommandRouter;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.frontdoor.wire.WireServer;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Budget;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Evictor;
import io.distcache.server.shard.Shard;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One node: shards, caches and, if it listens, a front door. Thread-safe. */
public final class Node implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Node.class);
    private static final int TICK_MILLIS = 50;
    private static final int TRIM_TICK_MILLIS = 1000;
    private static final int START_TIMEOUT_SECONDS = 30;

    private final ServerConfig config;
    private final InstantSource clock;
    private final long incarnation;
    private final long startedMillis;
    private final Budget budget;
    private final Caches caches;
    private final List<Shard> shards = new ArrayList<>();
    private final Evictor evictor;
    private final AcknowledgementBook acks;
    private final CommandRouter router;
    private final ScheduledExecutorService housekeeping;
    private final ExecutorService background;
    private @Nullable Vertx vertx;
    private @Nullable WireServer wire;
    private volatile HealthReport.State state = HealthReport.State.SERVING;
    private volatile String name;

    /** A node that is ready for {@link #router()} but listens nowhere. */
    public Node(ServerConfig config, InstantSource clock) {
        this.config = config;
        this.clock = clock;
        this.startedMillis = clock.millis();
        // Milliseconds leave 20 bits: versions, ids and tokens of a later start are higher than any of an earlier one,
        // unless a shard changed over a thousand entries in every millisecond of its life.
        this.incarnation = startedMillis << 20;
        this.name = config.node().name().isEmpty() ? "embedded" : config.node().name();
        this.budget = new Budget(config.store());
        this.acks = new AcknowledgementBook(config.lease().listenerLimit());
        CommitLog log = CommitLog.NONE;
        int count = config.store().shards();
        this.caches = new Caches(count, incarnation, acks, log);
        AtomicLong tokens = new AtomicLong(incarnation);
        for (int i = 0; i < count; i++) {
            shards.add(new Shard(i, count, incarnation, clock, log, config.lease(), acks, budget, tokens));
        }
        this.evictor = new Evictor(caches, shards, budget);
        this.housekeeping = Executors.newSingleThreadScheduledExecutor(task -> daemon(task, "distcache-housekeeping"));
        this.background = Executors.newSingleThreadExecutor(task -> daemon(task, "distcache-background"));
        this.router = new CommandRouter(
                caches, shards, evictor, acks, background, config.server().maxFrameBytes());
        ScheduledFuture<?> unused =
                housekeeping.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    private static Thread daemon(Runnable task, String name) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        return thread;
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
        Vertx started = Vertx.vertx(new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(eventLoops())
                .setInternalBlockingPoolSize(1)
                .setWorkerPoolSize(1));
        vertx = started;
        String host = config.server().bind();
        IdleTrim trim = new IdleTrim(
                config.node().trimIdle(), config.node().trimMaxBytes(), router::operations, budget::bytes, System::gc);
        ScheduledFuture<?> unused = housekeeping.scheduleWithFixedDelay(
                trim::tick, TRIM_TICK_MILLIS, TRIM_TICK_MILLIS, TimeUnit.MILLISECONDS);
        WireServer server = new WireServer(started, config.server(), router, this::hello, this::health);
        wire = server;
        try {
            int port = server.listen(eventLoops()).await(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            String address = host + ":" + port;
            if (config.node().name().isEmpty()) {
                name = address;
            }
            return address;
        } catch (TimeoutException e) {
            throw new StartException(
                    "could not listen on " + host + ":" + config.server().port() + " within " + START_TIMEOUT_SECONDS
                            + " s",
                    e);
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

    private static String reason(Throwable failure) {
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
        WireServer server = wire;
        return new HealthReport(
                state,
                name,
                incarnation,
                clock.millis() - startedMillis,
                budget.entries(),
                budget.bytes(),
                budget.maxBytes(),
                server == null ? 0 : server.connections(),
                router.operations(),
                budget.evictions());
    }

    private void tick() {
        try {
            acks.sweep();
            for (Cache cache : caches.all()) {
                for (Shard shard : shards) {
                    shard.tick(cache);
                }
                // Writes that waited for a lease which time or a lost connection ended had nobody to make room after
                // them.
                evictor.makeRoom(cache, null);
            }
        } catch (RuntimeException e) {
            LOG.error("housekeeping failed; it goes on at the next tick", e);
        }
    }

    /** Stops: takes no more clients, ends the connections, frees threads. */
    @Override
    public void close() {
        state = HealthReport.State.DRAINING;
        WireServer server = wire;
        Vertx running = vertx;
        try {
            if (server != null) {
                server.close();
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
        }
    }
}
