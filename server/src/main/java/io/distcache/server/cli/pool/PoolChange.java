package io.distcache.server.cli.pool;

import com.fasterxml.jackson.core.JsonGenerator;
import io.distcache.protocol.Command.Pool;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.server.cli.Json;
import io.distcache.server.cli.Table;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Changes who is in a pool: finds the newest membership that any node knows, makes one of the next epoch, and tells it to all who are in
 * either. Nothing but the epoch keeps two such changes apart that run at once; so all are asked again at the end whether it is still theirs.
 * Confined to one thread.
 */
abstract class PoolChange extends Tool {
    private static final int HEALTH_MILLIS = 1000;
    // A node drops the entries that are no longer its own before it answers.
    private static final Duration LONGEST = Duration.ofSeconds(60);

    @Mixin
    private NodesOption nodes = new NodesOption();

    @Option(names = "--json", description = "Print one JSON object per node and line.")
    private boolean json;

    /** What is to be done, as it will be told to people, one line each. */
    final List<String> changes = new ArrayList<>();

    /** How the nodes were that were looked at, by address. */
    final Map<String, Sight> sights = new LinkedHashMap<>();

    /**
     * The members that there are to be.
     *
     * @param before those that there are; epoch 0 if they are only about to become a pool
     */
    abstract List<PoolMember> change(Membership before, Nodes connections) throws IOException, InterruptedException;

    @Override
    public final Integer call() throws IOException {
        List<String> asked = nodes.addresses();
        try (Nodes connections = nodes.connections(HEALTH_MILLIS)) {
            PoolSight pool = PoolSight.of(connections, asked, List.of());
            pool.nodes().forEach(node -> sights.put(node.sight().address(), node.sight()));
            Membership before = pool.membership().isDefined() ? pool.membership() : founders(pool);
            Membership after = next(before, change(before, connections));
            return tell(before, after, connections);
        } catch (InterruptedException e) {
            return ExitCode.SOFTWARE;
        } catch (IllegalArgumentException e) {
            throw new WrongArgumentException(String.valueOf(e.getMessage()));
        }
    }

    /** The nodes that were named, of which none knows of a pool, as one that has no epoch yet. */
    private static Membership founders(PoolSight pool) throws IOException {
        List<PoolMember> members = new ArrayList<>();
        for (PoolSight.Node node : pool.nodes()) {
            Sight sight = node.sight();
            if (!sight.isReachable()) {
                throw new IOException(sight.address() + " cannot be reached, so who is in the pool is not known: "
                        + sight.error() + ". Name one that can, with --node");
            }
            if (sight.membership() == null) {
                throw new IOException(sight.address() + " does not say who is in the pool: " + sight.error());
            }
            members.add(new PoolMember(node.name(), sight.address(), 1));
        }
        return new Membership(0, members);
    }

    private Membership next(Membership before, List<PoolMember> members) {
        if (before.isDefined() && new Membership(before.epoch(), members).equals(before)) {
            changes.add("nothing to change; those who do not know it yet are told");
            return before;
        }
        // Also past what a node knows that comes from elsewhere: it would not take less.
        Membership newest = before;
        for (Sight sight : sights.values()) {
            if (sight.known().isNewerThan(newest) && !sight.known().isFarFrom(newest)) {
                newest = sight.known();
            }
        }
        return new Membership(newest.nextEpoch(), members);
    }

    private int tell(Membership before, Membership after, Nodes connections) throws IOException, InterruptedException {
        List<PoolSight.Node> concerned = concerned(before, after);
        Map<String, io.distcache.protocol.Command> commands = new LinkedHashMap<>();
        for (PoolSight.Node node : concerned) {
            if (node.sight().isReachable()) {
                commands.put(node.sight().address(), new Pool(node.name(), after));
            }
        }
        Map<String, Sight> told = connections.tell(commands, LONGEST);
        List<PoolSight.Node> results = concerned.stream()
                .map(node -> new PoolSight.Node(
                        node.name(),
                        node.weight(),
                        told.getOrDefault(node.sight().address(), node.sight())))
                .toList();
        if (json) {
            printJson(results, commands.keySet(), after);
        } else {
            print(results, commands.keySet(), after);
        }
        out().flush();
        Membership newest = PoolSight.newest(told.values());
        if (newest.equals(after)) {
            newest = PoolSight.newest(connections.look(commands.keySet()).values());
        }
        return conclude(before, after, results, commands.keySet(), newest);
    }

    /** Whom it concerns: the members to be, then those that are none any more, with weight 0. */
    private List<PoolSight.Node> concerned(Membership before, Membership after) {
        List<PoolSight.Node> concerned = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (PoolMember member : after.members()) {
            names.add(member.name());
            concerned.add(new PoolSight.Node(member.name(), member.weight(), sight(member)));
        }
        for (PoolMember member : before.members()) {
            Sight sight = sight(member);
            boolean stays = concerned.stream()
                    .anyMatch(node -> node.sight().address().equals(member.address())
                            || node.sight().isSameNode(sight));
            // A node whose name has moved to another one is told as nobody's namesake that it is out.
            String name = names.contains(member.name()) ? member.address() : member.name();
            if (!stays && !names.contains(name)) {
                concerned.add(new PoolSight.Node(name, 0, sight));
            }
        }
        return concerned;
    }

    private Sight sight(PoolMember member) {
        Sight sight = sights.get(member.address());
        return sight == null ? Sight.unreachable(member.address(), "it was not asked") : sight;
    }

    private static boolean tookIt(PoolSight.Node node, Membership after) {
        return after.equals(node.sight().membership());
    }

    private void print(List<PoolSight.Node> results, Set<String> told, Membership after) {
        changes.forEach(out()::println);
        Table table = new Table("node", "address", "");
        for (PoolSight.Node node : results) {
            table.row(node.name(), node.sight().address(), result(node, told, after));
        }
        table.print(out());
    }

    private static String result(PoolSight.Node node, Set<String> told, Membership after) {
        Sight sight = node.sight();
        if (tookIt(node, after)) {
            return node.isMember() ? "took it" : "took it: it is out, and has dropped its entries";
        }
        if (!told.contains(sight.address())) {
            return "cannot be reached: " + sight.error();
        }
        if (!sight.isReachable()) {
            return "may have taken it: " + sight.error();
        }
        return sight.membership() == null ? "refused: " + sight.error() : "knows " + PoolSight.described(sight.known());
    }

    private void printJson(List<PoolSight.Node> results, Set<String> told, Membership after) throws IOException {
        try (JsonGenerator to = Json.lines(out())) {
            for (PoolSight.Node node : results) {
                to.writeStartObject();
                HealthJson.member(to, node);
                to.writeBooleanField("member", node.isMember());
                to.writeBooleanField("tookIt", tookIt(node, after));
                if (!tookIt(node, after)) {
                    to.writeStringField("error", result(node, told, after));
                }
                Membership known = node.sight().membership();
                if (known != null) {
                    to.writeNumberField("epoch", known.epoch());
                }
                to.writeEndObject();
            }
        }
        out().println();
    }

    private int conclude(
            Membership before, Membership after, List<PoolSight.Node> results, Set<String> told, Membership newest) {
        List<PoolSight.Node> unreachable = results.stream()
                .filter(node -> !told.contains(node.sight().address()))
                .toList();
        for (PoolSight.Node node : unreachable) {
            note("WARNING: " + node.name() + " cannot be reached and does not know; "
                    + (node.isMember()
                            ? "it will hear it from the first client that reaches it, or when this is run again"
                            : "if it still runs, it takes itself for a member until a client tells it otherwise"));
        }
        if (newest.isNewerThan(after) && !newest.isFarFrom(after)) {
            note("distcache: somebody else has changed the pool meanwhile, to " + PoolSight.described(newest)
                    + ". Nothing is lost; look at it, and run this again");
            return ExitCode.SOFTWARE;
        }
        List<PoolSight.Node> failed = results.stream()
                .filter(node -> told.contains(node.sight().address()) && !tookIt(node, after))
                .toList();
        if (!failed.isEmpty() || told.isEmpty()) {
            note("distcache: " + (told.isEmpty() ? "nobody could be told" : names(failed) + " did not take it")
                    + "; the pool may be of two minds until this is run again");
            return ExitCode.SOFTWARE;
        }
        if (!json) {
            out().println((before.isDefined() ? "pool of epoch " : "a new pool, of epoch ") + after.epoch() + ": "
                    + after.text());
            out().flush();
        }
        return ExitCode.OK;
    }

    private static String names(List<PoolSight.Node> nodes) {
        return nodes.stream().map(PoolSight.Node::name).collect(Collectors.joining(", "));
    }
}
