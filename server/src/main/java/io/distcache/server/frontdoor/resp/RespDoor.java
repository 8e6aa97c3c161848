package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Secret;
import io.distcache.server.command.CommandRouter;
import io.distcache.server.command.Keyspace;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamLimits;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the connections of all clients of Redis share. Thread-safe. */
public final class RespDoor implements StreamServer.Protocol {
    static final int DATABASES = 16;
    /** The redis-server whose replies these are. */
    static final String REDIS_VERSION = "7.0.15";

    private static final String NAMESPACE = "default";

    private final RespConfig config;
    private final StreamLimits limits;
    private final Secret authToken;
    private final CommandRouter router;
    private final Supplier<HealthReport> health;
    private final CommandTable commands = new CommandTable();
    private final List<Keyspace> databases = new ArrayList<>();
    private final AtomicLong lastClientId = new AtomicLong();
    private final AtomicLong accepted = new AtomicLong();
    private volatile @Nullable StreamServer server;

    /**
     * A door that nobody has come through yet.
     *
     * @param authToken what AUTH must say, if anything
     */
    public RespDoor(
            RespConfig config,
            StreamLimits limits,
            Secret authToken,
            CommandRouter router,
            Supplier<HealthReport> health) {
        this.config = config;
        this.limits = limits;
        this.authToken = authToken;
        this.router = router;
        this.health = health;
        for (int i = 0; i < DATABASES; i++) {
            databases.add(router.keyspace(definition(i == 0 ? config.cache() : config.cache() + ":" + i)));
        }
    }

    /** The definition of a cache that a door makes, the same that the native API makes: of any keys and values, eternal, unbounded. */
    public static CacheDefinition definition(String name) {
        return CacheDefinition.of(NAMESPACE, name);
    }

    @Override
    public StreamConnection connect(StreamServer from, ChannelHandlerContext socket, String peer) {
        server = from;
        accepted.incrementAndGet();
        return new RespConnection(this, from, socket, peer, lastClientId.incrementAndGet());
    }

    @Override
    public int sharedPort() {
        return -2;
    }

    @Override
    public String portSetting() {
        return "resp.port";
    }

    @Override
    public String full() {
        return "-ERR max number of clients reached\r\n";
    }

    RespConfig config() {
        return config;
    }

    StreamLimits limits() {
        return limits;
    }

    boolean wantsToken() {
        return !authToken.isEmpty();
    }

    boolean isTokenRight(byte[] said) {
        return authToken.isSaidBy(said);
    }

    CommandRouter router() {
        return router;
    }

    HealthReport health() {
        return health.get();
    }

    CommandTable commands() {
        return commands;
    }

    /** Database {@code index}, 0 to 15. */
    Keyspace database(int index) {
        return databases.get(index);
    }

    /** Makes the cache behind database 0, so that other clients find it. */
    public void open() {
        databases.get(0).open();
    }

    long expirations() {
        return databases.stream().mapToLong(Keyspace::expirations).sum();
    }

    long accepted() {
        return accepted.get();
    }

    Collection<StreamConnection> clients() {
        StreamServer running = server;
        return running == null ? List.of() : running.connections();
    }

    int port() {
        StreamServer running = server;
        return running == null ? 0 : running.port();
    }
}
