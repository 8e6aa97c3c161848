package io.distcache.server.frontdoor.resp;

import io.distcache.server.shard.operation.EntryView;
import io.netty.buffer.ByteBuf;
import java.util.List;

/** What operators look at: SLOWLOG, MEMORY USAGE, LATENCY, ROLE. Stateless. */
final class MonitoringCommands {
    private static final int SLOW_SHOWN = 10;

    private MonitoringCommands() {}

    static void bind(RespActions actions) {
        actions.operator("slowlog|get", MonitoringCommands::slowlog);
        actions.operator(
                "slowlog|len",
                (c, r) -> Replies.integer(c.out(), c.node().slowLog().size()));
        actions.operator("slowlog|reset", (c, r) -> {
            c.node().slowLog().clear();
            c.ok();
        });
        actions.operator(
                "slowlog|help",
                (c, r) -> Replies.help(
                        c.out(),
                        "SLOWLOG <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "GET [<count>]",
                        "    Return top <count> entries from the slowlog (default: 10, -1 mean all).",
                        "    Entries are made of:",
                        "    id, timestamp, time in microseconds, arguments array, client IP and port,",
                        "    client name",
                        "LEN",
                        "    Return the length of the slowlog.",
                        "RESET",
                        "    Reset the slowlog.",
                        "HELP",
                        "    Prints this help."));
        actions.read("memory|usage", MonitoringCommands::memoryUsage);
        actions.operator(
                "memory|help",
                (c, r) -> Replies.help(
                        c.out(),
                        "MEMORY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "USAGE <key> [SAMPLES <count>]",
                        "    Return memory in bytes used by <key> and its value.",
                        "HELP",
                        "    Prints this help."));
        // Latencies are not monitored, as in a redis-server whose latency-monitor-threshold is 0, the default.
        actions.operator("latency|latest", (c, r) -> Replies.array(c.out(), 0));
        actions.operator("latency|history", (c, r) -> Replies.array(c.out(), 0));
        actions.operator("latency|reset", (c, r) -> Replies.integer(c.out(), 0));
        actions.operator("latency|histogram", (c, r) -> Replies.map(c.out(), c.protocol(), 0));
        actions.operator("latency|graph", (c, r) -> c.error("ERR No samples available for event '" + r.text(2) + "'"));
        actions.operator(
                "latency|help",
                (c, r) -> Replies.help(
                        c.out(),
                        "LATENCY <subcommand> [<arg> [value] [opt] ...]. Subcommands are:",
                        "GRAPH <event>",
                        "    Return an ASCII latency graph for the <event> class.",
                        "HISTORY <event>",
                        "    Return time-latency samples for the <event> class.",
                        "LATEST",
                        "    Return the latest latency samples for all events.",
                        "RESET [<event> ...]",
                        "    Reset latency data of one or more <event> classes.",
                        "    (default: reset all data for all event classes)",
                        "HISTOGRAM [COMMAND ...]",
                        "    Return a cumulative distribution of latencies, of which none is kept.",
                        "HELP",
                        "    Prints this help."));
        actions.operator("role", (c, r) -> {
            Replies.array(c.out(), 3);
            Replies.bulk(c.out(), "master");
            Replies.integer(c.out(), 0);
            Replies.array(c.out(), 0);
        });
    }

    private static void slowlog(RespClient c, Request r) {
        long most = SLOW_SHOWN;
        if (r.count() > 3) {
            c.error("ERR unknown subcommand or wrong number of arguments for '" + r.text(1) + "'. Try SLOWLOG HELP.");
            return;
        }
        if (r.count() == 3) {
            if (!r.isInteger(2) || r.number() < -1) {
                c.error("ERR count should be greater than or equal to -1");
                return;
            }
            most = r.number() == -1 ? Long.MAX_VALUE : r.number();
        }
        List<SlowLog.Entry> entries = c.node().slowLog().latest(most);
        Replies.array(c.out(), entries.size());
        for (SlowLog.Entry entry : entries) {
            ByteBuf out = c.outOfMany();
            Replies.array(out, 6);
            Replies.integer(out, entry.id());
            Replies.integer(out, entry.seconds());
            Replies.integer(out, entry.micros());
            Replies.array(out, entry.arguments().size());
            entry.arguments().forEach(argument -> Replies.bulk(out, argument));
            Replies.bulk(out, entry.peer());
            Replies.bulk(out, entry.clientName());
        }
    }

    private static void memoryUsage(RespClient c, Request r) {
        for (int i = 3; i < r.count(); i += 2) {
            if (!r.is(i, "samples") || i + 1 == r.count()) {
                c.error(Errors.SYNTAX);
                return;
            }
            if (!r.isInteger(i + 1)) {
                c.error(Errors.NO_INTEGER);
                return;
            }
            if (r.number() < 0) {
                c.error(Errors.SYNTAX);
                return;
            }
        }
        c.execute(Told.number(c, r.tagged(2), EntryView::footprint));
    }
}
