package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.HealthReport;
import io.distcache.server.frontdoor.stream.ProcessCpu;
import io.distcache.server.frontdoor.stream.Traffic;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * INFO: of Redis's fields those that mean something here, by its names and in its order. What is always nothing here, as the number of
 * replicas is, is told as 0, since monitoring looks for it. Confined to the event loop of the connection that asks.
 */
final class InfoSections {
    private static final List<String> ALL = List.of(
            "server",
            "clients",
            "memory",
            "persistence",
            "stats",
            "replication",
            "cpu",
            "modules",
            "commandstats",
            "errorstats",
            "latencystats",
            "cluster",
            "keyspace");
    private static final Set<String> ONLY_IF_ASKED_FOR = Set.of("commandstats", "latencystats");
    private static final String NO_ID = "0".repeat(40);

    private final RespClient client;
    private final RespNode node;
    private final HealthReport health;
    private final StringBuilder text = new StringBuilder();

    private InfoSections(RespClient client) {
        this.client = client;
        this.node = client.node();
        this.health = node.health();
    }

    static void info(RespClient c, Request r) {
        Set<String> wanted = new LinkedHashSet<>();
        for (int i = 1; i < r.count(); i++) {
            String section = r.text(i).toLowerCase(Locale.ROOT);
            if (section.equals("default")) {
                addDefault(wanted);
            } else if (section.equals("all") || section.equals("everything")) {
                wanted.addAll(ALL);
            } else {
                wanted.add(section);
            }
        }
        if (r.count() == 1) {
            addDefault(wanted);
        }
        InfoSections info = new InfoSections(c);
        for (String section : ALL) {
            if (wanted.contains(section)) {
                info.section(section);
            }
        }
        Replies.verbatim(c.out(), c.protocol(), info.text.toString());
    }

    private static void addDefault(Set<String> wanted) {
        ALL.stream().filter(section -> !ONLY_IF_ASKED_FOR.contains(section)).forEach(wanted::add);
    }

    private void section(String name) {
        String title = name.equals("cpu") ? "CPU" : name.substring(0, 1).toUpperCase(Locale.ROOT) + name.substring(1);
        text.append(text.isEmpty() ? "" : "\r\n").append("# ").append(title).append("\r\n");
        switch (name) {
            case "server" -> server();
            case "clients" -> clients();
            case "memory" -> memory();
            case "persistence" -> persistence();
            case "stats" -> stats();
            case "replication" -> replication();
            case "cpu" -> cpu();
            case "commandstats" -> commands();
            case "errorstats" ->
                node.counts().errors().forEach((code, count) -> field("errorstat_" + code, "count=" + count));
            case "cluster" -> field("cluster_enabled", 0);
            case "keyspace" -> keyspaces();
            default -> {
                // There are no modules, and latencies are not tracked.
            }
        }
    }

    private void field(String name, Object value) {
        text.append(name).append(':').append(value).append("\r\n");
    }

    private void zeros(String... names) {
        for (String name : names) {
            field(name, 0);
        }
    }

    private String runId() {
        return String.format("%040x", health.incarnation());
    }

    private void server() {
        field("redis_version", RespNode.REDIS_VERSION);
        field("distcache_version", health.version());
        field("redis_build_id", "distcache-" + health.version());
        field("redis_mode", "standalone");
        field(
                "os",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        field("arch_bits", 64);
        field("process_id", ProcessHandle.current().pid());
        field("process_supervised", "no");
        field("run_id", runId());
        field("tcp_port", node.port());
        field("server_time_usec", node.clock().wall().millis() * 1000);
        field("uptime_in_seconds", health.uptimeMillis() / 1000);
        field("uptime_in_days", health.uptimeMillis() / 86_400_000);
        field("config_file", "");
        field("io_threads_active", node.eventLoops() > 1 ? 1 : 0);
    }

    private void clients() {
        field("connected_clients", node.connections().size());
        field("cluster_connections", 0);
        field("maxclients", node.limits().maxConnections());
        zeros("blocked_clients", "tracking_clients", "clients_in_timeout_table");
    }

    private void memory() {
        long used = health.bytes();
        long resident = health.heapBytes() + health.directBytes();
        bytes("used_memory", used);
        bytes("used_memory_rss", resident);
        field("used_memory_overhead", health.bufferedBytes());
        field("used_memory_startup", 0);
        field("used_memory_dataset", used);
        field("used_memory_dataset_perc", "100.00%");
        zeros("used_memory_lua", "used_memory_scripts", "number_of_cached_scripts");
        bytes("maxmemory", health.maxBytes());
        field("maxmemory_policy", RespNode.EVICTION_POLICY);
        field("mem_fragmentation_ratio", String.format(Locale.ROOT, "%.2f", used == 0 ? 0 : (double) resident / used));
        field("mem_fragmentation_bytes", resident - used);
        zeros("mem_not_counted_for_evict", "mem_clients_slaves");
        field("mem_clients_normal", health.bufferedBytes());
        field("mem_allocator", "java");
        zeros("active_defrag_running", "lazyfree_pending_objects");
    }

    /** A number of bytes, and the same for people. */
    private void bytes(String name, long bytes) {
        field(name, bytes);
        String units = "BKMGT";
        double scaled = bytes;
        int unit = 0;
        while (scaled >= 1024 && unit < units.length() - 1) {
            scaled /= 1024;
            unit++;
        }
        field(
                name + "_human",
                unit == 0 ? bytes + "B" : String.format(Locale.ROOT, "%.2f", scaled) + units.charAt(unit));
    }

    private void persistence() {
        field("loading", health.state() == HealthReport.State.STARTING ? 1 : 0);
        field("async_loading", 0);
        field("rdb_bgsave_in_progress", 0);
        field("rdb_last_save_time", ServerCommands.lastSave(client) / 1000);
        String status = health.state() == HealthReport.State.READ_ONLY ? "err" : "ok";
        field("rdb_last_bgsave_status", status);
        field("rdb_last_bgsave_time_sec", -1);
        field("rdb_current_bgsave_time_sec", -1);
        field("aof_enabled", ConfigCommands.isLogged(health) ? 1 : 0);
        zeros("aof_rewrite_in_progress", "aof_rewrite_scheduled");
        field("aof_last_rewrite_time_sec", -1);
        field("aof_current_rewrite_time_sec", -1);
        field("aof_last_bgrewrite_status", "ok");
        field("aof_last_write_status", status);
        field("module_fork_in_progress", 0);
    }

    private void stats() {
        Traffic traffic = node.traffic();
        RespNode.Totals totals = node.totals();
        long calls = 0;
        long[] counts = node.counts().commands();
        for (int i = CommandCounts.CALLS; i < counts.length; i += CommandCounts.KINDS) {
            calls += counts[i];
        }
        field("total_connections_received", traffic.connections());
        field("total_commands_processed", calls);
        field("instantaneous_ops_per_sec", health.operationsPerSecond());
        field("total_net_input_bytes", traffic.readBytes());
        field("total_net_output_bytes", traffic.writtenBytes());
        field("rejected_connections", traffic.refusals());
        zeros("sync_full", "sync_partial_ok", "sync_partial_err");
        field("expired_keys", totals.expirations());
        field("evicted_keys", totals.evictions());
        field("keyspace_hits", totals.hits());
        field("keyspace_misses", totals.misses());
        zeros(
                "pubsub_channels",
                "pubsub_patterns",
                "latest_fork_usec",
                "migrate_cached_sockets",
                "slave_expires_tracked_keys",
                "active_defrag_hits",
                "active_defrag_misses",
                "active_defrag_key_hits",
                "active_defrag_key_misses");
        field(
                "total_error_replies",
                node.counts().errors().values().stream()
                        .mapToLong(Long::longValue)
                        .sum());
    }

    private void replication() {
        field("role", "master");
        field("connected_slaves", 0);
        field("master_failover_state", "no-failover");
        field("master_replid", runId());
        field("master_replid2", NO_ID);
        field("master_repl_offset", 0);
        field("second_repl_offset", -1);
        zeros("repl_backlog_active", "repl_backlog_size", "repl_backlog_first_byte_offset", "repl_backlog_histlen");
    }

    private void cpu() {
        ProcessCpu cpu = ProcessCpu.now();
        field("used_cpu_sys", ProcessCpu.seconds(cpu.systemMicros()));
        field("used_cpu_user", ProcessCpu.seconds(cpu.userMicros()));
        field("used_cpu_sys_children", ProcessCpu.seconds(0));
        field("used_cpu_user_children", ProcessCpu.seconds(0));
    }

    private void commands() {
        long[] counts = node.counts().commands();
        for (RespCommand command : node.commands().indexed()) {
            int at = command.index() * CommandCounts.KINDS;
            long calls = counts[at + CommandCounts.CALLS];
            long rejected = counts[at + CommandCounts.REJECTED];
            long failed = counts[at + CommandCounts.FAILED];
            if (calls + rejected + failed == 0) {
                continue;
            }
            double micros = counts[at + CommandCounts.NANOS] / 1000.0;
            field(
                    "cmdstat_" + command.name(),
                    "calls=" + calls + ",usec=" + (long) micros + ",usec_per_call="
                            + String.format(Locale.ROOT, "%.2f", calls == 0 ? 0 : micros / calls) + ",rejected_calls="
                            + rejected + ",failed_calls=" + failed);
        }
    }

    private void keyspaces() {
        for (int i = 0; i < RespNode.DATABASES; i++) {
            long size = node.database(i).size();
            if (size > 0) {
                field("db" + i, "keys=" + size + ",expires=" + node.database(i).expirable() + ",avg_ttl=0");
            }
        }
    }
}
