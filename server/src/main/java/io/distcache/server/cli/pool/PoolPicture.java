package io.distcache.server.cli.pool;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.ValueTag;
import io.distcache.server.cli.Access;
import io.distcache.server.cli.NodeConnection;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A replicated pool as all its nodes together see it. Immutable. */
final class PoolPicture {
    private static final long UNKNOWN = -1;
    /** So many entries of a group may be on their way to a member that keeps up. */
    private static final long MOST_UNDER_WAY = 256;

    private final Routes routes;
    private final @Nullable HealthReport[] healths;
    private final String[] errors;
    private final List<Reply.Group> groups;
    private final List<String> problems = new ArrayList<>();
    private boolean mayPass;

    private PoolPicture(Routes routes, @Nullable HealthReport[] healths, String[] errors, List<Reply.Group> groups) {
        this.routes = routes;
        this.healths = healths;
        this.errors = errors;
        this.groups = List.copyOf(groups);
        findProblems();
    }

    /**
     * Asks the first of these nodes that answers about the pool, and then all that are in it.
     *
     * @throws IOException if none answers, or is in a replicated pool
     */
    static PoolPicture of(List<String> nodes, Access access) throws IOException {
        Routes routes = routes(nodes, access);
        int members = routes.nodes().size();
        HealthReport[] healths = new HealthReport[members];
        String[] errors = new String[members];
        Arrays.fill(errors, "");
        List<Reply.Group> newest = new ArrayList<>();
        for (int member = 0; member < members; member++) {
            try (NodeConnection connection =
                    access.connect(routes.nodes().get(member).address())) {
                healths[member] = connection.health();
                List<Reply.Group> seen = ((Reply.Groups) connection.ask(new Command.Groups())).groups();
                merge(newest, seen);
            } catch (IOException e) {
                errors[member] = String.valueOf(e.getMessage()).replace(NodeConnection.HINT, "");
            }
        }
        return new PoolPicture(routes, healths, errors, newest);
    }

    /** As it follows from what the nodes at these addresses said; null if none of them is in a replicated pool. */
    static @Nullable PoolPicture of(Map<String, Sight> sights) {
        Routes routes = routes(sights.values());
        if (routes == null) {
            return null;
        }
        int members = routes.nodes().size();
        HealthReport[] healths = new HealthReport[members];
        String[] errors = new String[members];
        List<Reply.Group> newest = new ArrayList<>();
        for (int member = 0; member < members; member++) {
            Sight sight = sights.get(routes.nodes().get(member).address());
            healths[member] = sight == null ? null : sight.report();
            errors[member] = sight == null ? "it was not asked" : sight.isReachable() ? "" : sight.error();
            if (sight != null && sight.replica() != null) {
                merge(newest, sight.replica().groups());
            }
        }
        return new PoolPicture(routes, healths, errors, newest);
    }

    /** Of the first that is in a replicated pool: who is in it. */
    static @Nullable Routes routes(Collection<Sight> sights) {
        for (Sight sight : sights) {
            if (sight.replica() != null) {
                return sight.replica().routes();
            }
        }
        return null;
    }

    private static Routes routes(List<String> nodes, Access access) throws IOException {
        IOException failed = null;
        for (String node : nodes) {
            try (NodeConnection connection = access.connect(node)) {
                Routes routes = ((Reply.Routes) connection.ask(new Command.Routes())).routes();
                if (routes.isReplicated()) {
                    return routes;
                }
                throw new IOException(node + " is in no replicated pool; make one with: distcache pool create, or see"
                        + " the nodes of another kind of pool with: distcache pool list");
            } catch (IOException e) {
                if (failed == null) {
                    failed = e;
                } else {
                    failed.addSuppressed(e);
                }
            }
        }
        throw failed == null ? new IOException("no node is named") : failed;
    }

    /** Of a group counts what its leader says, and of two the one of the higher term. */
    private static void merge(List<Reply.Group> newest, List<Reply.Group> seen) {
        for (int i = 0; i < seen.size(); i++) {
            Reply.Group group = seen.get(i);
            if (i == newest.size()) {
                newest.add(group);
            } else {
                Reply.Group before = newest.get(i);
                boolean counts = group.term() > before.term()
                        || (group.term() == before.term() && before.behind().isEmpty());
                if (counts && (group.leader() >= 0 || before.leader() < 0 || group.term() > before.term())) {
                    newest.set(i, group);
                }
            }
        }
    }

    private void findProblems() {
        int missing = 0;
        for (int member = 0; member < members(); member++) {
            String name = routes.nodes().get(member).name();
            if (!errors[member].isEmpty()) {
                missing++;
                problems.add(name + " cannot be reached: " + errors[member]
                        + ". Start it again with its data directory; it gets what it lacks from the others");
            } else if (behind(member) > MOST_UNDER_WAY) {
                problems.add(name + " lacks " + behind(member)
                        + " entries of a group; it is getting them. Stop no other node until it has");
            }
            HealthReport health = healths[member];
            if (health != null && health.state() == HealthReport.State.READ_ONLY) {
                problems.add(
                        name + " takes no part any more: " + health.cause() + ". See to its disk and start it again");
            }
        }
        if (Arrays.stream(healths).anyMatch(PoolPicture::awaitsFounder)) {
            problems.add(
                    "the pool is not there yet: the node with whose entries it begins gives them to the others, or that came"
                            + " to nothing. If pool create has ended with an error, give it again when the cause is gone");
            return;
        }
        long leaderless = leaderless();
        if (members() - missing < members() / 2 + 1) {
            problems.add("fewer than " + (members() / 2 + 1) + " of " + members()
                    + " nodes are there: nothing can be read or written until more are");
        } else if (leaderless > 0) {
            problems.add((leaderless == 1 ? "1 group has" : leaderless + " groups have")
                    + " no leader: an election is under way, or the nodes do not reach each other. Look again in some"
                    + " seconds, then at the network between them");
            mayPass = true;
        }
        if (missing == 0 && Arrays.stream(healths).anyMatch(PoolPicture::servesAndWaits)) {
            mayPass = true;
        }
    }

    private static boolean awaitsFounder(@Nullable HealthReport health) {
        return health != null && health.notReady().equals(HealthReport.AWAITS_FOUNDER);
    }

    /** Whether a member serves, and knew something a moment ago that is to be over before another is stopped. */
    private static boolean servesAndWaits(@Nullable HealthReport health) {
        return health != null && health.state() == HealthReport.State.SERVING && !health.isReady();
    }

    /**
     * Whether what is wrong may be over in a moment: groups lack a leader that enough members are there to elect, as one that is handed over
     * does, or members are all there and one said so a moment ago. A member that is read-only or starts is told of at once.
     */
    boolean mayPass() {
        return mayPass;
    }

    /** What pool it is, of whom, and how many of its groups have a leader. */
    String described() {
        List<String> names = routes.nodes().stream().map(Routes.Node::name).toList();
        long leaderless = leaderless();
        return String.format("replicated pool %016x of %s, ", routes.pool(), String.join(", ", names))
                + (groups.isEmpty()
                        ? "of whose groups nothing is known"
                        : leaderless == 0
                                ? routes.groups() + " groups of keys, each with a leader"
                                : leaderless + " of " + groups.size() + " groups without a leader");
    }

    long pool() {
        return routes.pool();
    }

    int members() {
        return routes.nodes().size();
    }

    Routes.Node node(int member) {
        return routes.nodes().get(member);
    }

    @Nullable
    HealthReport health(int member) {
        return healths[member];
    }

    String state(int member) {
        HealthReport health = healths[member];
        return health == null
                ? "unreachable"
                : health.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** How many groups nobody leads as far as the members know that were reached, that of the caches among them. */
    long leaderless() {
        return groups.stream().filter(group -> group.leader() < 0).count();
    }

    /** How many groups a member leads, that of the caches among them. */
    long leads(int member) {
        return groups.stream().filter(group -> group.leader() == member).count();
    }

    /** The most entries of a group that a member lacks, as the leaders say; -1 if none says it. */
    long behind(int member) {
        return groups.stream()
                .filter(group -> group.behind().size() > member)
                .mapToLong(group -> group.behind().get(member))
                .max()
                .orElse(UNKNOWN);
    }

    /** The first is the group that knows the caches. */
    List<Reply.Group> groups() {
        return groups;
    }

    /** The group of a key that is text; that of the caches is not counted. */
    int groupOf(String key) {
        return routes.groupOf(Bytes.ofUtf8((char) ValueTag.TEXT + key));
    }

    /** What is wrong, and what to do. */
    List<String> problems() {
        return List.copyOf(problems);
    }
}
