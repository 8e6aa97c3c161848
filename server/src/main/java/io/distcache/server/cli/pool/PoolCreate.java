package io.distcache.server.cli.pool;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command.Replicate;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.OwnThread;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.cli.Access;
import io.distcache.server.cli.NodeConnection;
import io.distcache.server.cli.Progress;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code distcache pool create}. Confined to one thread. */
@Command(
        name = "create",
        description = {
            "Makes a replicated pool of running nodes: each keeps all entries, and no acknowledged one is lost while most of the",
            "nodes live. One of them may have entries, with which the pool begins, and serves meanwhile; the others are empty. Each",
            "node is named as the others and the clients reach it, and keeps data (--data-dir).",
            "Wants the right of an operator. Exit code 1 if a node cannot be a member: the message says what to do, if anything was",
            "changed by then. The node with entries serves by itself as before, and the command can be given again."
        })
final class PoolCreate extends Tool {
    private static final int SECRET_BYTES = 32;
    private static final int SETTLE_MILLIS = 30_000;
    private static final int LOOK_MILLIS = 200;
    /** Few, so that many changes go into one entry; and more than one, so that what a lost node led is spread. */
    private static final int GROUPS_PER_NODE = 2;
    /** Entries under way. */
    private static final int NEAR = 1000;

    @Parameters(
            paramLabel = "[NAME=]HOST:PORT",
            arity = "1..*",
            split = ",",
            description = "The nodes, three or five. Without a name HOST:PORT is one.")
    private List<String> nodes = new ArrayList<>();

    @Option(
            names = "--replicas",
            paramLabel = "N",
            description = "On how many nodes each entry is: on all of them, for now. Default: as many as are named.")
    private @Nullable Integer replicas;

    @Option(
            names = "--groups",
            paramLabel = "N",
            description =
                    "Into how many parts the keys are divided, each led by one node; 1 to 64, for the pool's whole life."
                            + " Default: two for each node.")
    private @Nullable Integer wantedGroups;

    @Mixin
    private Access access = new Access();

    @Override
    public Integer call() throws IOException {
        List<Routes.Node> members = members();
        int groups = groups(members.size(), wantedGroups);
        int founder = founder(members);
        SecureRandom random = new SecureRandom();
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        Routes pool = Routes.of(random.nextLong() | 1, groups, members);
        List<String> joined = new ArrayList<>();
        for (int self : inOrder(members, founder)) {
            Replicate command = new Replicate(pool, self, founder, Bytes.of(secret));
            try (NodeConnection connection = access.connect(members.get(self).address())) {
                if (self == founder) {
                    askFounder(connection, command, members);
                } else {
                    connection.ask(command);
                }
            } catch (IOException e) {
                throw new IOException(
                        String.format(
                                "%s did not become a member of replicated pool %016x: %s. %s",
                                members.get(self).address(), pool.pool(), e.getMessage(), remedy(joined, founder)),
                        e);
            }
            joined.add(members.get(self).address());
            out().println(String.format(
                    "%s is member %d of replicated pool %016x%s",
                    members.get(self).address(),
                    self,
                    pool.pool(),
                    self == founder ? ", which begins with its entries" : ""));
            out().flush();
        }
        return awaitLeaders(members, groups) && (founder == Routes.NOBODY || awaitCopies(members, groups))
                ? ExitCode.OK
                : ExitCode.SOFTWARE;
    }

    /** What is to be done when a node did not become a member, and these did before. */
    private static String remedy(List<String> joined, int founder) {
        String again = "When the cause is gone, give the command again";
        return founder != Routes.NOBODY || joined.isEmpty()
                ? again
                : String.join(" and ", joined) + (joined.size() == 1 ? " has" : " have")
                        + " become members already, without entries: stop each, empty its data directory, and start it"
                        + " again. " + again;
    }

    /** The founder answers when the others have what it has; it serves meanwhile. */
    private void askFounder(NodeConnection connection, Replicate command, List<Routes.Node> members)
            throws IOException {
        CompletableFuture<Reply> asked = new CompletableFuture<>();
        OwnThread.make(
                        () -> {
                            try {
                                asked.complete(connection.ask(command));
                            } catch (IOException | RuntimeException e) {
                                asked.completeExceptionally(e);
                            }
                        },
                        "distcache-founding")
                .start();
        try (Progress progress = Progress.whilePrinting("copies")) {
            HealthReport report = connection.health();
            progress.expect(report == null ? 0 : report.bytes() * (members.size() - 1));
            long copied = 0;
            while (!asked.isDone() && pause()) {
                long now = 0;
                for (int self = 0; self < members.size(); self++) {
                    now += self == command.founder() ? 0 : bytes(members.get(self));
                }
                progress.advance(Math.max(0, now - copied));
                copied = Math.max(copied, now);
            }
            Reply unused = asked.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e.getCause());
        }
    }

    private long bytes(Routes.Node member) {
        try (NodeConnection connection = access.connect(member.address())) {
            HealthReport report = connection.health();
            return report == null ? 0 : report.bytes();
        } catch (IOException e) {
            return 0;
        }
    }

    private List<Routes.Node> members() throws WrongArgumentException {
        List<Routes.Node> members = new ArrayList<>();
        for (String node : nodes) {
            PoolMember parsed = PoolMember.parse(node);
            String address = parsed.address();
            int colon = address.lastIndexOf(':');
            String host = address.substring(0, colon);
            if (host.startsWith("[") && host.endsWith("]")) {
                host = host.substring(1, host.length() - 1);
            }
            Routes.Node member = new Routes.Node(parsed.name(), host, Integer.parseInt(address.substring(colon + 1)));
            if (members.stream()
                    .anyMatch(other -> other.name().equals(member.name())
                            || other.address().equals(member.address()))) {
                throw new WrongArgumentException(node + " is named twice");
            }
            members.add(member);
        }
        int count = members.size();
        if (count != 3 && count != 5) {
            throw new WrongArgumentException("a replicated pool has three or five nodes, and " + count + " are named");
        }
        if (replicas != null && replicas != count) {
            throw new WrongArgumentException("--replicas " + replicas + " with " + count
                    + " nodes: each entry is on all nodes of a replicated pool, so name " + replicas + " nodes");
        }
        return members;
    }

    /**
     * Into how many groups the keys of a pool are divided.
     *
     * @param wanted what the option says; null if it is not given
     */
    static int groups(int members, @Nullable Integer wanted) throws WrongArgumentException {
        int groups = wanted == null ? GROUPS_PER_NODE * members : wanted;
        if (groups < 1 || groups > Routes.PARTITIONS) {
            throw new WrongArgumentException("--groups is " + groups + "; 1 to " + Routes.PARTITIONS + " are allowed");
        }
        return groups;
    }

    /** The founder last: it gives the others what it has. */
    private static List<Integer> inOrder(List<Routes.Node> members, int founder) {
        return IntStream.range(0, members.size())
                .boxed()
                .sorted(Comparator.comparing((Integer self) -> self == founder))
                .toList();
    }

    /** The member that has entries; {@link Routes#NOBODY} if all are empty. */
    private int founder(List<Routes.Node> members) throws IOException {
        int founder = Routes.NOBODY;
        for (int i = 0; i < members.size(); i++) {
            long entries = entries(members.get(i));
            if (entries > 0 && founder != Routes.NOBODY) {
                throw new IOException(members.get(founder).address() + " has entries, and "
                        + members.get(i).address() + " has " + entries
                        + ". Of the nodes of a new replicated pool one has entries at most");
            }
            founder = entries > 0 ? i : founder;
        }
        return founder;
    }

    private long entries(Routes.Node member) throws IOException {
        try (NodeConnection connection = access.connect(member.address())) {
            Reply.Routes routes = (Reply.Routes) connection.ask(new io.distcache.protocol.Command.Routes());
            HealthReport health = connection.health();
            if (health != null && health.notReady().equals(HealthReport.AWAITS_FOUNDER)) {
                // It has what an earlier try has left, and lets go of it.
                return 0;
            }
            if (health != null && health.notReady().equals(HealthReport.FOUNDS)) {
                throw new IOException(member.address()
                        + " is making a replicated pool of what it has already. Wait until that has come to its end");
            }
            if (routes.routes().isReplicated()) {
                throw new IOException(String.format(
                        "%s is a member of replicated pool %016x already",
                        member.address(), routes.routes().pool()));
            }
            return health == null ? 0 : health.entries();
        }
    }

    /** Until the others have what the founder has. */
    private boolean awaitCopies(List<Routes.Node> members, int groups) {
        try (Progress progress = Progress.whilePrinting("copies")) {
            progress.expect(groups + 1);
            Set<Integer> copied = new HashSet<>();
            long deadline = deadline();
            while (System.nanoTime() < deadline) {
                for (Routes.Node member : members) {
                    for (int group : copiedAt(member)) {
                        if (copied.add(group)) {
                            progress.advance(1);
                            deadline = deadline();
                        }
                    }
                }
                if (copied.size() == groups + 1) {
                    out().println("each of the " + members.size() + " nodes has all entries");
                    return true;
                }
                if (!pause()) {
                    return false;
                }
            }
        }
        System.err.println(
                "distcache: the pool is at work, and not every node has all entries. Look at it with: distcache"
                        + " pool status --node " + members.get(0).address());
        return false;
    }

    private static long deadline() {
        return System.nanoTime() + SETTLE_MILLIS * 1_000_000L;
    }

    /** The groups that this member leads, and no member lacks anything of. */
    private List<Integer> copiedAt(Routes.Node member) {
        try (NodeConnection connection = access.connect(member.address())) {
            List<Reply.Group> all =
                    ((Reply.Groups) connection.ask(new io.distcache.protocol.Command.Groups())).groups();
            return IntStream.range(0, all.size())
                    .filter(group -> !all.get(group).behind().isEmpty()
                            && all.get(group).behind().stream().allMatch(lacks -> lacks <= NEAR))
                    .boxed()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static boolean pause() {
        try {
            Thread.sleep(LOOK_MILLIS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean awaitLeaders(List<Routes.Node> members, int groups) {
        long deadline = deadline();
        String why = "";
        while (System.nanoTime() < deadline) {
            try (NodeConnection connection = access.connect(members.get(0).address())) {
                Routes routes = ((Reply.Routes) connection.ask(new io.distcache.protocol.Command.Routes())).routes();
                long led =
                        routes.leaders().stream().filter(Routes.Leader::isKnown).count();
                why = led + " of " + groups + " groups have a leader";
                if (led == groups) {
                    out().println("all " + groups + " groups have a leader; clients connect with distcache://"
                            + String.join(
                                    ",",
                                    members.stream().map(Routes.Node::address).toList())
                            + "/NAMESPACE");
                    return true;
                }
            } catch (IOException e) {
                why = String.valueOf(e.getMessage());
            }
            if (!pause()) {
                return false;
            }
        }
        System.err.println("distcache: the pool is made, and not at work after " + SETTLE_MILLIS / 1000 + " s: " + why
                + ". Look at it with: distcache pool status --node "
                + members.get(0).address());
        return false;
    }
}
