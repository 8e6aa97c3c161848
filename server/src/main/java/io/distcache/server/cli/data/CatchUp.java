package io.distcache.server.cli.data;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.cli.Access;
import io.distcache.server.cli.NodeConnection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A member of a replicated pool gets everything that the leaders of its groups had when this began; so all that had been answered by then.
 * Stateless.
 */
final class CatchUp {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LOOK_MILLIS = 100;

    /** How far a leader is. */
    private record Leader(int term, long last) {}

    private CatchUp() {}

    /**
     * Waits for it; not at all if the node is in no replicated pool.
     *
     * @throws IOException if groups have no leader that can be reached, or the member stays behind
     */
    static void await(NodeConnection node, Access access) throws IOException {
        Routes routes = ((Reply.Routes) node.ask(new Command.Routes())).routes();
        if (!routes.isReplicated()) {
            return;
        }
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        Map<Integer, Leader> leaders = leaders(routes, access);
        while (leaders.size() <= routes.groups()) {
            pause(
                    deadline,
                    "of " + (routes.groups() + 1) + " groups, the one of the caches included, the leaders of "
                            + leaders.size() + " can be reached");
            leaders = leaders(routes, access);
        }
        for (long behind = behind(node, leaders); behind > 0; behind = behind(node, leaders)) {
            pause(deadline, "the member that was named lacks what the leaders of " + behind + " groups have");
        }
    }

    /** By group, of the members that say they lead it, the one with the highest term. */
    private static Map<Integer, Leader> leaders(Routes routes, Access access) throws IOException {
        Map<Integer, Leader> leaders = new TreeMap<>();
        List<String> unreachable = new ArrayList<>();
        for (Routes.Node member : routes.nodes()) {
            try (NodeConnection connection = access.connect(member.address())) {
                List<Reply.Group> groups = groups(connection);
                for (int i = 0; i < groups.size(); i++) {
                    Reply.Group group = groups.get(i);
                    if (!group.behind().isEmpty()) {
                        leaders.merge(
                                i,
                                new Leader(group.term(), group.last()),
                                (one, other) -> one.term() > other.term() ? one : other);
                    }
                }
            } catch (IOException e) {
                unreachable.add(String.valueOf(e.getMessage()));
            }
        }
        if (unreachable.size() > routes.nodes().size() / 2) {
            throw new IOException(
                    "most members of the replicated pool cannot be reached: " + String.join("; ", unreachable));
        }
        return leaders;
    }

    private static long behind(NodeConnection node, Map<Integer, Leader> leaders) throws IOException {
        List<Reply.Group> groups = groups(node);
        return leaders.entrySet().stream()
                .filter(leader ->
                        groups.get(leader.getKey()).last() < leader.getValue().last())
                .count();
    }

    private static List<Reply.Group> groups(NodeConnection connection) throws IOException {
        return ((Reply.Groups) connection.ask(new Command.Groups())).groups();
    }

    private static void pause(long deadline, String why) throws IOException {
        if (System.nanoTime() - deadline >= 0) {
            throw new IOException("the replicated pool cannot be backed up now: after " + PATIENCE.toSeconds() + " s, "
                    + why + ". Look at it with: bin/distcache pool status; then try again");
        }
        try {
            Thread.sleep(LOOK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
