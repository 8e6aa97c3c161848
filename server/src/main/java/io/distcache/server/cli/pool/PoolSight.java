package io.distcache.server.cli.pool;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Routes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A pool as its nodes tell of it. Immutable.
 *
 * @param membership the newest that any of the nodes knows; epoch 0 if none knows of a pool
 * @param nodes the members by name, or by number in a replicated pool, then the nodes that were asked and are no members
 * @param replicated the replicated pool; null if it is none
 */
record PoolSight(
        Membership membership, List<Node> nodes, @Nullable PoolPicture replicated) {

    /** Of another kind than a replicated one. */
    PoolSight(Membership membership, List<Node> nodes) {
        this(membership, nodes, null);
    }

    /** A node under the name that it has in the pool, with its weight there; weight 0 if it is no member. */
    record Node(String name, int weight, Sight sight) {
        boolean isMember() {
            return weight > 0;
        }
    }

    /**
     * Asks these nodes who is in the pool, and the members that they name, until none names another.
     *
     * @param probable the addresses of more nodes to ask at once: members of before
     */
    static PoolSight of(Nodes nodes, List<String> asked, Collection<String> probable) throws InterruptedException {
        Map<String, Sight> sights = new LinkedHashMap<>();
        Set<String> next = new LinkedHashSet<>(asked);
        next.addAll(probable);
        while (!next.isEmpty()) {
            sights.putAll(nodes.look(next));
            next.clear();
            newest(sights.values()).members().forEach(member -> next.add(member.address()));
            Routes replicated = PoolPicture.routes(sights.values());
            if (replicated != null) {
                replicated.nodes().forEach(node -> next.add(node.address()));
            }
            next.removeAll(sights.keySet());
        }
        PoolSight sight = of(newest(sights.values()), asked, sights);
        Set<String> wanted = new LinkedHashSet<>(asked);
        sight.nodes.forEach(node -> wanted.add(node.sight().address()));
        nodes.keep(wanted);
        return sight;
    }

    /** As it is when groups that are just given another leader have one. */
    static PoolSight settled(Nodes nodes, List<String> asked) throws IOException, InterruptedException {
        return Moments.settled(
                () -> of(nodes, asked, List.of()), sight -> sight.replicated != null && sight.replicated.mayPass());
    }

    /** The newest membership that one of them knows, but for those that were told something far from what the others know. */
    static Membership newest(Collection<Sight> sights) {
        return Membership.newestOf(sights.stream().map(Sight::known).toList());
    }

    /** Of what these said, by address. */
    static PoolSight of(Membership membership, List<String> asked, Map<String, Sight> sights) {
        List<Node> nodes = new ArrayList<>();
        for (PoolMember member : membership.members()) {
            Sight sight = sights.get(member.address());
            if (sight != null) {
                nodes.add(new Node(member.name(), member.weight(), sight));
            }
        }
        PoolPicture replicated = PoolPicture.of(sights);
        for (int member = 0; replicated != null && member < replicated.members(); member++) {
            Sight sight = sights.get(replicated.node(member).address());
            if (sight != null) {
                nodes.add(new Node(replicated.node(member).name(), 1, sight));
            }
        }
        for (String address : asked) {
            Sight sight = sights.get(address);
            // A node may be asked by another address than the pool knows it by.
            if (sight != null
                    && nodes.stream()
                            .noneMatch(node -> node.sight().address().equals(address)
                                    || node.sight().isSameNode(sight))) {
                nodes.add(new Node(name(sight), 0, sight));
            }
        }
        return new PoolSight(membership, List.copyOf(nodes), replicated);
    }

    /** What a node is called that the pool has no name for: as it calls itself, unless that names no single node. */
    static String name(Sight sight) {
        HealthReport report = sight.report();
        String own = report == null ? "" : report.node();
        boolean isWildcard = own.startsWith("0.0.0.0:") || own.startsWith("[::]:") || own.startsWith("0:0:0:0:0:0:0:0");
        return own.isEmpty() || isWildcard ? sight.address() : own;
    }

    /** The addresses of all. */
    List<String> addresses() {
        return nodes.stream().map(node -> node.sight().address()).toList();
    }

    /** Whether there is any pool. */
    boolean isPool() {
        return membership.isDefined() || replicated != null;
    }

    /** Which member of a replicated pool a node is; -1 if it is none. */
    int numberOf(Node node) {
        for (int member = 0; replicated != null && member < replicated.members(); member++) {
            if (replicated.node(member).address().equals(node.sight().address())) {
                return member;
            }
        }
        return -1;
    }

    boolean isAnyReachable() {
        return nodes.stream().anyMatch(node -> node.sight().isReachable());
    }

    /** Whether the next node may be stopped: all that are there serve, need nothing of each other, and know the same pool. */
    boolean areAllReady() {
        return nodes.stream().allMatch(node -> node.sight().isReady())
                && disagreement().isEmpty()
                && (replicated == null || replicated.problems().isEmpty());
    }

    /** Where members know different things of who is in the pool: who knows what, in lines. Empty if all that say know the same. */
    List<String> disagreement() {
        Map<Membership, List<String>> knowing = new LinkedHashMap<>();
        for (Node node : nodes) {
            Membership known = node.sight().membership();
            if (known != null && (node.isMember() || known.isDefined())) {
                knowing.computeIfAbsent(known, m -> new ArrayList<>()).add(node.name());
            }
        }
        if (knowing.size() < 2) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        lines.add("THE MEMBERS DISAGREE on who is in the pool:");
        knowing.entrySet().stream()
                .sorted((one, other) -> one.getKey().isNewerThan(other.getKey()) ? -1 : 1)
                .forEach(side -> lines.add("  " + String.join(", ", side.getValue())
                        + (side.getValue().size() == 1 ? " knows " : " know ") + described(side.getKey())));
        lines.add("  Clients tell those that are behind; so does: distcache pool add, with a member as it is");
        return lines;
    }

    /** A membership after "knows". */
    static String described(Membership membership) {
        return membership.isDefined() ? "epoch " + membership.epoch() + ": " + membership.text() : "of no pool";
    }
}
