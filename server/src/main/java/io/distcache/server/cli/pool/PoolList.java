package io.distcache.server.cli.pool;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.Table;
import io.distcache.server.cli.Tool;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code distcache pool list}. Confined to one thread. */
@Command(
        name = "list",
        description = {
            "Shows the members, whether they can be reached, and the epoch of the pool that each of them knows;",
            "of a replicated pool how many groups each leads, and how far it is behind.",
            "Exit code 1 if no node can be reached."
        })
final class PoolList extends Tool {
    private static final int HEALTH_MILLIS = 1000;

    @Mixin
    private NodesOption nodes = new NodesOption();

    @Option(names = "--json", description = "Print one JSON object per member and line.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        List<String> asked = nodes.addresses();
        try (Nodes connections = nodes.connections(HEALTH_MILLIS)) {
            PoolSight pool = PoolSight.settled(connections, asked);
            if (json) {
                printJson(pool);
            } else if (pool.replicated() != null) {
                print(pool, pool.replicated());
            } else {
                print(pool);
            }
            out().flush();
            return pool.isAnyReachable() ? ExitCode.OK : ExitCode.SOFTWARE;
        } catch (InterruptedException e) {
            return ExitCode.SOFTWARE;
        }
    }

    private void print(PoolSight pool) {
        Table table = new Table("node", "address", "weight", "share", "reachable", "epoch");
        table.alignRight(2);
        table.alignRight(3);
        table.alignRight(5);
        int total = pool.nodes().stream().mapToInt(PoolSight.Node::weight).sum();
        for (PoolSight.Node node : pool.nodes()) {
            Membership known = node.sight().membership();
            table.row(
                    node.name(),
                    node.sight().address(),
                    node.isMember() ? node.weight() : "-",
                    node.isMember() ? Quantity.percent(node.weight(), total) : "-",
                    node.sight().isReachable() ? "yes" : "no",
                    known == null ? "?" : known.isDefined() ? known.epoch() : "none");
        }
        table.print(out());
        for (PoolSight.Node node : pool.nodes()) {
            if (!node.sight().error().isEmpty()) {
                out().println(node.name()
                        + (node.sight().isReachable() ? " does not say who is in the pool: " : " cannot be reached: ")
                        + node.sight().error());
            } else if (pool.membership().isDefined() && !node.isMember()) {
                out().println(node.name() + " is not in the pool");
            }
            HealthReport report = node.sight().report();
            if (report != null && !report.notReady().isEmpty()) {
                out().println(node.name() + " is not ready for the next to be stopped: " + report.notReady());
            }
        }
        if (pool.membership().isDefined()) {
            out().println("pool of epoch " + pool.membership().epoch() + ": "
                    + pool.membership().text());
        } else if (pool.nodes().stream().anyMatch(node -> node.sight().membership() != null)) {
            out().println("no pool; make one of a node and others with: distcache pool add HOST:PORT --node HOST:PORT");
        }
        pool.disagreement().forEach(out()::println);
    }

    private void print(PoolSight pool, PoolPicture replicated) {
        Table table = new Table("node", "address", "state", "leads", "behind");
        table.alignRight(3);
        table.alignRight(4);
        for (PoolSight.Node node : pool.nodes()) {
            int member = pool.numberOf(node);
            table.row(
                    node.name(),
                    node.sight().address(),
                    member < 0 ? "not in the pool" : replicated.state(member),
                    member < 0 ? "-" : replicated.leads(member),
                    member < 0 ? "-" : replicated.shownBehind(member, String::valueOf));
        }
        table.print(out());
        replicated.problems().forEach(out()::println);
        out().println(replicated.described() + "; more with: distcache pool status");
    }

    private void printJson(PoolSight pool) throws IOException {
        try (JsonGenerator to = Json.lines(out())) {
            for (PoolSight.Node node : pool.nodes()) {
                to.writeStartObject();
                HealthJson.member(to, node);
                HealthJson.replica(to, pool, node);
                if (!node.sight().error().isEmpty() && node.sight().replica() == null) {
                    to.writeStringField("error", node.sight().error());
                }
                HealthReport report = node.sight().report();
                if (report != null) {
                    to.writeStringField("notReady", report.notReady());
                }
                Membership known = node.sight().membership();
                if (known != null) {
                    to.writeNumberField("epoch", known.epoch());
                    to.writeStringField("members", known.text());
                }
                to.writeEndObject();
            }
        }
        out().println();
    }
}
