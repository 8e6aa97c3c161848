package io.distcache.server.node;

import io.distcache.protocol.HealthReport;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.dispatch.MemoryBound;
import io.distcache.server.frontdoor.ConnectionLimit;
import io.distcache.server.frontdoor.memcached.MemcachedDoor;
import io.distcache.server.frontdoor.resp.RespDoor;
import io.distcache.server.frontdoor.stream.StreamLimits;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.distcache.server.memory.Buffers;
import io.distcache.server.tls.DoorTls;
import io.distcache.server.tls.NodeTls;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The node's doors for clients that are not DistCache's own. Thread-safe once it listens. */
final class Doors {
    private static final int START_TIMEOUT_SECONDS = 30;

    private final ServerConfig config;
    private final Dispatcher dispatcher;
    private final Buffers buffers;
    private final ConnectionLimit connections;
    private final StreamLimits limits;
    private final @Nullable RespDoor respDoor;
    private final @Nullable MemcachedDoor memcachedDoor;
    private volatile @Nullable StreamServer resp;
    private volatile @Nullable StreamServer memcached;

    Doors(
            ServerConfig config,
            Dispatcher dispatcher,
            NodeClock clock,
            MemoryBound memoryBound,
            Buffers buffers,
            Supplier<HealthReport> health,
            ConnectionLimit connections) {
        this.config = config;
        this.dispatcher = dispatcher;
        this.buffers = buffers;
        this.connections = connections;
        this.limits = new StreamLimits(
                config.server().maxFrameBytes(),
                config.server().maxInFlight(),
                config.server().outputLimitBytes(),
                config.server().maxConnections(),
                config.server().peerTimeout(),
                config.server().handshakeTimeout());
        this.respDoor = config.resp().port() < 0
                ? null
                : new RespDoor(config.resp(), limits, dispatcher, clock, memoryBound, health);
        this.memcachedDoor = config.memcached().port() < 0
                ? null
                : new MemcachedDoor(RespDoor.definition(config.memcached().cache()), limits, dispatcher, clock, health);
    }

    /** Makes the caches that clients find when they come. */
    void open() {
        if (respDoor != null) {
            respDoor.open();
        }
        if (memcachedDoor != null) {
            memcachedDoor.open();
        }
    }

    /**
     * Starts to listen where that is configured.
     *
     * @param tls encrypts the connections of doors that speak TLS; null if none does
     * @throws StartException if a port is taken
     */
    void listen(Vertx vertx, int eventLoops, @Nullable NodeTls tls) throws InterruptedException {
        if (respDoor != null) {
            resp = listen(
                    vertx,
                    eventLoops,
                    respDoor,
                    config.resp().port(),
                    "resp.port",
                    of(config.resp().tls(), tls));
        }
        if (memcachedDoor != null) {
            memcached = listen(
                    vertx,
                    eventLoops,
                    memcachedDoor,
                    config.memcached().port(),
                    "memcached.port",
                    of(config.memcached().tls(), tls));
        }
    }

    private @Nullable NodeTls of(DoorTls door, @Nullable NodeTls tls) {
        return door.isOn(config.server().tls().on()) ? tls : null;
    }

    private StreamServer listen(
            Vertx vertx,
            int eventLoops,
            StreamServer.Protocol protocol,
            int port,
            String setting,
            @Nullable NodeTls tls)
            throws InterruptedException {
        StreamServer server = new StreamServer(vertx, dispatcher, buffers, limits, protocol, connections, tls);
        String host = config.server().bind();
        try {
            server.listen(host, port, eventLoops).await(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return server;
        } catch (Exception e) {
            if (e instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            throw new StartException(
                    "cannot listen on " + host + ":" + port + ": " + StartException.reason(e)
                            + ". Choose another port with " + setting + ", or stop what uses it",
                    e);
        }
    }

    /** Where clients of Redis are served; -1 if nowhere. */
    int respPort() {
        StreamServer server = resp;
        return server == null ? -1 : server.port();
    }

    /** Where clients of memcached are served; -1 if nowhere. */
    int memcachedPort() {
        StreamServer server = memcached;
        return server == null ? -1 : server.port();
    }

    /** Takes no new clients, answers what it has, and ends the connections. */
    void close(Runnable flush) throws InterruptedException {
        for (StreamServer server : new @Nullable StreamServer[] {resp, memcached}) {
            if (server != null) {
                server.close(flush);
            }
        }
    }
}
