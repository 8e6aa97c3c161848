package io.distcache.server.cli.pool;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import io.distcache.server.cli.Table;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/** How the nodes of a pool are, for people: a table of 120 columns, below it what is not as it should be. Immutable. */
final class HealthText {
    private static final String UNKNOWN = "-";
    private static final int LONGEST_NAME = 21;
    private static final int WARNING_DAYS = 14;

    private final PoolSight pool;
    private final boolean wide;

    /** With {@code wide} all columns, however long the lines. */
    HealthText(PoolSight pool, boolean wide) {
        this.pool = pool;
        this.wide = wide;
    }

    void print(PrintWriter out) {
        Map<String, Function<PoolSight.Node, String>> columns = columns();
        Table table = new Table(columns.keySet().toArray(new String[0]));
        int first = wide ? 4 : 2;
        for (int column = first; column < columns.size(); column++) {
            table.alignRight(column);
        }
        for (PoolSight.Node node : pool.nodes()) {
            table.row(columns.values().stream().map(of -> of.apply(node)).toArray());
        }
        table.print(out);
        notes(out);
    }

    private Map<String, Function<PoolSight.Node, String>> columns() {
        Map<String, Function<PoolSight.Node, String>> columns = new LinkedHashMap<>();
        columns.put("node", node -> wide ? node.name() : shortened(node.name()));
        if (wide) {
            columns.put("address", node -> node.sight().address());
        }
        columns.put("state", node -> state(node.sight().report()));
        if (wide) {
            columns.put("version", of(HealthReport::version));
        }
        columns.put("up", of(r -> Quantity.age(r.uptimeMillis())));
        columns.put("entries", of(r -> Quantity.count(r.entries())));
        columns.put("bytes", of(r -> Quantity.bytes(r.bytes()) + "/" + Quantity.bytes(r.maxBytes())));
        columns.put("full", of(r -> Quantity.percent(r.bytes(), r.maxBytes())));
        columns.put("hit", of(r -> r.hits() + r.misses() == 0 ? UNKNOWN : Quantity.percent(r.hitPercent())));
        columns.put("ops/s", of(r -> Quantity.count(r.operationsPerSecond())));
        columns.put("lag", of(r -> Quantity.micros(r.lagMicros())));
        columns.put("heap", of(r -> Quantity.bytes(r.heapBytes()) + "/" + Quantity.bytes(r.maxHeapBytes())));
        if (wide) {
            columns.put("direct", of(r -> Quantity.bytes(r.directBytes())));
        }
        PoolPicture replicated = pool.replicated();
        if (replicated == null || wide) {
            columns.put("log lag", of(r -> Quantity.bytes(r.unsyncedBytes())));
        }
        if (wide) {
            columns.put("sync", of(r -> Quantity.micros(r.syncMicros())));
        }
        if (replicated == null || wide) {
            columns.put("snap", of(r -> r.snapshotMillis() < 0 ? UNKNOWN : Quantity.age(r.snapshotMillis())));
        }
        if (replicated != null) {
            columns.put("leads", node -> shown(node, replicated::leads));
            columns.put("behind", node -> {
                int member = pool.numberOf(node);
                return member < 0 ? UNKNOWN : replicated.shownBehind(member, Quantity::count);
            });
        }
        columns.put("conns", of(r -> Quantity.count(r.connections())));
        if (wide) {
            columns.put("weight", node -> node.isMember() ? String.valueOf(node.weight()) : UNKNOWN);
            columns.put("epoch", of(r -> String.valueOf(r.poolEpoch())));
            columns.put("leaders", of(r -> Quantity.count(r.figure(Figure.LEADER_CHANGES))));
            columns.put("evicted", of(r -> Quantity.count(r.evictions())));
            columns.put("hints", of(r -> Quantity.count(r.hints())));
            columns.put("held", of(r -> Quantity.bytes(r.bufferedBytes())));
            columns.put("refused", of(r -> Quantity.count(r.refusals())));
            columns.put("late", of(r -> Quantity.count(r.lateClients())));
            columns.put("bad logins", of(r -> Quantity.count(r.failedLogins())));
            columns.put("forbidden", of(r -> Quantity.count(r.forbiddenCommands())));
            columns.put("cert", of(r -> r.certificateDays() == 0 ? UNKNOWN : r.certificateDays() + "d"));
        }
        return columns;
    }

    private static Function<PoolSight.Node, String> of(Function<HealthReport, String> cell) {
        return node -> {
            HealthReport report = node.sight().report();
            return report == null ? UNKNOWN : cell.apply(report);
        };
    }

    /** What the replicated pool's picture says of a member. */
    private String shown(PoolSight.Node node, IntToLongFunction of) {
        int member = pool.numberOf(node);
        long shown = member < 0 ? -1 : of.applyAsLong(member);
        return shown < 0 ? UNKNOWN : Quantity.count(shown);
    }

    private static String shortened(String name) {
        int tail = LONGEST_NAME / 2;
        return name.length() <= LONGEST_NAME
                ? name
                : name.substring(0, LONGEST_NAME - 2 - tail) + ".." + name.substring(name.length() - tail);
    }

    private static String state(@Nullable HealthReport report) {
        if (report == null) {
            return "unreachable";
        }
        return switch (report.state()) {
            case STARTING -> "starting " + report.progressPercent() + "%";
            case SERVING -> "serving";
            case READ_ONLY -> "read-only";
            case DRAINING -> "draining";
        };
    }

    private void notes(PrintWriter out) {
        Set<String> versions = new LinkedHashSet<>();
        for (PoolSight.Node node : pool.nodes()) {
            HealthReport report = node.sight().report();
            String name = called(node);
            // Of a member of a replicated pool it is said below, with what to do.
            boolean isSaid = pool.numberOf(node) >= 0;
            if (report == null) {
                if (!isSaid) {
                    out.println(name + " cannot be reached: " + node.sight().error());
                }
                continue;
            }
            versions.add(report.version());
            if (!report.cause().isEmpty() && !(isSaid && report.state() == HealthReport.State.READ_ONLY)) {
                out.println(name + " is " + state(report) + ": " + report.cause());
            }
            if (report.hints() > 0) {
                out.println(name + " keeps " + Quantity.count(report.hints()) + " hints for members that are away");
            }
            if (report.lateClients() > 0) {
                out.println(name + " answers changes without the synchronous listeners of "
                        + Quantity.count(report.lateClients())
                        + (report.lateClients() == 1 ? " client, which is late" : " clients, which are late"));
            }
            if (report.certificateDays() < 0) {
                out.println(name + " has a certificate that has expired");
            } else if (report.certificateDays() > 0 && report.certificateDays() <= WARNING_DAYS) {
                out.println(name + " has a certificate that expires in " + report.certificateDays() + " days");
            }
            if (report.failedLogins() + report.forbiddenCommands() > 0) {
                out.println(name + " has refused " + Quantity.count(report.failedLogins()) + " logins and "
                        + Quantity.count(report.forbiddenCommands()) + " commands of users since its start");
            }
            if (!report.notReady().isEmpty() && !isSaid) {
                out.println(name + " is not ready for the next to be stopped: " + report.notReady());
            }
            if (pool.isPool() && !node.isMember()) {
                out.println(name + " is not in the pool");
            }
        }
        if (versions.size() > 1) {
            out.println("versions differ: " + String.join(", ", versions) + "; --wide shows whose");
        }
        PoolPicture replicated = pool.replicated();
        if (replicated != null) {
            replicated.problems().forEach(out::println);
        }
        out.println(summary());
        pool.disagreement().forEach(out::println);
    }

    private static String called(PoolSight.Node node) {
        String address = node.sight().address();
        return node.name().equals(address) ? address : node.name() + " (" + address + ")";
    }

    private String summary() {
        long serving =
                pool.nodes().stream().filter(node -> node.sight().isServing()).count();
        int nodes = pool.nodes().size();
        int members = pool.membership().members().size();
        PoolPicture replicated = pool.replicated();
        if (replicated != null) {
            // Each of them has all entries.
            return replicated.described() + ": " + serving(serving, nodes) + ", "
                    + Quantity.count(most(HealthReport::entries)) + " entries, "
                    + Quantity.count(sum(HealthReport::operationsPerSecond)) + " ops/s";
        }
        String who = pool.membership().isDefined()
                ? "pool of epoch " + pool.membership().epoch() + ", " + members
                        + (members == 1 ? " member" : " members")
                : "no pool";
        return who + ": " + serving(serving, nodes) + ", "
                + Quantity.count(sum(HealthReport::entries)) + " entries, " + Quantity.bytes(sum(HealthReport::bytes))
                + " of " + Quantity.bytes(sum(HealthReport::maxBytes)) + ", "
                + Quantity.count(sum(HealthReport::operationsPerSecond)) + " ops/s";
    }

    private static String serving(long serving, int nodes) {
        return serving == nodes ? "all serving" : serving + " of " + nodes + " nodes serving";
    }

    private long most(Function<HealthReport, Long> of) {
        long most = 0;
        for (PoolSight.Node node : pool.nodes()) {
            HealthReport report = node.sight().report();
            most = Math.max(most, report == null ? 0 : of.apply(report));
        }
        return most;
    }

    private long sum(Function<HealthReport, Long> of) {
        long sum = 0;
        for (PoolSight.Node node : pool.nodes()) {
            HealthReport report = node.sight().report();
            sum += report == null ? 0 : of.apply(report);
        }
        return sum;
    }
}
