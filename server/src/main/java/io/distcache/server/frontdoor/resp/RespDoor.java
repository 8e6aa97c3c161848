package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Secret;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.dispatch.Keyspace;
import io.distcache.server.dispatch.MemoryBound;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamLimits;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.distcache.server.frontdoor.stream.Traffic;
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
    /** The nearest of Redis's names for what the store does at its bound. */
    static final String EVICTION_POLICY = "allkeys-lfu";

    private static final String NAMESPACE = "default";

    private final RespConfig config;
    private final StreamLimits limits;
    private final Secret authToken;
    private final Dispatcher dispatcher;
    private final NodeClock clock;
    private final MemoryBound memoryBound;
    private final Supplier<HealthReport> health;
    private final CommandTable commands = new CommandTable();
    private final List<Keyspace> databases = new ArrayList<>();
    private final AtomicLong lastClientId = new AtomicLong();
    private final DoorCounts counts = new DoorCounts(commands.indexed().size());
    private final SlowLog slowLog = new SlowLog();
    private volatile @Nullable StreamServer server;
    /** What counters of the node stood at when INFO's were reset. */
    private volatile Totals before = new Totals(0, 0, 0, 0);

    /** Counters that the node keeps for all its doors. */
    record Totals(long hits, long misses, long evictions, long expirations) {}

    /**
     * A door that nobody has come through yet.
     *
     * @param authToken what AUTH must say, if anything
     */
    public RespDoor(
            RespConfig config,
            StreamLimits limits,
            Secret authToken,
            Dispatcher dispatcher,
            NodeClock clock,
            MemoryBound memoryBound,
            Supplier<HealthReport> health) {
        this.config = config;
        this.limits = limits;
        this.authToken = authToken;
        this.dispatcher = dispatcher;
        this.clock = clock;
        this.memoryBound = memoryBound;
        this.health = health;
        for (int i = 0; i < DATABASES; i++) {
            databases.add(dispatcher.keyspace(definition(i == 0 ? config.cache() : config.cache() + ":" + i)));
        }
    }

    /** The definition of a cache that a door makes, the same that the native API makes: of any keys and values, eternal, unbounded. */
    public static CacheDefinition definition(String name) {
        return CacheDefinition.of(NAMESPACE, name);
    }

    @Override
    public StreamConnection connect(StreamServer from, ChannelHandlerContext socket, String peer) {
        server = from;
        return new RespConnection(this, from, socket, peer, lastClientId.incrementAndGet()).stream();
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

    Dispatcher dispatcher() {
        return dispatcher;
    }

    NodeClock clock() {
        return clock;
    }

    MemoryBound memoryBound() {
        return memoryBound;
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

    /** Counters of the node since the start, or since INFO's were reset. */
    Totals totals() {
        Totals now = now();
        Totals less = before;
        return new Totals(
                now.hits - less.hits,
                now.misses - less.misses,
                now.evictions - less.evictions,
                now.expirations - less.expirations);
    }

    private Totals now() {
        HealthReport report = health.get();
        long expirations = databases.stream().mapToLong(Keyspace::expirations).sum();
        return new Totals(report.hits(), report.misses(), report.evictions(), expirations);
    }

    /** INFO's counters begin anew; those of the health report and of other doors do not. */
    void resetCounts() {
        before = now();
        counts.reset();
        StreamServer running = server;
        if (running != null) {
            running.traffic().reset();
        }
    }

    DoorCounts counts() {
        return counts;
    }

    SlowLog slowLog() {
        return slowLog;
    }

    /** What went through it; nothing if nobody has come yet. */
    Traffic traffic() {
        StreamServer running = server;
        return running == null ? new Traffic() : running.traffic();
    }

    int eventLoops() {
        StreamServer running = server;
        return running == null ? 0 : running.eventLoops();
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
