package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.HealthReport;
import io.distcache.server.access.AccessControl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.dispatch.MemoryBound;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamLimits;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.distcache.server.frontdoor.stream.Traffic;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The node as clients of Redis see it: its databases, its clock, its bounds, and what is counted of all of them together. Thread-safe.
 */
final class RespNode {
    static final int DATABASES = 16;
    /** The redis-server whose replies these are. */
    static final String REDIS_VERSION = "7.0.15";
    /** The nearest of Redis's names for what the store does at its bound. */
    static final String EVICTION_POLICY = "allkeys-lfu";

    private static final String NAMESPACE = "default";

    private final CommandTable commands;
    private final RespConfig config;
    private final StreamLimits limits;
    private final Dispatcher dispatcher;
    private final NodeClock clock;
    private final MemoryBound memoryBound;
    private final Supplier<HealthReport> health;
    private final List<NamedCache> databases = new ArrayList<>();
    private final DoorCounts counts;
    private final SlowLog slowLog = new SlowLog();
    private final AclLog aclLog = new AclLog();
    private volatile @Nullable StreamServer server;
    /** What counters of the node stood at when INFO's were reset. */
    private volatile Totals before = new Totals(0, 0, 0, 0);

    /** Counters that the node keeps for all its doors. */
    record Totals(long hits, long misses, long evictions, long expirations) {}

    /** A node that no client has come to yet. */
    RespNode(
            CommandTable commands,
            RespConfig config,
            StreamLimits limits,
            Dispatcher dispatcher,
            NodeClock clock,
            MemoryBound memoryBound,
            Supplier<HealthReport> health) {
        this.commands = commands;
        this.counts = new DoorCounts(commands.indexed().size());
        this.config = config;
        this.limits = limits;
        this.dispatcher = dispatcher;
        this.clock = clock;
        this.memoryBound = memoryBound;
        this.health = health;
        for (int i = 0; i < DATABASES; i++) {
            databases.add(dispatcher.keyspace(definition(i == 0 ? config.cache() : config.cache() + ":" + i)));
        }
    }

    /** The definition of the cache behind a database: of any keys and values, eternal, unbounded. */
    static CacheDefinition definition(String name) {
        return CacheDefinition.of(NAMESPACE, name);
    }

    /** Clients come by this server. */
    void server(StreamServer from) {
        server = from;
    }

    RespConfig config() {
        return config;
    }

    StreamLimits limits() {
        return limits;
    }

    /** Who may come in. */
    AccessControl access() {
        return dispatcher.access();
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
    NamedCache database(int index) {
        return databases.get(index);
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
        long expirations = databases.stream().mapToLong(NamedCache::expirations).sum();
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

    AclLog aclLog() {
        return aclLog;
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

    Collection<StreamConnection> connections() {
        StreamServer running = server;
        return running == null ? List.of() : running.connections();
    }

    int port() {
        StreamServer running = server;
        return running == null ? 0 : running.port();
    }
}
