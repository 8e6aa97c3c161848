package io.distcache.testing;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A replicated pool of nodes, each in a process of its own, named {@code n1}, {@code n2} and so on. Thread-safe. */
public final class ReplicatedPool implements AutoCloseable {
    private final IntFunction<NodeSetup> setups;
    private final List<NodeProcess> nodes = new ArrayList<>();

    private ReplicatedPool(IntFunction<NodeSetup> setups) {
        this.setups = setups;
    }

    /**
     * Starts so many nodes and makes them a pool.
     *
     * @param setup of each; ports and data directories are given here
     * @param directory gets the data of all nodes
     * @param arguments of {@code pool create}, before the nodes
     */
    public static ReplicatedPool start(NodeSetup setup, int count, Path directory, String... arguments) {
        return start(i -> setup.withDataDirectory(directory.resolve("n" + (i + 1))), count, arguments);
    }

    /**
     * Starts so many nodes and makes them a pool.
     *
     * @param setups of each, from 0 on, with its data directory
     * @param arguments of {@code pool create}, before the nodes
     */
    public static ReplicatedPool start(IntFunction<NodeSetup> setups, int count, String... arguments) {
        ReplicatedPool pool = new ReplicatedPool(setups);
        try {
            for (int i = 0; i < count; i++) {
                pool.nodes.add(setups.apply(i).start());
            }
            List<String> command = new ArrayList<>(List.of("pool", "create"));
            command.addAll(List.of(arguments));
            for (int i = 0; i < count; i++) {
                command.add("n" + (i + 1) + "=" + pool.node(i).address());
            }
            DistCacheCommand.Ended made = DistCacheCommand.run(command.toArray(String[]::new));
            if (made.exitCode() != 0) {
                throw new IllegalStateException("pool create ended with " + made.exitCode() + ": " + made.output());
            }
            return pool;
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    /** A node, from 0 on. */
    public synchronized NodeProcess node(int number) {
        return nodes.get(number);
    }

    /** All nodes. */
    public synchronized List<NodeProcess> nodes() {
        return List.copyOf(nodes);
    }

    /** Starts a node anew that was killed or stopped, at the same address, with the data it had. */
    public void startAgain(int number) {
        NodeProcess before = node(number);
        before.close();
        NodeProcess again = setups.apply(number).withPort(before.port()).start();
        synchronized (this) {
            nodes.set(number, again);
        }
    }

    /** All nodes, as a client is told of them. */
    public String members() {
        return nodes().stream().map(NodeProcess::address).collect(Collectors.joining(","));
    }

    /** The JCache URI that names all nodes. */
    public URI uri(String namespace) {
        return URI.create("distcache://" + members() + "/" + namespace);
    }

    /** What the nodes have printed, all of it. */
    public Stream<String> lines() {
        return nodes().stream().flatMap(node -> node.process().lines().stream());
    }

    /** Kills what still runs. */
    @Override
    public void close() {
        nodes().forEach(NodeProcess::close);
    }
}
