package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.HealthReport;
import io.distcache.server.dispatch.NamedCache;
import io.distcache.server.frontdoor.memcached.DoorState.Counter;
import io.distcache.server.frontdoor.stream.ProcessCpu;
import io.distcache.server.frontdoor.stream.StreamConnection;
import io.distcache.server.frontdoor.stream.StreamServer;
import io.distcache.server.frontdoor.stream.Traffic;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What {@code stats} tells: of memcached's figures those that mean something here, by memcached's names and in its order, and none that is
 * made up. There are no slab classes and no crawler, so class 1 is everything. Confined to the event loop of the connection that asks.
 */
final class Statistics {
    private static final String END = "END\r\n";

    private final DoorState door;
    private final MemcachedConnection asking;
    private final StringBuilder text = new StringBuilder();

    private Statistics(DoorState door, MemcachedConnection asking) {
        this.door = door;
        this.asking = asking;
    }

    /** The reply to {@code stats}, or to {@code stats} with a word after it; line ends included. */
    static String tell(DoorState door, MemcachedConnection asking, String what, String argument) {
        Statistics all = new Statistics(door, asking);
        switch (what) {
            case "" -> all.general();
            case "settings" -> all.settings();
            case "conns" -> all.connections();
            case "items" -> all.items();
            case "slabs" -> all.slabs();
            case "sizes" -> all.stat("sizes_status", "disabled");
            case "extstore" -> {
                // There is none, as in a memcached that was started without.
            }
            case "reset" -> {
                door.resetCounters();
                return "RESET\r\n";
            }
            case "detail" -> {
                return all.detail(argument);
            }
            case "cachedump" -> {
                return "CLIENT_ERROR stats cachedump not allowed\r\n";
            }
            default -> {
                return "ERROR\r\n";
            }
        }
        return all.text.append(END).toString();
    }

    private void general() {
        HealthReport report = door.health();
        StreamServer server = door.server();
        Traffic traffic = server.traffic();
        NamedCache keyspace = door.keyspace();
        ProcessCpu cpu = ProcessCpu.now();
        int connections = server.connections().size();
        stat("pid", ProcessHandle.current().pid());
        stat("uptime", report.uptimeMillis() / 1000);
        stat("time", door.clock().wall().millis() / 1000);
        stat("version", DoorState.MEMCACHED_VERSION);
        stat("distcache_version", report.version());
        stat("pointer_size", 64);
        stat("rusage_user", ProcessCpu.seconds(cpu.userMicros()));
        stat("rusage_system", ProcessCpu.seconds(cpu.systemMicros()));
        stat("max_connections", door.limits().maxConnections());
        stat("curr_connections", connections);
        stat("total_connections", traffic.connections());
        stat("rejected_connections", traffic.refusals());
        stat("connection_structures", connections);
        counters(
                Counter.CMD_GET,
                Counter.CMD_SET,
                Counter.CMD_FLUSH,
                Counter.CMD_TOUCH,
                Counter.CMD_META,
                Counter.GET_HITS,
                Counter.GET_MISSES,
                Counter.DELETE_MISSES,
                Counter.DELETE_HITS,
                Counter.INCR_MISSES,
                Counter.INCR_HITS,
                Counter.DECR_MISSES,
                Counter.DECR_HITS,
                Counter.CAS_MISSES,
                Counter.CAS_HITS,
                Counter.CAS_BADVAL,
                Counter.TOUCH_HITS,
                Counter.TOUCH_MISSES,
                Counter.STORE_TOO_LARGE,
                Counter.STORE_NO_MEMORY);
        stat("auth_cmds", 0);
        stat("auth_errors", 0);
        stat("bytes_read", traffic.readBytes());
        stat("bytes_written", traffic.writtenBytes());
        stat("limit_maxbytes", report.maxBytes());
        stat("accepting_conns", 1);
        stat("listen_disabled_num", 0);
        stat("time_in_listen_disabled_us", 0);
        stat("threads", server.eventLoops());
        stat("conn_yields", traffic.yields());
        stat("bytes", report.bytes());
        stat("curr_items", keyspace.size());
        counters(Counter.TOTAL_ITEMS);
        stat("evictions", keyspace.evictions());
        stat("reclaimed", keyspace.expirations());
    }

    private void settings() {
        int threads = door.server().eventLoops();
        String local = asking.stream().local();
        stat("maxbytes", door.health().maxBytes());
        stat("maxconns", door.limits().maxConnections());
        stat("tcpport", door.server().port());
        stat("udpport", 0);
        stat("inter", local.substring(0, Math.max(0, local.lastIndexOf(':'))));
        stat("verbosity", 0);
        stat("evictions", "on");
        stat("domain_socket", "NULL");
        stat("shutdown_command", "no");
        stat("num_threads", threads);
        stat("detail_enabled", "no");
        stat("cas_enabled", "yes");
        stat("binding_protocol", "ascii");
        stat("auth_enabled_sasl", "no");
        stat("auth_enabled_ascii", "no");
        stat("item_size_max", door.limits().maxRequestBytes());
        stat("maxconns_fast", "yes");
        stat("slab_reassign", "no");
        stat("slab_automove", 0);
        stat("lru_crawler", "no");
        stat("flush_enabled", "yes");
        stat("dump_enabled", "no");
        stat("lru_maintainer_thread", "no");
        stat("lru_segmented", "no");
        stat("temp_lru", "no");
        stat("idle_timeout", 0);
        stat("track_sizes", "no");
        stat("ssl_enabled", "no");
    }

    private void connections() {
        stat("0:addr", "tcp:" + asking.stream().local());
        stat("0:state", "conn_listening");
        stat("0:secs_since_last_cmd", 0);
        List<MemcachedConnection> all = door.server().connections().stream()
                .map(StreamConnection::protocol)
                .filter(MemcachedConnection.class::isInstance)
                .map(MemcachedConnection.class::cast)
                .sorted(Comparator.comparingLong(MemcachedConnection::id))
                .toList();
        long now = System.nanoTime();
        for (MemcachedConnection one : all) {
            stat(one.id() + ":addr", "tcp:" + one.stream().peer());
            stat(one.id() + ":listen_addr", "tcp:" + one.stream().local());
            stat(one.id() + ":state", one == asking ? "conn_parse_cmd" : "conn_read");
            stat(one.id() + ":secs_since_last_cmd", secondsSince(one, now));
        }
    }

    private static long secondsSince(MemcachedConnection one, long nowNanos) {
        return Math.max(0, nowNanos - one.stream().activeNanos()) / 1_000_000_000;
    }

    private void items() {
        NamedCache keyspace = door.keyspace();
        if (keyspace.size() == 0) {
            return;
        }
        stat("items:1:number", keyspace.size());
        stat("items:1:mem_requested", keyspace.bytes());
        stat("items:1:evicted", keyspace.evictions());
        stat("items:1:outofmemory", door.counted(Counter.STORE_NO_MEMORY));
        stat("items:1:reclaimed", keyspace.expirations());
    }

    private void slabs() {
        long size = door.keyspace().size();
        stat("1:total_pages", 1);
        stat("1:total_chunks", size);
        stat("1:used_chunks", size);
        stat("1:free_chunks", 0);
        stat("1:free_chunks_end", 0);
        stat("1:mem_requested", door.keyspace().bytes());
        for (Counter counter : List.of(
                Counter.GET_HITS,
                Counter.CMD_SET,
                Counter.DELETE_HITS,
                Counter.INCR_HITS,
                Counter.DECR_HITS,
                Counter.CAS_HITS,
                Counter.CAS_BADVAL,
                Counter.TOUCH_HITS)) {
            stat("1:" + name(counter), door.counted(counter));
        }
        stat("active_slabs", 1);
        stat("total_malloced", door.keyspace().bytes());
    }

    /** Figures by the beginnings of keys are not kept, so there is nothing to turn on. */
    private String detail(String argument) {
        return switch (argument) {
            case "off" -> "OK\r\n";
            case "dump" -> END;
            case "on" -> "SERVER_ERROR stats by prefix are not kept\r\n";
            default -> "CLIENT_ERROR usage: stats detail on|off|dump\r\n";
        };
    }

    private void counters(Counter... counters) {
        for (Counter counter : counters) {
            stat(name(counter), door.counted(counter));
        }
    }

    private static String name(Counter counter) {
        return counter.name().toLowerCase(Locale.ROOT);
    }

    private void stat(String name, Object value) {
        text.append("STAT ").append(name).append(' ').append(value).append("\r\n");
    }
}
