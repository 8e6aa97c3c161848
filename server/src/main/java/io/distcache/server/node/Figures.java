package io.distcache.server.node;

import io.distcache.protocol.HealthReport.Figure;
import io.distcache.server.access.AccessControl;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.memory.Buffers;
import io.distcache.server.persistence.Persistence;
import io.distcache.server.pool.Ownership;
import io.distcache.server.pool.Pool;
import io.distcache.server.shard.AcknowledgementBook;
import io.distcache.server.shard.Budget;
import io.netty.util.internal.PlatformDependent;
import org.jspecify.annotations.Nullable;

/** Where the figures of a node's health come from. Immutable. */
final class Figures {
    private final NodeClock clock;
    private final Budget budget;
    private final Ports ports;
    private final Dispatcher dispatcher;
    private final Pool pool;
    private final AccessControl access;
    private final LoadMeter load;

    Figures(
            NodeClock clock,
            Budget budget,
            Ports ports,
            Dispatcher dispatcher,
            Pool pool,
            AccessControl access,
            LoadMeter load) {
        this.clock = clock;
        this.budget = budget;
        this.ports = ports;
        this.dispatcher = dispatcher;
        this.pool = pool;
        this.access = access;
        this.load = load;
    }

    /** Names all of them. */
    void name(
            HealthReporter health,
            Buffers buffers,
            AcknowledgementBook acks,
            Ownership ownership,
            @Nullable Persistence data) {
        Runtime runtime = Runtime.getRuntime();
        health.figure(Figure.UPTIME_MILLIS, clock::runningMillis)
                .figure(Figure.ENTRIES, budget::entries)
                .figure(Figure.BYTES, budget::bytes)
                .figure(Figure.MAX_BYTES, budget::maxBytes)
                .figure(Figure.CONNECTIONS, ports::connections)
                .figure(Figure.OPERATIONS, dispatcher::operations)
                .figure(Figure.EVICTIONS, budget::evictions)
                .figure(Figure.UNSYNCED_BYTES, data == null ? () -> 0 : data::unsyncedBytes)
                .figure(Figure.SYNC_MICROS, data == null ? () -> 0 : data::syncMicros)
                .figure(Figure.SNAPSHOT_MILLIS, data == null ? () -> -1 : data::snapshotAgeMillis)
                .figure(Figure.HITS, dispatcher.reads()::hits)
                .figure(Figure.MISSES, dispatcher.reads()::misses)
                .figure(Figure.OPERATIONS_PER_SECOND, load::operationsPerSecond)
                .figure(Figure.LAG_MICROS, load::lagMicros)
                .figure(Figure.HEAP_BYTES, () -> runtime.totalMemory() - runtime.freeMemory())
                .figure(Figure.MAX_HEAP_BYTES, runtime::maxMemory)
                .figure(Figure.DIRECT_BYTES, () -> Math.max(0, PlatformDependent.usedDirectMemory()))
                .figure(Figure.POOL_EPOCH, () -> pool.membership().epoch())
                .figure(Figure.HINTS, ownership.hints()::count)
                .figure(Figure.BUFFERED_BYTES, buffers::bytes)
                .figure(Figure.REFUSALS, buffers::refusals)
                .figure(Figure.LATE_CLIENTS, acks::lateClients)
                .figure(Figure.CERTIFICATE_DAYS, ports::certificateDays)
                .figure(Figure.FAILED_LOGINS, access::failedLogins)
                .figure(Figure.FORBIDDEN_COMMANDS, access::forbiddenCommands);
    }
}
