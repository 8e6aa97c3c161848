package io.distcache.server.cli.pool;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.NodeConnection;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Table;
import io.distcache.server.cli.Tool;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code distcache pool status}. Confined to one thread. */
@Command(
        name = "status",
        description = {
            "Shows how a replicated pool is: its nodes, which groups of keys each leads, who is behind, what is wrong, and what to do.",
            "One node that can be reached is enough: it tells of the others.",
            "Exit code 0 if all is well and the next node may be stopped, 1 if not, or the node is in no replicated pool."
        })
final class PoolStatus extends Tool {
    private static final String CLEAR_SCREEN = "\033[H\033[2J";

    private static final int HEALTH_MILLIS = 1000;

    @Mixin
    private NodesOption nodes = new NodesOption();

    @Option(names = "--groups", description = "Show each group, too.")
    private boolean groups;

    @Option(
            names = "--key",
            paramLabel = "K",
            description = "Say which node leads the group of a key that is text, as applications give it.")
    private @Nullable String key;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Option(
            names = "--watch",
            paramLabel = "SECONDS",
            arity = "0..1",
            fallbackValue = "1",
            description = "Show it again each second, or every so many, until ^C.")
    private @Nullable Integer watch;

    @Override
    public Integer call() throws IOException {
        List<String> asked = nodes.addresses();
        try (Nodes connections = nodes.connections(HEALTH_MILLIS)) {
            while (true) {
                PoolPicture picture = look(connections, asked);
                if (json) {
                    printJson(picture);
                } else {
                    if (watch != null && Boolean.getBoolean(Progress.OUT_PROPERTY)) {
                        out().print(CLEAR_SCREEN);
                    }
                    print(picture);
                }
                out().flush();
                if (watch == null) {
                    return picture.problems().isEmpty() ? ExitCode.OK : ExitCode.SOFTWARE;
                }
                Thread.sleep(Math.max(1, watch) * 1000L);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return watch == null ? ExitCode.SOFTWARE : ExitCode.OK;
        }
    }

    private PoolPicture look(Nodes connections, List<String> asked) throws IOException, InterruptedException {
        PoolSight pool = see(connections, asked);
        if (!pool.isAnyReachable()) {
            // A machine with much to do may have been late.
            pool = see(connections, asked);
        }
        PoolPicture picture = pool.replicated();
        if (picture == null) {
            throw new IOException(whyNone(pool));
        }
        return picture;
    }

    private PoolSight see(Nodes connections, List<String> asked) throws IOException, InterruptedException {
        return watch == null ? PoolSight.settled(connections, asked) : PoolSight.of(connections, asked, List.of());
    }

    /** Of the first node that answered, or the first that was asked. */
    private static String whyNone(PoolSight pool) {
        List<Sight> asked = pool.nodes().stream().map(PoolSight.Node::sight).toList();
        Sight sight = asked.stream().filter(Sight::isReachable).findFirst().orElse(asked.get(0));
        return sight.membership() == null
                ? sight.address() + ": " + sight.error() + (sight.isReachable() ? "" : NodeConnection.HINT)
                : sight.address() + " is in no replicated pool; make one with: distcache pool create, or see"
                        + " the nodes of another kind of pool with: distcache pool list";
    }

    private void print(PoolPicture picture) {
        Table table = new Table("node", "address", "state", "leads", "behind", "entries");
        table.alignRight(3);
        table.alignRight(4);
        table.alignRight(5);
        for (int member = 0; member < picture.members(); member++) {
            Routes.Node node = picture.node(member);
            HealthReport health = picture.health(member);
            table.row(
                    node.name(),
                    node.address(),
                    picture.state(member),
                    health == null ? "-" : picture.leads(member),
                    picture.shownBehind(member, String::valueOf),
                    health == null ? "?" : health.entries());
        }
        table.print(out());
        if (groups) {
            Table each = new Table("group", "leader", "term", "last", "behind");
            each.alignRight(2);
            each.alignRight(3);
            for (int group = 0; group < picture.groups().size(); group++) {
                Reply.Group known = picture.groups().get(group);
                each.row(
                        group == 0 ? "caches" : String.valueOf(group - 1),
                        known.leader() < 0
                                ? "nobody"
                                : picture.node(known.leader()).name(),
                        known.term(),
                        known.last(),
                        known.behind().isEmpty() ? "?" : known.behind().toString());
            }
            each.print(out());
        }
        if (key != null) {
            Reply.Group led = picture.groups().get(1 + picture.groupOf(key));
            out().println("key " + OneLine.of(key) + " is in group " + picture.groupOf(key) + ", which "
                    + (led.leader() < 0
                            ? "nobody leads"
                            : picture.node(led.leader()).name() + " leads"));
        }
        out().println(String.format(
                "replicated pool %016x: %d groups of keys, each on %d nodes",
                picture.pool(), picture.groups().size() - 1, picture.members()));
        picture.problems().forEach(out()::println);
        if (picture.problems().isEmpty()) {
            out().println("all is well: any " + (picture.members() - 1) / 2 + " of the nodes can be lost");
        }
    }

    private void printJson(PoolPicture picture) throws IOException {
        try (JsonGenerator to = Json.lines(out())) {
            to.writeStartObject();
            to.writeStringField("pool", String.format("%016x", picture.pool()));
            to.writeArrayFieldStart("nodes");
            for (int member = 0; member < picture.members(); member++) {
                HealthReport health = picture.health(member);
                to.writeStartObject();
                to.writeStringField("name", picture.node(member).name());
                to.writeStringField("address", picture.node(member).address());
                to.writeStringField("state", picture.state(member));
                to.writeNumberField("leads", picture.leads(member));
                to.writeNumberField("behind", picture.behind(member));
                if (health != null) {
                    to.writeNumberField("entries", health.entries());
                    for (HealthReport.Figure figure : HealthReport.Figure.values()) {
                        if (figure.isOfReplicatedPool()) {
                            to.writeNumberField(figure.label(), health.figure(figure));
                        }
                    }
                }
                to.writeEndObject();
            }
            to.writeEndArray();
            to.writeArrayFieldStart("groups");
            for (Reply.Group group : picture.groups()) {
                to.writeStartObject();
                to.writeNumberField("leader", group.leader());
                to.writeNumberField("term", group.term());
                to.writeNumberField("last", group.last());
                to.writeEndObject();
            }
            to.writeEndArray();
            if (key != null) {
                to.writeNumberField("groupOfKey", picture.groupOf(key));
            }
            to.writeArrayFieldStart("problems");
            for (String problem : picture.problems()) {
                to.writeString(problem);
            }
            to.writeEndArray();
            to.writeEndObject();
        }
        out().println();
    }
}
