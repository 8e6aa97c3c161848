package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Reply;
import io.distcache.server.command.Glob;
import io.distcache.server.command.Together;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.netty.buffer.ByteBuf;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** The commands on the node. */
final class ServerCommands {
    private static final List<String> SECTIONS = List.of(
            "server",
            "clients",
            "memory",
            "persistence",
            "stats",
            "replication",
            "cpu",
            "modules",
            "errorstats",
            "cluster",
            "keyspace");

    private ServerCommands() {}

    static void bind(Map<String, RespCommand.Action> actions) {
        actions.put("command", ServerCommands::commandAll);
        actions.put(
                "command|count",
                (c, r) -> Replies.integer(c.out(), c.door().commands().all().size()));
        actions.put("command|info", ServerCommands::commandInfo);
        actions.put("command|docs", ServerCommands::commandDocs);
        actions.put("command|list", ServerCommands::commandList);
        actions.put("command|getkeys", ServerCommands::commandGetkeys);
        actions.put(
                "command|help",
                (c, r) -> KeyCommands.help(
                        c,
                        "COMMAND <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "(no subcommand)",
                        "    Return details about all Redis commands.",
                        "COUNT",
                        "    Return the total number of commands in this Redis server.",
                        "LIST",
                        "    Return a list of all commands in this Redis server.",
                        "INFO [<command-name> ...]",
                        "    Return details about multiple Redis commands.",
                        "    If no command names are given, documentation details for all",
                        "    commands are returned.",
                        "DOCS [<command-name> ...]",
                        "    Return documentation details about multiple Redis commands.",
                        "    If no command names are given, documentation details for all",
                        "    commands are returned.",
                        "GETKEYS <full-command>",
                        "    Return the keys from a full Redis command.",
                        "HELP",
                        "    Print this help."));
        actions.put("config|get", ServerCommands::configGet);
        actions.put(
                "config|help",
                (c, r) -> KeyCommands.help(
                        c,
                        "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "GET <pattern>",
                        "    Return parameters matching the glob-like <pattern> and their values.",
                        "HELP",
                        "    Print this help."));
        actions.put("info", ServerCommands::info);
        actions.put("dbsize", (c, r) -> Replies.integer(c.out(), c.keyspace().size()));
        actions.put("flushdb", (c, r) -> flush(c, r, false));
        actions.put("flushall", (c, r) -> flush(c, r, true));
        actions.put("save", (c, r) -> snapshot(c, "OK"));
        actions.put("bgsave", ServerCommands::bgsave);
        actions.put("lastsave", (c, r) -> Replies.integer(c.out(), lastSave(c) / 1000));
        actions.put("wait", ServerCommands::waitForReplicas);
        actions.put("time", ServerCommands::time);
    }

    // --- COMMAND ---

    private static void commandAll(RespConnection c, Request r) {
        List<RespTree> all = c.door().commands().infos();
        Replies.array(c.out(), all.size());
        all.forEach(info -> info.write(c.out(), c.protocol()));
    }

    private static void commandInfo(RespConnection c, Request r) {
        if (r.count() == 2) {
            commandAll(c, r);
            return;
        }
        Replies.array(c.out(), r.count() - 2L);
        for (int i = 2; i < r.count(); i++) {
            RespTree info = c.door().commands().info(r.text(i));
            if (info == null) {
                Replies.nil(c.out(), c.protocol());
            } else {
                info.write(c.out(), c.protocol());
            }
        }
    }

    /** The group of each command, which is what a client without pages of its own can show. */
    private static void commandDocs(RespConnection c, Request r) {
        List<RespCommand> wanted = new ArrayList<>();
        if (r.count() == 2) {
            wanted.addAll(c.door().commands().all());
        }
        for (int i = 2; i < r.count(); i++) {
            RespCommand command = c.door().commands().named(r.text(i).toLowerCase(Locale.ROOT));
            if (command != null) {
                wanted.add(command);
            }
        }
        Replies.map(c.out(), c.protocol(), wanted.size());
        for (RespCommand command : wanted) {
            Replies.bulk(c.out(), command.name());
            Replies.map(c.out(), c.protocol(), 2);
            Replies.bulk(c.out(), "summary");
            Replies.bulk(c.out(), "As in Redis " + RespDoor.REDIS_VERSION);
            Replies.bulk(c.out(), "group");
            Replies.bulk(c.out(), command.firstKey() > 0 ? "string" : "server");
        }
    }

    private static void commandList(RespConnection c, Request r) {
        List<RespCommand> all = new ArrayList<>(c.door().commands().all());
        if (r.count() == 5 && r.is(2, "filterby") && r.is(3, "pattern")) {
            Glob pattern = KeyCommands.pattern(c, r, 4, true);
            if (pattern == null) {
                return;
            }
            all.removeIf(command -> {
                byte[] name = Replies.ascii(command.name());
                return !pattern.matches(name, 0, name.length);
            });
        } else if (r.count() == 5 && r.is(2, "filterby") && (r.is(3, "module") || r.is(3, "aclcat"))) {
            String category = "@" + r.text(4).toLowerCase(Locale.ROOT);
            boolean byModule = r.is(3, "module");
            all.removeIf(command -> byModule || !hasCategory(c, command, category));
        } else if (r.count() != 2) {
            c.error(StringCommands.SYNTAX);
            return;
        }
        Replies.array(c.out(), all.size());
        all.forEach(command -> Replies.bulk(c.out(), command.name()));
    }

    private static boolean hasCategory(RespConnection c, RespCommand command, String category) {
        RespTree info = c.door().commands().info(command.name());
        return info != null
                && info.items().get(6).items().stream()
                        .anyMatch(item -> item.text().equals(category));
    }

    private static void commandGetkeys(RespConnection c, Request r) {
        RespCommand command = c.door().commands().find(r, 2);
        if (command != null && !command.subcommands().isEmpty() && r.count() > 3) {
            command = command.subcommand(r, 3);
        }
        int words = r.count() - 2;
        if (command == null) {
            c.error("ERR Invalid command specified");
        } else if (command.firstKey() == 0) {
            c.error("ERR The command has no key arguments");
        } else if (!command.takes(words)) {
            c.error("ERR Invalid number of arguments specified for command");
        } else {
            List<Integer> keys = new ArrayList<>();
            for (int i = command.firstKey(); i < command.keysEnd(words); i += command.step()) {
                keys.add(i + 2);
            }
            Replies.array(c.out(), keys.size());
            keys.forEach(i -> Replies.bulk(c.out(), r, i));
        }
    }

    // --- CONFIG ---

    private static Map<String, Supplier<String>> parameters(RespConnection c) {
        RespDoor door = c.door();
        Map<String, Supplier<String>> all = new LinkedHashMap<>();
        all.put("appendonly", () -> door.health().snapshotMillis() >= 0 ? "yes" : "no");
        all.put("databases", () -> Integer.toString(RespDoor.DATABASES));
        all.put("maxclients", () -> Integer.toString(door.limits().maxConnections()));
        all.put("maxmemory", () -> Long.toString(door.health().maxBytes()));
        all.put("maxmemory-policy", () -> "allkeys-lfu");
        all.put("port", () -> Integer.toString(door.port()));
        all.put("proto-max-bulk-len", () -> Integer.toString(door.limits().maxRequestBytes()));
        all.put("save", () -> "");
        all.put("timeout", () -> "0");
        return all;
    }

    private static void configGet(RespConnection c, Request r) {
        List<Glob> patterns = new ArrayList<>();
        for (int i = 2; i < r.count(); i++) {
            Glob pattern = KeyCommands.pattern(c, r, i, true);
            if (pattern == null) {
                return;
            }
            patterns.add(pattern);
        }
        Map<String, String> found = new LinkedHashMap<>();
        parameters(c).forEach((name, value) -> {
            byte[] bytes = Replies.ascii(name);
            if (patterns.stream().anyMatch(pattern -> pattern.matches(bytes, 0, bytes.length))) {
                found.put(name, value.get());
            }
        });
        Replies.map(c.out(), c.protocol(), found.size());
        found.forEach((name, value) -> {
            Replies.bulk(c.out(), name);
            Replies.bulk(c.out(), value);
        });
    }

    // --- INFO ---

    private static void info(RespConnection c, Request r) {
        Set<String> wanted = new LinkedHashSet<>();
        for (int i = 1; i < r.count(); i++) {
            String section = r.text(i).toLowerCase(Locale.ROOT);
            if (section.equals("all") || section.equals("default") || section.equals("everything")) {
                wanted.addAll(SECTIONS);
            } else {
                wanted.add(section);
            }
        }
        if (r.count() == 1) {
            wanted.addAll(SECTIONS);
        }
        StringBuilder text = new StringBuilder();
        for (String section : SECTIONS) {
            if (wanted.contains(section)) {
                text.append(text.isEmpty() ? "" : "\r\n").append(section(c, section));
            }
        }
        Replies.verbatim(c.out(), c.protocol(), text.toString());
    }

    private static String section(RespConnection c, String section) {
        HealthReport health = c.door().health();
        return switch (section) {
            case "server" ->
                "# Server\r\nredis_version:" + RespDoor.REDIS_VERSION + "\r\ndistcache_version:" + health.version()
                        + "\r\nredis_mode:standalone\r\nos:" + System.getProperty("os.name") + " "
                        + System.getProperty("os.version") + " " + System.getProperty("os.arch")
                        + "\r\narch_bits:64\r\nprocess_id:"
                        + ProcessHandle.current().pid() + "\r\nrun_id:"
                        + String.format("%040x", health.incarnation()) + "\r\ntcp_port:"
                        + c.door().port()
                        + "\r\nuptime_in_seconds:" + health.uptimeMillis() / 1000 + "\r\nuptime_in_days:"
                        + health.uptimeMillis() / 86_400_000 + "\r\n";
            case "clients" ->
                "# Clients\r\nconnected_clients:" + c.door().clients().size() + "\r\nmaxclients:"
                        + c.door().limits().maxConnections() + "\r\nblocked_clients:0\r\n";
            case "memory" ->
                "# Memory\r\nused_memory:" + health.bytes() + "\r\nused_memory_dataset:" + health.bytes()
                        + "\r\nused_memory_rss:" + health.heapBytes() + "\r\nmaxmemory:" + health.maxBytes()
                        + "\r\nmaxmemory_policy:allkeys-lfu\r\n";
            case "persistence" ->
                "# Persistence\r\nloading:" + (health.state() == HealthReport.State.STARTING ? 1 : 0)
                        + "\r\nrdb_bgsave_in_progress:0\r\nrdb_last_save_time:" + lastSave(c) / 1000
                        + "\r\naof_enabled:" + (health.snapshotMillis() >= 0 ? 1 : 0) + "\r\naof_last_write_status:"
                        + (health.state() == HealthReport.State.READ_ONLY ? "err" : "ok") + "\r\n";
            case "stats" ->
                "# Stats\r\ntotal_connections_received:" + c.door().accepted() + "\r\ntotal_commands_processed:"
                        + health.operations() + "\r\ninstantaneous_ops_per_sec:" + health.operationsPerSecond()
                        + "\r\nexpired_keys:" + c.door().expirations() + "\r\nevicted_keys:" + health.evictions()
                        + "\r\nkeyspace_hits:" + health.hits() + "\r\nkeyspace_misses:" + health.misses() + "\r\n";
            case "replication" -> "# Replication\r\nrole:master\r\nconnected_slaves:0\r\n";
            case "cpu" -> "# CPU\r\nused_cpu_user:" + cpuSeconds() + "\r\n";
            case "modules" -> "# Modules\r\n";
            case "errorstats" -> "# Errorstats\r\n";
            case "cluster" -> "# Cluster\r\ncluster_enabled:0\r\n";
            default -> keyspaces(c);
        };
    }

    private static String cpuSeconds() {
        return ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .map(used -> String.format(Locale.ROOT, "%.6f", used.toNanos() / 1e9))
                .orElse("0.000000");
    }

    private static String keyspaces(RespConnection c) {
        StringBuilder text = new StringBuilder("# Keyspace\r\n");
        for (int i = 0; i < RespDoor.DATABASES; i++) {
            long size = c.door().database(i).size();
            if (size > 0) {
                text.append("db").append(i).append(":keys=").append(size).append(",expires=0,avg_ttl=0\r\n");
            }
        }
        return text.toString();
    }

    // --- whole databases ---

    /** The reply to something that takes its time. */
    private static final class Later extends PendingReply {
        private final String done;

        Later(RespConnection c, String done) {
            super(c);
            this.done = done;
        }

        @Override
        protected boolean isExecuted() {
            return true;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            if (reply instanceof Reply.Failure failure) {
                Replies.error(out, Failures.text(failure));
            } else {
                Replies.simple(out, done);
            }
        }
    }

    private static void flush(RespConnection c, Request r, boolean all) {
        if (r.count() > 2 || (r.count() == 2 && !r.is(1, "sync") && !r.is(1, "async"))) {
            c.error(StringCommands.SYNTAX);
            return;
        }
        Together together = c.door().router().together();
        Runnable body = () -> {
            Together step = c.running();
            for (int i = 0; i < RespDoor.DATABASES && step != null; i++) {
                if ((all || i == c.database()) && step.clear(c.door().database(i)) instanceof Reply.Failure failure) {
                    c.error(Failures.text(failure));
                    return;
                }
            }
            c.ok();
        };
        if (c.isInside()) {
            body.run();
        } else {
            together.needsAll();
            Step.run(c, together, body);
        }
    }

    private static void snapshot(RespConnection c, String done) {
        Later later = new Later(c, done);
        c.reply(later, c.door().router().execute(new Command.Snapshot(), c, 0, later));
    }

    private static void bgsave(RespConnection c, Request r) {
        if (r.count() > 2 || (r.count() == 2 && !r.is(1, "schedule"))) {
            c.error(StringCommands.SYNTAX);
            return;
        }
        if (c.door().health().snapshotMillis() < 0) {
            // Nothing to save to: the client had better know at once.
            snapshot(c, "Background saving started");
            return;
        }
        c.door().router().execute(new Command.Snapshot(), c, 0, reply -> {});
        Replies.simple(c.out(), "Background saving started");
    }

    private static long lastSave(RespConnection c) {
        HealthReport health = c.door().health();
        long age = health.snapshotMillis() < 0 ? health.uptimeMillis() : health.snapshotMillis();
        return c.door().router().clock().wall().millis() - age;
    }

    // --- others ---

    /** There are no replicas, so it is known how it ends. */
    private static void waitForReplicas(RespConnection c, Request r) {
        if (!r.isInteger(1)) {
            c.error(StringCommands.NO_INTEGER);
            return;
        }
        long replicas = r.number();
        if (!r.isInteger(2)) {
            c.error("ERR timeout is not an integer or out of range");
            return;
        }
        long timeout = r.number();
        if (timeout < 0) {
            c.error("ERR timeout is negative");
            return;
        }
        if (replicas <= 0 || c.isInside()) {
            Replies.integer(c.out(), 0);
            return;
        }
        Waiting waiting = new Waiting(c);
        c.reply(waiting, null);
        if (timeout > 0) {
            c.laterBy(timeout, () -> waiting.accept(Reply.Ok.INSTANCE));
        }
    }

    /** Holds the connection until the time is over. */
    private static final class Waiting extends PendingReply {
        Waiting(RespConnection c) {
            super(c);
        }

        @Override
        protected boolean isExecuted() {
            return false;
        }

        @Override
        protected void encode(Reply reply, ByteBuf out) {
            Replies.integer(out, 0);
        }
    }

    private static void time(RespConnection c, Request r) {
        Instant now = c.door().router().clock().wall().instant();
        Replies.array(c.out(), 2);
        Replies.bulk(c.out(), Long.toString(now.getEpochSecond()));
        Replies.bulk(c.out(), Integer.toString(now.getNano() / 1000));
    }
}
