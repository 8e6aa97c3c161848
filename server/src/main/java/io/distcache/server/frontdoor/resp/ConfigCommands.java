package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.HealthReport;
import io.distcache.server.dispatch.Glob;
import io.distcache.server.dispatch.MemoryBound;
import io.distcache.server.shard.operation.Decimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * CONFIG. What a node was started with is in its configuration; what CONFIG SET changes holds until the node ends. Of Redis's parameters
 * those are told that mean something here, and never a secret. Stateless.
 */
final class ConfigCommands {
    private static final Pattern MEMORY = Pattern.compile("(\\d{1,18})(b|k|kb|m|mb|g|gb|)", Pattern.CASE_INSENSITIVE);
    private static final String IMMUTABLE = "can't set immutable config";

    private ConfigCommands() {}

    static void bind(RespActions actions) {
        actions.operator("config|get", ConfigCommands::get);
        actions.operator("config|set", ConfigCommands::set);
        actions.operator("config|resetstat", (c, r) -> {
            c.node().resetCounts();
            c.ok();
        });
        actions.operator("config|rewrite", (c, r) -> c.error("ERR The server is running without a config file"));
        actions.operator(
                "config|help",
                (c, r) -> Replies.help(
                        c.out(),
                        "CONFIG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "GET <pattern>",
                        "    Return parameters matching the glob-like <pattern> and their values.",
                        "SET <directive> <value>",
                        "    Set the configuration <directive> to <value>.",
                        "RESETSTAT",
                        "    Reset statistics reported by the INFO command.",
                        "REWRITE",
                        "    Rewrite the configuration file.",
                        "HELP",
                        "    Print this help."));
    }

    /** Takes a new value, if it is right. */
    private interface Setter {
        /** What is wrong with the value, or null; then {@code change} has what sets it. */
        @Nullable
        String check(String value, List<Runnable> change);
    }

    /**
     * A parameter.
     *
     * @param setter null if it cannot be set while the node runs
     */
    private record Parameter(
            Supplier<String> value, @Nullable Setter setter) {}

    private static Map<String, Parameter> parameters(RespClient c) {
        RespNode node = c.node();
        SlowLog slow = node.slowLog();
        Map<String, Parameter> all = new LinkedHashMap<>();
        fixed(all, "appendonly", () -> isLogged(node.health()) ? "yes" : "no");
        fixed(all, "bind", () -> c.connection().local().replaceFirst(":\\d+$", ""));
        fixed(all, "databases", () -> Integer.toString(RespNode.DATABASES));
        fixed(all, "io-threads", () -> Integer.toString(node.eventLoops()));
        fixed(all, "latency-monitor-threshold", () -> "0");
        fixed(all, "latency-tracking", () -> "no");
        fixed(all, "lfu-decay-time", () -> "0");
        fixed(all, "maxclients", () -> Integer.toString(node.limits().maxConnections()));
        all.put("maxmemory", new Parameter(() -> Long.toString(node.health().maxBytes()), (value, change) -> {
            Long bytes = memory(value);
            if (bytes == null) {
                return "argument must be a memory value";
            }
            MemoryBound bound = node.memoryBound();
            if (bytes < bound.least() || bytes > bound.most()) {
                return between(bound.least(), bound.most()) + " (store.max-bytes)";
            }
            change.add(() -> bound.set(bytes));
            return null;
        }));
        fixed(all, "maxmemory-policy", () -> RespNode.EVICTION_POLICY);
        fixed(all, "port", () -> Integer.toString(node.port()));
        fixed(all, "proto-max-bulk-len", () -> Integer.toString(node.limits().maxRequestBytes()));
        fixed(all, "save", () -> "");
        all.put(
                "slowlog-log-slower-than",
                new Parameter(() -> Long.toString(slow.thresholdMicros()), (value, change) -> {
                    Long micros = number(value);
                    if (micros == null) {
                        return "argument couldn't be parsed into an integer";
                    }
                    if (micros < -1) {
                        return between(-1, Long.MAX_VALUE);
                    }
                    change.add(() -> slow.thresholdMicros(micros));
                    return null;
                }));
        all.put("slowlog-max-len", new Parameter(() -> Long.toString(slow.mostEntries()), (value, change) -> {
            Long most = number(value);
            if (most == null) {
                return "argument couldn't be parsed into an integer";
            }
            if (most < 0 || most > SlowLog.MOST_ENTRIES) {
                return between(0, SlowLog.MOST_ENTRIES);
            }
            change.add(() -> slow.mostEntries(most.intValue()));
            return null;
        }));
        fixed(all, "tcp-backlog", () -> "1024");
        fixed(all, "timeout", () -> "0");
        return all;
    }

    private static void fixed(Map<String, Parameter> all, String name, Supplier<String> value) {
        all.put(name, new Parameter(value, null));
    }

    static boolean isLogged(HealthReport health) {
        return health.snapshotMillis() >= 0;
    }

    private static String between(long least, long most) {
        return "argument must be between " + least + " and " + most + " inclusive";
    }

    private static @Nullable Long number(String text) {
        byte[] bytes = Replies.ascii(text);
        return Decimal.isCanonical(bytes, 0, bytes.length) ? (Long) Decimal.value(bytes, 0, bytes.length) : null;
    }

    /** Bytes, also in thousands or powers of 1024, as in 100mb; null if it is none of these. */
    private static @Nullable Long memory(String text) {
        Matcher parts = MEMORY.matcher(text);
        if (!parts.matches()) {
            return null;
        }
        long unit = switch (parts.group(2).toLowerCase(Locale.ROOT)) {
            case "k" -> 1000;
            case "kb" -> 1L << 10;
            case "m" -> 1_000_000;
            case "mb" -> 1L << 20;
            case "g" -> 1_000_000_000;
            case "gb" -> 1L << 30;
            default -> 1;
        };
        long number = Long.parseLong(parts.group(1));
        return number > Long.MAX_VALUE / unit ? Long.MAX_VALUE : number * unit;
    }

    // --- GET and SET ---

    private static void get(RespClient c, Request r) {
        Map<String, Parameter> all = parameters(c);
        Map<String, String> found = new LinkedHashMap<>();
        Set<Parameter> shown = new HashSet<>();
        for (int i = 2; i < r.count(); i++) {
            Glob pattern = ScanCommands.pattern(c, r, i, true);
            if (pattern == null) {
                return;
            }
            String asked = r.text(i);
            Parameter named = all.get(asked.toLowerCase(Locale.ROOT));
            if (named != null && shown.add(named)) {
                // By the name that it is asked for, whatever its case.
                found.put(asked, named.value().get());
            }
            all.forEach((name, parameter) -> {
                byte[] bytes = Replies.ascii(name);
                if (pattern.matches(bytes, 0, bytes.length) && shown.add(parameter)) {
                    found.put(name, parameter.value().get());
                }
            });
        }
        Replies.map(c.out(), c.protocol(), found.size());
        found.forEach((name, value) -> {
            Replies.bulk(c.out(), name);
            Replies.bulk(c.out(), value);
        });
    }

    /** All of it or nothing. A parameter that is fixed here can be set to what it is. */
    private static void set(RespClient c, Request r) {
        if (r.count() % 2 != 0) {
            c.error(Errors.SYNTAX);
            return;
        }
        Map<String, Parameter> all = parameters(c);
        Set<String> seen = new LinkedHashSet<>();
        List<Runnable> changes = new ArrayList<>();
        for (int i = 2; i < r.count(); i += 2) {
            if (!all.containsKey(r.text(i).toLowerCase(Locale.ROOT)) && !isSecret(r, i)) {
                c.error("ERR Unknown option or number of arguments for CONFIG SET - '" + r.text(i) + "'");
                return;
            }
        }
        for (int i = 2; i < r.count(); i += 2) {
            String name = r.text(i).toLowerCase(Locale.ROOT);
            Parameter parameter = all.get(name);
            String value = r.text(i + 1);
            String wrong;
            if (!seen.add(name)) {
                wrong = "duplicate parameter";
            } else if (parameter == null) {
                wrong = IMMUTABLE;
            } else if (parameter.setter() == null) {
                wrong = parameter.value().get().equals(value) ? null : IMMUTABLE;
            } else {
                wrong = parameter.setter().check(value, changes);
            }
            if (wrong != null) {
                c.error("ERR CONFIG SET failed (possibly related to argument '" + r.text(i) + "') - " + wrong);
                return;
            }
        }
        changes.forEach(Runnable::run);
        c.ok();
    }

    /** Of these it is not even told what they are. */
    private static boolean isSecret(Request r, int index) {
        return r.is(index, "requirepass") || r.is(index, "masterauth");
    }
}
