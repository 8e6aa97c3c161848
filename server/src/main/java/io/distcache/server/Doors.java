package io.distcache.server;

import io.distcache.protocol.HealthReport;
import io.distcache.server.command.CommandRouter;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.frontdoor.resp.RespDoor;
import io.distcache.server.frontdoor.stream.StreamLimits;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.vertx.core.Vertx;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The node's doors for clients that are not DistCache's own. Thread-safe once it listens. */
final class Doors {
    private static final int START_TIMEOUT_SECONDS = 30;

    private final ServerConfig config;
    private final CommandRouter router;
    private final IntSupplier nativeConnections;
    private final StreamLimits limits;
    private final @Nullable RespDoor respDoor;
    private volatile @Nullable StreamServer resp;

    Doors(ServerConfig config, CommandRouter router, Supplier<HealthReport> health, IntSupplier nativeConnections) {
        this.config = config;
        this.router = router;
        this.nativeConnections = nativeConnections;
        this.limits = new StreamLimits(
                config.server().maxFrameBytes(),
                config.server().maxInFlight(),
                config.server().outputLimitBytes(),
                config.server().maxConnections());
        this.respDoor = config.resp().port() < 0
                ? null
                : new RespDoor(config.resp(), limits, config.server().authToken(), router, health);
    }

    /** Makes the caches that clients find when they come. */
    void open() {
        if (respDoor != null) {
            respDoor.open();
        }
    }

    /**
     * Starts to listen where that is configured.
     *
     * @throws StartException if a port is taken
     */
    void listen(Vertx vertx, int eventLoops) throws InterruptedException {
        if (respDoor != null) {
            resp = listen(vertx, eventLoops, respDoor, config.resp().port(), "resp.port");
        }
    }

    private StreamServer listen(Vertx vertx, int eventLoops, StreamServer.Protocol protocol, int port, String setting)
            throws InterruptedException {
        StreamServer server = new StreamServer(vertx, router, limits, protocol, this::connections);
        String host = config.server().bind();
        try {
            server.listen(host, port, eventLoops).await(START_TIMEOUT_SECONDS, TimeUnit.SECONDS);
            return server;
        } catch (Exception e) {
            if (e instanceof InterruptedException interrupted) {
                throw interrupted;
            }
            throw new StartException(
                    "cannot listen on " + host + ":" + port + ": " + Node.reason(e) + ". Choose another port with "
                            + setting + ", or stop what uses it",
                    e);
        }
    }

    /** Where clients of Redis are served; -1 if nowhere. */
    int respPort() {
        StreamServer server = resp;
        return server == null ? -1 : server.port();
    }

    /** Clients connected now, by all doors. */
    int connections() {
        return nativeConnections.getAsInt() + connections(resp);
    }

    private static int connections(@Nullable StreamServer server) {
        return server == null ? 0 : server.connections().size();
    }

    /** Takes no new clients, answers what it has, and ends the connections. */
    void close(Runnable flush) throws InterruptedException {
        StreamServer server = resp;
        if (server != null) {
            server.close(flush);
        }
    }
}
