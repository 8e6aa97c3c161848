package io.distcache.server.cli.pool;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.protocol.ValueTag;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** A replicated pool as all its nodes together see it. Immutable. */
final class PoolPicture {
    private static final long UNKNOWN = -1;
    /** So many entries of a group may be on their way to a member that keeps up. */
    private static final long MOST_UNDER_WAY = 256;

    private final Routes routes;
    private final @Nullable HealthReport[] healths;
    private final String[] errors;
    private final boolean[] strangers;
    private final List<Reply.Group> groups;
    private final List<String> problems = new ArrayList<>();
    private boolean mayPass;

    private PoolPicture(
            Routes routes,
            @Nullable HealthReport[] healths,
            String[] errors,
            boolean[] strangers,
            List<Reply.Group> groups) {
        this.routes = routes;
        this.healths = healths;
        this.errors = errors;
        this.strangers = strangers;
        this.groups = List.copyOf(groups);
        findProblems();
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
        boolean[] strangers = new boolean[members];
        List<Reply.Group> newest = new ArrayList<>();
        for (int member = 0; member < members; member++) {
            Sight sight = sights.get(routes.nodes().get(member).address());
            healths[member] = sight == null ? null : sight.report();
            errors[member] = sight == null ? "it was not asked" : sight.isReachable() ? "" : sight.error();
            strangers[member] = sight != null && isStranger(sight, routes.pool());
            if (sight != null && sight.replica() != null && !strangers[member]) {
                merge(newest, sight.replica().groups());
            }
        }
        return new PoolPicture(routes, healths, errors, strangers, newest);
    }

    /** Whether a node where a member should be is none: it says who is in a pool of another kind, as no member does, or is in another one. */
    private static boolean isStranger(Sight sight, long pool) {
        Sight.Replica replica = sight.replica();
        return replica == null ? sight.membership() != null : replica.routes().pool() != pool;
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
        boolean isAwaited = Arrays.stream(healths).anyMatch(PoolPicture::awaitsFounder);
        int missing = 0;
        for (int member = 0; member < members(); member++) {
            String name = routes.nodes().get(member).name();
            if (!errors[member].isEmpty()) {
                missing++;
                problems.add(name + " cannot be reached: " + errors[member]
                        + ". Start it again with its data directory; it gets what it lacks from the others");
            } else if (strangers[member] && !isAwaited) {
                // While the pool is made, the node that it begins with is none yet.
                missing++;
                problems.add(name + " is not in the pool: the node at "
                        + routes.nodes().get(member).address()
                        + " has another data directory than that of this member. Start it again with that one");
            } else if (behind(member) > MOST_UNDER_WAY) {
                problems.add(name + " lacks " + (isUnheardOf(member) ? "all" : String.valueOf(behind(member)))
                        + " entries of a group; it is getting them. Stop no other node until it has");
            }
            HealthReport health = healths[member];
            if (health != null && health.state() == HealthReport.State.READ_ONLY) {
                problems.add(
                        name + " takes no part any more: " + health.cause() + ". See to its disk and start it again");
            } else if (health != null && health.state() == HealthReport.State.STARTING) {
                problems.add(name + " is starting, and has " + health.progressPercent()
                        + "% of its data. Stop no other node until it serves");
            } else if (health != null && health.state() == HealthReport.State.DRAINING) {
                problems.add(name + " is stopping. Stop no other node until it is back");
            }
        }
        if (isAwaited) {
            problems.add(
                    "the pool is not there yet: the node with whose entries it begins gives them to the others, or that came"
                            + " to nothing. If pool create has ended with an error, give it again when the cause is gone");
            sayWhoIsNotReady();
            return;
        }
        long leaderless = leaderless();
        if (members() - missing < members() / 2 + 1) {
            problems.add("fewer than " + (members() / 2 + 1) + " of " + members()
                    + " nodes are there: nothing can be read or written until more are. Should they never come back, see:"
                    + " distcache pool force-recover --help");
        } else if (leaderless > 0) {
            problems.add((leaderless == 1 ? "1 group has" : leaderless + " groups have")
                    + " no leader: an election is under way, or the nodes do not reach each other. Look again in some"
                    + " seconds, then at the network between them");
            mayPass = true;
        }
        mayPass |= sayWhoIsNotReady() && missing == 0;
    }

    private boolean sayWhoIsNotReady() {
        boolean isSaid = false;
        for (int member = 0; member < members(); member++) {
            HealthReport health = healths[member];
            if (servesAndWaits(health) && !strangers[member]) {
                problems.add(routes.nodes().get(member).name() + " is not ready for the next to be stopped: "
                        + health.notReady());
                isSaid = true;
            }
        }
        return isSaid;
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
        if (health == null) {
            return "unreachable";
        }
        return strangers[member]
                ? "not in the pool"
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

    /** {@link #behind} for people; "?" if none says it, or a leader has not heard of a member that cannot be reached. */
    String shownBehind(int member, LongFunction<String> count) {
        long behind = behind(member);
        if (behind < 0 || (isUnheardOf(member) && (healths[member] == null || strangers[member]))) {
            return "?";
        }
        return isUnheardOf(member) ? "all" : count.apply(behind);
    }

    /** Whether a leader knows of nothing that a member has: it is to get all, or has said nothing since the leader leads. */
    private boolean isUnheardOf(int member) {
        return groups.stream()
                .anyMatch(group -> group.behind().size() > member
                        && group.last() > 0
                        && group.behind().get(member) >= group.last());
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
