package io.distcache.testing;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.CacheManager;
import javax.cache.Caching;

/** Real nodes that clients use as one pool; each can be killed and started again at its address. Confined to one thread. */
final class PoolOfNodes implements AutoCloseable {
    private final List<NodeSetup> setups = new ArrayList<>();
    private final List<NodeProcess> nodes = new ArrayList<>();

    private PoolOfNodes() {}

    /** So many nodes; with {@code data} each keeps its data in a directory of its own there, with {@code null} in memory. */
    static PoolOfNodes start(int count, Path data, String... settings) {
        PoolOfNodes pool = new PoolOfNodes();
        try {
            List<NodeSetup> setups = IntStream.range(0, count)
                    .mapToObj(i -> setup(data == null ? null : data.resolve("node" + i), settings))
                    .toList();
            // At the same time: most of a start is waiting, on two processors too.
            List<CompletableFuture<NodeProcess>> starting = setups.stream()
                    .map(setup -> CompletableFuture.supplyAsync(setup::start, task -> new Thread(task).start()))
                    .toList();
            for (int i = 0; i < count; i++) {
                pool.add(setups.get(i), starting.get(i).join());
            }
            return pool;
        } catch (RuntimeException e) {
            pool.close();
            throw e;
        }
    }

    /** Starts one more node; whoever uses the pool is still to be told of it. Returns its index. */
    int add(Path data, String... settings) {
        NodeSetup setup = setup(data, settings);
        add(setup, setup.start());
        return nodes.size() - 1;
    }

    private void add(NodeSetup setup, NodeProcess node) {
        nodes.add(node);
        setups.add(setup.withPort(node.port()));
    }

    private static NodeSetup setup(Path data, String... settings) {
        NodeSetup setup = NodeSetup.of(settings).withJvmFlags("-Xmx256m", "-XX:TieredStopAtLevel=1");
        return data == null ? setup : setup.withDataDirectory(data);
    }

    NodeProcess node(int i) {
        return nodes.get(i);
    }

    int size() {
        return nodes.size();
    }

    /** Starts a node again, where it was and with what it had on disk. */
    void restart(int i) {
        nodes.get(i).close();
        nodes.set(i, setups.get(i).start());
    }

    /** Starts those nodes again that have ended. */
    void restartDead() {
        for (int i = 0; i < nodes.size(); i++) {
            if (!nodes.get(i).process().isAlive()) {
                restart(i);
            }
        }
    }

    /** Starts a node again with nothing. */
    void restartEmpty(int i, Path emptyData) {
        nodes.get(i).close();
        NodeSetup setup = emptyData == null ? setups.get(i) : setups.get(i).withDataDirectory(emptyData);
        setups.set(i, setup);
        nodes.set(i, setup.start());
    }

    /** The members as a URI names them. */
    String members() {
        return IntStream.range(0, nodes.size())
                .mapToObj(i -> nodes.get(i).address())
                .collect(Collectors.joining(","));
    }

    URI uri(String namespace, String options) {
        return URI.create("distcache://" + members() + "/" + namespace + (options.isEmpty() ? "" : "?" + options));
    }

    /** A manager of its own: with connections of its own to every node. */
    CacheManager client(String name) {
        return client(name, "");
    }

    CacheManager client(String name, String options) {
        String all = "client-name=" + name + (options.isEmpty() ? "" : "&" + options);
        return Caching.getCachingProvider().getCacheManager(uri("pool", all), PoolOfNodes.class.getClassLoader());
    }

    @Override
    public void close() {
        nodes.forEach(NodeProcess::close);
    }
}
