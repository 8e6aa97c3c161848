package io.distcache.server.cli.pool;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command.Replicate;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.PoolMember;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.cli.Access;
import io.distcache.server.cli.NodeConnection;
import io.distcache.server.cli.Tool;
import io.distcache.server.cli.WrongArgumentException;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
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
            "Makes a replicated pool of running, empty nodes: each keeps all entries, and no acknowledged one is lost while most of",
            "the nodes live. Each node is named as the others and the clients reach it, and keeps data (--data-dir).",
            "Wants the right of an operator. Exit code 1 if a node cannot be a member; then nothing was changed anywhere."
        })
final class PoolCreate extends Tool {
    private static final int SECRET_BYTES = 32;
    private static final int SETTLE_MILLIS = 30_000;
    private static final int LOOK_MILLIS = 200;

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
            defaultValue = "16",
            description =
                    "Into how many parts the keys are divided, each led by one node; 1 to 64, for the pool's whole life."
                            + " Default ${DEFAULT-VALUE}.")
    private int groups;

    @Mixin
    private Access access = new Access();

    @Override
    public Integer call() throws IOException {
        List<Routes.Node> members = members();
        for (Routes.Node member : members) {
            check(member);
        }
        SecureRandom random = new SecureRandom();
        byte[] secret = new byte[SECRET_BYTES];
        random.nextBytes(secret);
        Routes pool = Routes.of(random.nextLong() | 1, groups, members);
        for (int self = 0; self < members.size(); self++) {
            try (NodeConnection connection = access.connect(members.get(self).address())) {
                connection.ask(new Replicate(pool, self, Bytes.of(secret)));
            } catch (IOException e) {
                throw new IOException(
                        String.format(
                                "%s did not become a member of replicated pool %016x: %s. Of the nodes before it that did, stop"
                                        + " each, remove replicated-pool.json from its data directory, and start it again",
                                members.get(self).address(), pool.pool(), e.getMessage()),
                        e);
            }
            out().println(members.get(self).address() + " is member " + self
                    + (self == 0 ? String.format(" of replicated pool %016x", pool.pool()) : ""));
            out().flush();
        }
        return awaitLeaders(members) ? ExitCode.OK : ExitCode.SOFTWARE;
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
        if (groups < 1 || groups > Routes.PARTITIONS) {
            throw new WrongArgumentException("--groups is " + groups + "; 1 to " + Routes.PARTITIONS + " are allowed");
        }
        return members;
    }

    private void check(Routes.Node member) throws IOException {
        try (NodeConnection connection = access.connect(member.address())) {
            Reply.Routes routes = (Reply.Routes) connection.ask(new io.distcache.protocol.Command.Routes());
            if (routes.routes().isReplicated()) {
                throw new IOException(String.format(
                        "%s is a member of replicated pool %016x already",
                        member.address(), routes.routes().pool()));
            }
            HealthReport health = connection.health();
            if (health != null && health.entries() > 0) {
                throw new IOException(member.address() + " has " + health.entries()
                        + " entries, and the nodes of a new replicated pool are empty");
            }
        }
    }

    private boolean awaitLeaders(List<Routes.Node> members) {
        long deadline = System.nanoTime() + SETTLE_MILLIS * 1_000_000L;
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
            try {
                Thread.sleep(LOOK_MILLIS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        System.err.println("distcache: the pool is made, and not at work after " + SETTLE_MILLIS / 1000 + " s: " + why
                + ". Look at it with: distcache pool status --node "
                + members.get(0).address());
        return false;
    }
}
