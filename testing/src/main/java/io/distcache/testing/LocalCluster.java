package io.distcache.testing;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Several nodes, each in a process of its own. Thread-safe. */
public final class LocalCluster implements AutoCloseable {
    private final List<NodeProcess> nodes;

    private LocalCluster(List<NodeProcess> nodes) {
        this.nodes = List.copyOf(nodes);
    }

    /** Starts so many nodes with the same settings, {@code key=value}. */
    public static LocalCluster start(int count, String... settings) {
        List<NodeProcess> nodes = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                nodes.add(NodeProcess.start(settings));
            }
        } catch (RuntimeException e) {
            nodes.forEach(NodeProcess::close);
            throw e;
        }
        return new LocalCluster(nodes);
    }

    public List<NodeProcess> nodes() {
        return nodes;
    }

    /** The JCache URI that names all nodes. */
    public URI uri(String namespace) {
        return URI.create("distcache://"
                + nodes.stream().map(NodeProcess::address).collect(Collectors.joining(",")) + "/" + namespace);
    }

    /** Kills what still runs. */
    @Override
    public void close() {
        nodes.forEach(NodeProcess::close);
    }
}
