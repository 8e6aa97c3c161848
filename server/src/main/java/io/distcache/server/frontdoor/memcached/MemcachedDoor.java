package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.HealthReport;
import io.distcache.server.command.CommandRouter;
import io.distcache.server.command.Keyspace;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamLimits;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.netty.channel.ChannelHandlerContext;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What the connections of all clients of memcached share. Thread-safe. */
public final class MemcachedDoor implements StreamServer.Protocol {
    /** The memcached whose replies these are. */
    static final String MEMCACHED_VERSION = "1.6.18";

    /** What {@code stats} counts, in the order in which it tells. */
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
        TOUCH_MISSES
    }

    private final StreamLimits limits;
    private final CommandRouter router;
    private final Keyspace keyspace;
    private final Supplier<HealthReport> health;
    private final Map<Counter, LongAdder> counters = new EnumMap<>(Counter.class);
    private final LongAdder accepted = new LongAdder();
    /** Guarded by this. */
    private @Nullable Future<?> flushing;

    private volatile @Nullable StreamServer server;

    /**
     * A door that nobody has come through yet.
     *
     * @param definition of the cache, if it has to be made
     */
    public MemcachedDoor(
            CacheDefinition definition, StreamLimits limits, CommandRouter router, Supplier<HealthReport> health) {
        this.limits = limits;
        this.router = router;
        this.keyspace = router.keyspace(definition);
        this.health = health;
        for (Counter counter : Counter.values()) {
            counters.put(counter, new LongAdder());
        }
    }

    @Override
    public StreamConnection connect(StreamServer from, ChannelHandlerContext socket, String peer) {
        server = from;
        accepted.increment();
        return new MemcachedConnection(this, from, socket, peer);
    }

    @Override
    public int sharedPort() {
        return -3;
    }

    @Override
    public String portSetting() {
        return "memcached.port";
    }

    @Override
    public String full() {
        return "ERROR Too many open connections\r\n";
    }

    /** Makes the cache, so that other clients find it. */
    public void open() {
        keyspace.open();
    }

    StreamLimits limits() {
        return limits;
    }

    CommandRouter router() {
        return router;
    }

    /** What flush_all has put off: of several the latest counts, as in memcached, so that they do not pile up. */
    synchronized void flushesLater(@Nullable Future<?> task) {
        Future<?> before = flushing;
        flushing = task;
        if (before != null) {
            before.cancel(false);
        }
    }

    Keyspace keyspace() {
        return keyspace;
    }

    void count(Counter counter) {
        LongAdder adder = counters.get(counter);
        if (adder != null) {
            adder.increment();
        }
    }

    void resetCounters() {
        counters.values().forEach(LongAdder::reset);
        accepted.reset();
    }

    /** What {@code stats} tells, line by line. */
    String stats() {
        HealthReport report = health.get();
        StreamServer running = server;
        StringBuilder text = new StringBuilder();
        stat(text, "pid", ProcessHandle.current().pid());
        stat(text, "uptime", report.uptimeMillis() / 1000);
        stat(text, "time", router().clock().wall().millis() / 1000);
        stat(text, "version", MEMCACHED_VERSION);
        stat(text, "distcache_version", report.version());
        stat(text, "pointer_size", 64);
        stat(text, "max_connections", limits.maxConnections());
        stat(
                text,
                "curr_connections",
                running == null ? 0 : running.connections().size());
        stat(text, "total_connections", accepted.sum());
        counters.forEach((counter, value) -> stat(text, counter.name().toLowerCase(Locale.ROOT), value.sum()));
        stat(text, "limit_maxbytes", report.maxBytes());
        stat(text, "bytes", report.bytes());
        stat(text, "curr_items", keyspace.size());
        stat(text, "evictions", keyspace.evictions());
        stat(text, "reclaimed", keyspace.expirations());
        return text.toString();
    }

    private static void stat(StringBuilder text, String name, Object value) {
        text.append("STAT ").append(name).append(' ').append(value).append("\r\n");
    }
}
