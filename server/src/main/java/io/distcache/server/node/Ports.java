package io.distcache.server.node;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Hello;
import io.distcache.protocol.Push;
import io.distcache.protocol.tls.UnusableFileException;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.dispatch.MemoryBound;
import io.distcache.server.frontdoor.ConnectionLimit;
import io.distcache.server.frontdoor.http.HealthServer;
import io.distcache.server.frontdoor.wire.PeerDoor;
import io.distcache.server.frontdoor.wire.WireServer;
import io.distcache.server.memory.Buffers;
import io.distcache.server.tls.NodeTls;
import io.distcache.server.tls.Switch;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a node listens: for DistCache's own clients, for health checks over HTTP, and through its {@link Doors}. They share one
 * Vert.x with its event loops. A node that an application embeds has them too, and opens none. Thread-safe.
 */
final class Ports {
    private static final Logger LOG = LoggerFactory.getLogger(Ports.class);
    private static final int START_TIMEOUT_SECONDS = 30;
    private static final int STOP_TIMEOUT_SECONDS = 10;

    private final ServerConfig config;
    private final Dispatcher dispatcher;
    private final NodeClock clock;
    private final Buffers buffers;
    private final Supplier<Hello.Node> hello;
    private final Supplier<HealthReport> health;
    private final ConnectionLimit connections;
    private final Doors doors;
    private final @Nullable PeerDoor peers;
    private volatile @Nullable Vertx vertx;
    private volatile @Nullable NodeTls tls;
    private volatile @Nullable WireServer wire;
    private volatile @Nullable HealthServer http;
    private volatile int httpPort = -1;

    Ports(
            ServerConfig config,
            Dispatcher dispatcher,
            NodeClock clock,
            MemoryBound memoryBound,
            Buffers buffers,
            Supplier<Hello.Node> hello,
            Supplier<HealthReport> health,
            @Nullable PeerDoor peers) {
        this.config = config;
        this.dispatcher = dispatcher;
        this.clock = clock;
        this.buffers = buffers;
        this.hello = hello;
        this.health = health;
        this.peers = peers;
        this.connections = new ConnectionLimit(config.server().maxConnections());
        this.doors = new Doors(config, dispatcher, clock, memoryBound, buffers, health, connections);
    }

    /** Makes the caches that clients of some doors find when they come. */
    void makeCaches() {
        doors.open();
    }

    /**
     * Starts to listen wherever that is configured.
     *
     * @param opened told the address as soon as DistCache's own clients can come
     * @return the address for DistCache's own clients, {@code host:port}
     * @throws IllegalArgumentException if the address is open to others, and users or TLS are missing, or TLS is on without a certificate
     * @throws StartException if a port is taken or the address not this machine's
     */
    String listen(Consumer<String> opened) throws InterruptedException {
        Exposure.check(config, dispatcher.access().isOpen());
        NodeTls read = anyTls() ? readTls() : null;
        tls = read;
        Vertx started = Vertx.vertx(new VertxOptions()
                .setPreferNativeTransport(true)
                .setEventLoopPoolSize(eventLoops())
                .setInternalBlockingPoolSize(1)
                .setWorkerPoolSize(1));
        vertx = started;
        if (read != null) {
            keepLooking(started, read);
        }
        String host = config.server().bind();
        NodeTls wireTls = config.server().tls().on() == Switch.ON ? read : null;
        WireServer server =
                new WireServer(started, config.server(), connections, dispatcher, buffers, hello, health, wireTls);
        wire = server;
        PeerDoor door = peers;
        if (door != null) {
            server.peers(door);
        }
        try {
            int port = server.listen(eventLoops()).await(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            String address = host + ":" + port;
            opened.accept(address);
            if (config.http().port() >= 0) {
                listenHttp(started, host, read);
            }
            doors.listen(started, doorLoops(), read);
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
                    "cannot listen on " + host + ":" + config.server().port() + ": " + StartException.reason(e)
                            + ". Choose another address with --bind or --port, or stop what uses it",
                    e);
        }
    }

    /** Whether any port speaks TLS. */
    private boolean anyTls() {
        Switch server = config.server().tls().on();
        return server == Switch.ON
                || (config.http().port() >= 0 && config.http().tls().isOn(server))
                || (config.resp().port() >= 0 && config.resp().tls().isOn(server))
                || (config.memcached().port() >= 0 && config.memcached().tls().isOn(server));
    }

    private NodeTls readTls() {
        try {
            return new NodeTls(config.server().tls(), config.server().handshakeTimeout(), clock::millis);
        } catch (UnusableFileException e) {
            throw new StartException(String.valueOf(e.getMessage()), e);
        }
    }

    /** Gives what connects to other nodes what it needs, once this node listens: TLS if the port for clients speaks it. */
    void connect(BiConsumer<Vertx, @Nullable NodeTls> connector) {
        Vertx on = vertx;
        if (on != null) {
            connector.accept(on, config.server().tls().on() == Switch.ON ? tls : null);
        }
    }

    private static void keepLooking(Vertx on, NodeTls tls) {
        on.setPeriodic(tls.interval().toMillis(), timer -> {
            try {
                on.executeBlocking(() -> {
                            tls.look();
                            return true;
                        })
                        .onFailure(e -> {
                            // Else the node stops, as below.
                            if (!(e instanceof RejectedExecutionException)) {
                                LOG.error("the files of TLS could not be looked at", e);
                            }
                        });
            } catch (RejectedExecutionException e) {
                // The node stops, and its threads have ended already.
            }
        });
    }

    private void listenHttp(Vertx on, String host, @Nullable NodeTls read) throws InterruptedException {
        boolean encrypts = config.http().tls().isOn(config.server().tls().on());
        HealthServer server = new HealthServer(on, health, dispatcher.access(), encrypts ? read : null);
        http = server;
        try {
            httpPort = server.listen(host, config.http().port()).await(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (Exception e) {
            if (e instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            throw new StartException(
                    "cannot listen for HTTP on " + host + ":" + config.http().port() + ": " + StartException.reason(e)
                            + ". Choose another port with http.port, or stop what uses it",
                    e);
        }
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

    /** Whether the node listens, or has tried to. */
    boolean isListening() {
        return wire != null;
    }

    /** Where health and metrics are told over HTTP; -1 if nowhere. */
    int http() {
        return httpPort;
    }

    /** Where clients of Redis are served; -1 if nowhere. */
    int resp() {
        return doors.respPort();
    }

    /** Where clients of memcached are served; -1 if nowhere. */
    int memcached() {
        return doors.memcachedPort();
    }

    /** What encrypts connections; null if the node speaks TLS nowhere. */
    @Nullable
    NodeTls tls() {
        return tls;
    }

    /** Clients connected now, through all of them. */
    int connections() {
        return connections.count();
    }

    /** Days until the node's certificate expires, a begun one included; negative since it has, 0 without TLS. */
    long certificateDays() {
        NodeTls now = tls;
        return now == null ? 0 : now.daysLeft();
    }

    /** How late event loops were since this was asked last, at most. */
    long takeLagNanos() {
        WireServer server = wire;
        return server == null ? 0 : server.takeLagNanos();
    }

    /** Tells DistCache's own clients how the node is. */
    void pushHealth() {
        WireServer server = wire;
        if (server != null) {
            server.pushHealth();
        }
    }

    /** Tells DistCache's own clients something. */
    void push(Push push) {
        WireServer server = wire;
        if (server != null) {
            server.push(push);
        }
    }

    /** Takes no new clients, answers what it has, and ends the connections. */
    void close(Runnable flush) throws InterruptedException {
        WireServer server = wire;
        HealthServer health = http;
        Vertx running = vertx;
        doors.close(flush);
        if (server != null) {
            server.close(flush);
        }
        if (health != null) {
            health.close();
        }
        if (running != null) {
            try {
                running.close().await(STOP_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                LOG.warn("the node's threads did not end within {} s", STOP_TIMEOUT_SECONDS);
            }
        }
    }
}
