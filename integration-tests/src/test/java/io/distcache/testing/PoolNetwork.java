package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network of its own for each node: namespaces on a bridge, which has an address in the namespace of this JVM. Needs root and
 * iproute2; without, the test is left out and says so. Everything is removed when it is closed, at the latest with the JVM.
 */
final class PoolNetwork implements AutoCloseable {
    private static final int FIRST_CLAIM = 10_800;
    private static final int NETWORKS = 100;

    /** JVMs that test at the same time have networks of their own: who has the port of one open has the network. */
    private static final @Nullable ServerSocket CLAIM = claim();

    private static final String NETWORK =
            "10.231." + (77 + (CLAIM == null ? 0 : CLAIM.getLocalPort() - FIRST_CLAIM)) + ".";
    /** The address of this JVM there. */
    static final String HERE = NETWORK + "1";

    private static final int BITS = 24;

    private final String id = Long.toString(ProcessHandle.current().pid(), 36);
    private final String bridge = "dcb" + id;
    private final List<String> namespaces = new ArrayList<>();
    private final Thread removal = new Thread(this::remove);

    private PoolNetwork() {}

    /** Makes one for so many nodes. */
    static PoolNetwork of(int nodes) {
        PoolNetwork network = new PoolNetwork();
        Runtime.getRuntime().addShutdownHook(network.removal);
        String failure = network.make(nodes);
        if (!failure.isEmpty()) {
            network.close();
            leaveOut("a pool across network namespaces", "they cannot be made, which needs root and iproute2", failure);
        }
        return network;
    }

    /** Ends the test, which is to be seen. */
    static void leaveOut(String what, String why, String failure) {
        String message = "LEFT OUT, " + what + " is not tested here: " + why + ": " + failure;
        System.out.println(message);
        abort(message);
    }

    private static @Nullable ServerSocket claim() {
        for (int i = 0; i < NETWORKS; i++) {
            try {
                return new ServerSocket(FIRST_CLAIM + i, 1, InetAddress.getLoopbackAddress());
            } catch (IOException e) {
                // Another has it.
            }
        }
        return null;
    }

    private String make(int nodes) {
        String failure = run("ip", "link", "add", bridge, "type", "bridge");
        failure = failure.isEmpty() ? run("ip", "addr", "add", HERE + "/" + BITS, "dev", bridge) : failure;
        failure = failure.isEmpty() ? run("ip", "link", "set", bridge, "up") : failure;
        for (int i = 0; i < nodes && failure.isEmpty(); i++) {
            failure = add(i);
        }
        return failure;
    }

    private String add(int node) {
        String namespace = "dcn" + id + "-" + node;
        String failure = run("ip", "netns", "add", namespace);
        if (!failure.isEmpty()) {
            return failure;
        }
        namespaces.add(namespace);
        List<String[]> steps = List.of(
                new String[] {
                    "ip", "link", "add", outside(node), "type", "veth", "peer", "name", "eth0", "netns", namespace
                },
                new String[] {"ip", "link", "set", outside(node), "master", bridge, "up"},
                inside(node, "ip", "addr", "add", address(node) + "/" + BITS, "dev", "eth0"),
                inside(node, "ip", "link", "set", "lo", "up"),
                inside(node, "ip", "link", "set", "eth0", "up"));
        for (String[] step : steps) {
            failure = run(step);
            if (!failure.isEmpty()) {
                return failure;
            }
        }
        return "";
    }

    private static String run(String... command) {
        return SystemCommand.run(command);
    }

    private String outside(int node) {
        return "dcv" + id + "-" + node;
    }

    /** A command that runs in a node's namespace. */
    String[] inside(int node, String... command) {
        List<String> all = new ArrayList<>(List.of("ip", "netns", "exec", namespaces.get(node)));
        all.addAll(List.of(command));
        return all.toArray(String[]::new);
    }

    String address(int node) {
        return NETWORK + (node + 2);
    }

    /** Pulls a node's cable at its own end, or plugs it in again. */
    void cable(int node, boolean isPluggedIn) {
        assertThat(run(inside(node, "ip", "link", "set", "eth0", isPluggedIn ? "up" : "down")))
                .isEmpty();
    }

    /** Cuts a node off at the far end: it and the clients go on sending, and nothing arrives. */
    void partition(int node, boolean isCut) {
        String[] command = isCut
                ? new String[] {"ip", "link", "set", outside(node), "nomaster"}
                : new String[] {"ip", "link", "set", outside(node), "master", bridge};
        assertThat(run(command)).isEmpty();
    }

    /** What keeps {@link #between} and {@link #heard} from being done here, or nothing. */
    String whyNotBetween() {
        return run(inside(0, "iptables", "-L", "INPUT"));
    }

    /** Cuts two nodes off from each other, or joins them again; all others reach both. */
    void between(int node, int other, boolean isJoined) {
        for (String chain : List.of("INPUT", "OUTPUT")) {
            String end = chain.equals("INPUT") ? "-s" : "-d";
            assertThat(run(inside(node, "iptables", isJoined ? "-D" : "-A", chain, end, address(other), "-j", "DROP")))
                    .isEmpty();
        }
    }

    /** From now on a node hears nothing that another sends, or hears it again; what it sends itself arrives. */
    void heard(int node, int other, boolean isHeard) {
        assertThat(run(inside(node, "iptables", isHeard ? "-D" : "-A", "INPUT", "-s", address(other), "-j", "DROP")))
                .isEmpty();
    }

    /** From now on so many of a hundred packets that a node sends, and that are sent to it, are lost. Returns what went wrong, or nothing. */
    String lose(int node, int percent) {
        String failure = run(inside(node, "tc", "qdisc", "add", "dev", "eth0", "root", "netem", "loss", percent + "%"));
        if (failure.isEmpty()) {
            return run("tc", "qdisc", "add", "dev", outside(node), "root", "netem", "loss", percent + "%");
        }
        String byRule = "";
        for (String chain : List.of("INPUT", "OUTPUT")) {
            byRule += run(inside(node, rule("-A", chain, percent)));
        }
        return byRule.isEmpty() ? "" : failure + "; " + byRule;
    }

    /** Ends that. */
    void loseNothing(int node, int percent) {
        if (!run(inside(node, "tc", "qdisc", "del", "dev", "eth0", "root")).isEmpty()) {
            for (String chain : List.of("INPUT", "OUTPUT")) {
                assertThat(run(inside(node, rule("-D", chain, percent)))).isEmpty();
            }
        } else {
            assertThat(run("tc", "qdisc", "del", "dev", outside(node), "root")).isEmpty();
        }
    }

    private static String[] rule(String verb, String chain, int percent) {
        return new String[] {
            "iptables",
            verb,
            chain,
            "-m",
            "statistic",
            "--mode",
            "random",
            "--probability",
            String.valueOf(percent / 100.0),
            "-j",
            "DROP"
        };
    }

    @Override
    public void close() {
        boolean unused = Runtime.getRuntime().removeShutdownHook(removal);
        remove();
    }

    /** Also what could be made only in part. */
    private void remove() {
        for (int i = 0; i < namespaces.size(); i++) {
            String unused = run("ip", "link", "del", outside(i));
            String unusedToo = run("ip", "netns", "del", namespaces.get(i));
        }
        String unused = run("ip", "link", "del", bridge);
    }
}
