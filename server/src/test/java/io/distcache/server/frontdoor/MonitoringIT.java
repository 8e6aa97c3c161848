package io.distcache.server.frontdoor;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Eventually;
import io.distcache.server.DoorNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What exporters for Prometheus, telegraf and operators read at the doors is there, counts what was done, and can be set. */
@Timeout(60)
class MonitoringIT {
    /** What redis_exporter wants of a Redis 7 without replicas, cluster, scripts and modules. */
    private static final List<String> INFO_FIELDS = List.of(
            "redis_version redis_build_id redis_mode os process_id run_id tcp_port uptime_in_seconds",
            "connected_clients maxclients blocked_clients tracking_clients",
            "used_memory used_memory_rss used_memory_overhead used_memory_startup used_memory_dataset used_memory_lua",
            "used_memory_scripts maxmemory maxmemory_policy mem_fragmentation_ratio mem_fragmentation_bytes",
            "mem_clients_slaves mem_clients_normal mem_not_counted_for_evict lazyfree_pending_objects active_defrag_running",
            "loading rdb_bgsave_in_progress rdb_last_save_time rdb_last_bgsave_status rdb_last_bgsave_time_sec",
            "rdb_current_bgsave_time_sec aof_enabled aof_rewrite_in_progress aof_rewrite_scheduled aof_last_rewrite_time_sec",
            "aof_current_rewrite_time_sec aof_last_bgrewrite_status aof_last_write_status module_fork_in_progress",
            "total_connections_received total_commands_processed instantaneous_ops_per_sec total_net_input_bytes",
            "total_net_output_bytes rejected_connections sync_full sync_partial_ok sync_partial_err expired_keys evicted_keys",
            "keyspace_hits keyspace_misses pubsub_channels pubsub_patterns latest_fork_usec migrate_cached_sockets",
            "slave_expires_tracked_keys active_defrag_hits active_defrag_misses active_defrag_key_hits active_defrag_key_misses",
            "role connected_slaves master_repl_offset second_repl_offset repl_backlog_active repl_backlog_size",
            "repl_backlog_first_byte_offset repl_backlog_histlen used_cpu_sys used_cpu_user used_cpu_sys_children",
            "used_cpu_user_children cluster_enabled db0");

    /** What memcached_exporter and telegraf want, of what means something here. */
    private static final List<String> STATS = List.of(
            "pid uptime time version pointer_size rusage_user rusage_system max_connections curr_connections",
            "total_connections rejected_connections connection_structures cmd_get cmd_set cmd_flush cmd_touch cmd_meta",
            "get_hits get_misses delete_hits delete_misses incr_hits incr_misses decr_hits decr_misses cas_hits cas_misses",
            "cas_badval touch_hits touch_misses store_too_large store_no_memory auth_cmds auth_errors bytes_read",
            "bytes_written limit_maxbytes accepting_conns listen_disabled_num threads conn_yields bytes curr_items",
            "total_items evictions reclaimed");

    private static final AtomicInteger lastEnd = new AtomicInteger(1000);

    private static String redis(RawSocket socket, String... words) throws IOException {
        // Another each time: SLOWLOG tells those before it, too.
        String end = "the-end-" + lastEnd.incrementAndGet();
        return socket.askUntil(
                HostileRequests.request(words) + "ECHO " + end + "\r\n", "$" + end.length() + "\r\n" + end + "\r\n");
    }

    private static String memcached(RawSocket socket, String asked) throws IOException {
        return socket.askUntil(asked + "mn\r\n", "MN\r\n");
    }

    private static Map<String, String> fields(String text, String separator) {
        Map<String, String> fields = new TreeMap<>();
        text.lines().map(line -> line.replaceFirst("^STAT ", "")).forEach(line -> {
            int at = line.indexOf(separator);
            if (at > 0) {
                fields.put(line.substring(0, at), line.substring(at + 1));
            }
        });
        return fields;
    }

    private static void hasAll(Map<String, String> fields, List<String> names) {
        for (String line : names) {
            assertThat(fields.keySet()).contains(line.split(" ", -1));
        }
    }

    @Test
    void info_has_what_exporters_read_and_counts_what_was_done() throws Exception {
        try (DoorNode node = new DoorNode();
                RawSocket socket = new RawSocket(node.respPort())) {
            redis(socket, "SET", "k", "v", "EX", "1000");
            redis(socket, "SET", "l", "v");
            redis(socket, "GET", "k");
            redis(socket, "GET", "nothing");
            redis(socket, "INCR", "k");
            redis(socket, "GET");
            redis(socket, "NOSUCH");
            Map<String, String> all = fields(redis(socket, "INFO", "everything"), ":");
            hasAll(all, INFO_FIELDS);
            assertThat(all.get("cmdstat_set")).startsWith("calls=2,usec=").endsWith("rejected_calls=0,failed_calls=0");
            assertThat(all.get("cmdstat_get")).startsWith("calls=2,usec=").endsWith("rejected_calls=1,failed_calls=0");
            assertThat(all.get("cmdstat_incr")).endsWith("rejected_calls=0,failed_calls=1");
            assertThat(all.get("errorstat_ERR")).isEqualTo("count=3");
            assertThat(all.get("db0")).isEqualTo("keys=2,expires=1,avg_ttl=0");
            assertThat(all).containsEntry("keyspace_hits", "1").containsEntry("keyspace_misses", "1");
            assertThat(Long.parseLong(all.get("total_net_input_bytes"))).isGreaterThan(100);
            assertThat(redis(socket, "INFO")).doesNotContain("cmdstat_");

            assertThat(redis(socket, "CONFIG", "RESETSTAT")).isEqualTo("+OK\r\n");

            Map<String, String> anew = fields(redis(socket, "INFO", "all"), ":");
            assertThat(anew).doesNotContainKeys("cmdstat_set", "errorstat_ERR").containsEntry("keyspace_hits", "0");
            // CONFIG RESETSTAT itself, and the ECHO after it.
            assertThat(anew.get("total_commands_processed")).isEqualTo("2");
        }
    }

    @Test
    void stats_has_what_exporters_read() throws Exception {
        try (DoorNode node = new DoorNode();
                RawSocket socket = new RawSocket(node.memcachedPort())) {
            memcached(socket, "set k 0 0 1\r\nx\r\nget k l\r\n");
            Map<String, String> stats = fields(memcached(socket, "stats\r\n"), " ");
            hasAll(stats, STATS);
            assertThat(stats)
                    .containsEntry("cmd_get", "2")
                    .containsEntry("total_items", "1")
                    .containsEntry("curr_connections", "1")
                    .containsEntry("get_misses", "1");
            assertThat(fields(memcached(socket, "stats settings\r\n"), " "))
                    .containsEntry("tcpport", Integer.toString(node.memcachedPort()))
                    .containsEntry("inter", "127.0.0.1")
                    .containsKeys("maxbytes", "maxconns", "item_size_max", "num_threads", "lru_crawler", "evictions");
            assertThat(memcached(socket, "stats conns\r\n"))
                    .contains(
                            ":addr tcp:127.0.0.1:",
                            ":state conn_listening",
                            ":state conn_parse_cmd",
                            ":secs_since_last_cmd ")
                    .endsWith("END\r\n");
            assertThat(memcached(socket, "stats items\r\n")).startsWith("STAT items:1:number 1\r\n");
            assertThat(fields(memcached(socket, "stats slabs\r\n"), " "))
                    .containsKeys(
                            "1:used_chunks", "1:cmd_set", "1:cas_hits", "1:cas_badval", "1:touch_hits", "active_slabs");
            assertThat(memcached(socket, "stats sizes\r\n")).isEqualTo("STAT sizes_status disabled\r\nEND\r\n");

            assertThat(memcached(socket, "stats reset\r\n")).isEqualTo("RESET\r\n");

            assertThat(fields(memcached(socket, "stats\r\n"), " "))
                    .containsEntry("cmd_get", "0")
                    .containsEntry("total_items", "0");
        }
    }

    @Test
    void a_lower_maxmemory_makes_entries_go_and_a_higher_than_configured_is_refused() throws Exception {
        try (DoorNode node = new DoorNode("store.max-bytes", "64mb");
                RawSocket socket = new RawSocket(node.respPort())) {
            for (int i = 0; i < 100; i++) {
                redis(socket, "SET", "k" + i, "x".repeat(100_000));
            }
            Long before = node.health().entries();
            assertThat(redis(socket, "CONFIG", "SET", "maxmemory", "2mb")).isEqualTo("+OK\r\n");
            Eventually.eventually("entries go", () -> node.health().bytes() <= 2 << 20);
            assertThat(node.health().entries()).isLessThan(before);
            assertThat(redis(socket, "CONFIG", "GET", "maxmemory")).contains("2097152");
            assertThat(redis(socket, "CONFIG", "SET", "maxmemory", "65mb"))
                    .isEqualTo(
                            "-ERR CONFIG SET failed (possibly related to argument 'maxmemory') - argument must be between"
                                    + " 1048576 and 67108864 inclusive (store.max-bytes)\r\n");
            assertThat(redis(socket, "CONFIG", "SET", "maxmemory", "64mb")).isEqualTo("+OK\r\n");
            assertThat(redis(socket, "CONFIG", "SET", "requirepass", "x")).startsWith("-ERR CONFIG SET failed");
            assertThat(redis(socket, "CONFIG", "GET", "*")).doesNotContain("requirepass");
        }
    }

    @Test
    void the_slow_log_shows_what_took_long_but_no_secret() throws Exception {
        try (DoorNode node = new DoorNode();
                RawSocket socket = new RawSocket(node.respPort())) {
            assertThat(redis(socket, "CONFIG", "SET", "slowlog-log-slower-than", "0", "slowlog-max-len", "9"))
                    .isEqualTo("+OK\r\n");
            redis(socket, "AUTH", "user", "s3cret");
            redis(socket, "HELLO", "2", "AUTH", "user", "s3cret");
            redis(socket, "CONFIG", "SET", "requirepass", "s3cret");
            String secrets = redis(socket, "SLOWLOG", "GET", "-1");
            assertThat(secrets)
                    .contains("$4\r\nAUTH\r\n", "$5\r\nHELLO\r\n", "requirepass", "(redacted)")
                    .doesNotContain("s3cret");
            redis(socket, "MGET", "k".repeat(200), "l");
            assertThat(redis(socket, "SLOWLOG", "GET", "2"))
                    .startsWith("*2\r\n*6\r\n:")
                    .contains("$4\r\nMGET\r\n", "k".repeat(128) + "... (72 more bytes)", "\r\nl\r\n");
            assertThat(redis(socket, "SLOWLOG", "LEN")).isEqualTo(":9\r\n");
            assertThat(redis(socket, "CONFIG", "SET", "slowlog-log-slower-than", "-1"))
                    .isEqualTo("+OK\r\n");
            assertThat(redis(socket, "SLOWLOG", "RESET")).isEqualTo("+OK\r\n");
            redis(socket, "GET", "k");
            assertThat(redis(socket, "SLOWLOG", "LEN")).isEqualTo(":0\r\n");
        }
    }
}
