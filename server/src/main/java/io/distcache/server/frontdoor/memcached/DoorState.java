package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.HealthReport;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.dispatch.Dispatcher;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.frontdoor.stream.StreamLimits;
import io.distcache.server.frontdoor.stream.StreamServer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the connections of all clients of memcached share: their cache, their limits, and what {@code stats} counts. Thread-safe. */
final class DoorState {
    /** The memcached whose replies these are. */
    static final String MEMCACHED_VERSION = "1.6.18";

    /** What {@code stats} counts; it tells them by these names. */
    enum Counter {
        CMD_GET,
        CMD_SET,
        CMD_FLUSH,
        CMD_TOUCH,
        CMD_META,
        GET_HITS,
        GET_MISSES,
        DELETE_MISSES,
        DELETE_HITS,
        INCR_MISSES,
        INCR_HITS,
        DECR_MISSES,
        DECR_HITS,
        CAS_MISSES,
        CAS_HITS,
        CAS_BADVAL,
        TOUCH_HITS,
        TOUCH_MISSES,
        STORE_TOO_LARGE,
        STORE_NO_MEMORY,
        TOTAL_ITEMS
    }

    private final StreamLimits limits;
    private final Dispatcher dispatcher;
    private final NodeClock clock;
    private final NamedCache keyspace;
    private final Supplier<HealthReport> health;
    private final Map<Counter, LongAdder> counters = new EnumMap<>(Counter.class);
    private final AtomicLong lastConnection = new AtomicLong();
    /** Guarded by this. */
    private @Nullable Future<?> flushing;

    private volatile @Nullable StreamServer server;

    DoorState(
            CacheDefinition definition,
            StreamLimits limits,
            Dispatcher dispatcher,
            NodeClock clock,
            Supplier<HealthReport> health) {
        this.limits = limits;
        this.dispatcher = dispatcher;
        this.clock = clock;
        this.keyspace = dispatcher.keyspace(definition);
        this.health = health;
        for (Counter counter : Counter.values()) {
            counters.put(counter, new LongAdder());
        }
    }

    /** A client comes from here; the number of its connection, which no other has. */
    long connected(StreamServer from) {
        server = from;
        return lastConnection.incrementAndGet();
    }

    StreamLimits limits() {
        return limits;
    }

    Dispatcher dispatcher() {
        return dispatcher;
    }

    NodeClock clock() {
        return clock;
    }

    /** What flush_all has put off: of several the latest counts, as in memcached, so that they do not pile up. */
    synchronized void flushesLater(@Nullable Future<?> task) {
        Future<?> before = flushing;
        flushing = task;
        if (before != null) {
            before.cancel(false);
        }
    }

    NamedCache keyspace() {
        return keyspace;
    }

    void count(Counter counter) {
        LongAdder adder = counters.get(counter);
        if (adder != null) {
            adder.increment();
        }
    }

    long counted(Counter counter) {
        LongAdder adder = counters.get(counter);
        return adder == null ? 0 : adder.sum();
    }

    void resetCounters() {
        counters.values().forEach(LongAdder::reset);
        StreamServer running = server;
        if (running != null) {
            running.traffic().reset();
        }
    }

    HealthReport health() {
        return health.get();
    }

    /** What listens for its clients. */
    StreamServer server() {
        StreamServer running = server;
        if (running == null) {
            throw new IllegalStateException("nobody has come through this door yet");
        }
        return running;
    }
}
