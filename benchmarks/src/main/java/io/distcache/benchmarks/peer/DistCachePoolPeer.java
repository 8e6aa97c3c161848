package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** A replicated pool of DistCache's nodes, each with a data directory of its own. */
record DistCachePoolPeer(Jvm jvm, String name, Keeping sync, int groups, Path data) implements Peer {
    private static final int NODES = 3;
    /** Longer than the command itself waits for leaders. */
    private static final Duration TO_CREATE = Duration.ofMinutes(1);

    private static final List<String> TOOL_FLAGS = List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

    @Override
    public String version() {
        return new DistCachePeer(jvm).version();
    }

    @Override
    public Optional<String> missing() {
        return new DistCachePeer(jvm).missing();
    }

    @Override
    public Server start(Path directory) throws IOException {
        // New ones for every pool: a node is a member of one pool for good.
        Path own = Files.createTempDirectory(data, "pool-");
        List<Server> nodes = new ArrayList<>();
        try {
            for (int i = 1; i <= NODES; i++) {
                Path kept = Files.createDirectory(own.resolve("n" + i));
                nodes.add(new DistCachePeer(jvm, name, sync, kept).start(directory.resolve("n" + i)));
            }
            create(directory, nodes);
            return Server.together(nodes);
        } catch (IOException | RuntimeException e) {
            nodes.forEach(Server::close);
            throw e;
        }
    }

    private void create(Path directory, List<Server> nodes) throws IOException {
        List<String> command = new ArrayList<>(jvm.serverCommand(TOOL_FLAGS, Jvm.ownClassPath()));
        command.addAll(List.of(DistCachePeer.MAIN, "pool", "create"));
        command.addAll(List.of("--replicas", Integer.toString(NODES), "--groups", Integer.toString(groups)));
        for (int i = 1; i <= NODES; i++) {
            command.add("n" + i + "=127.0.0.1:" + nodes.get(i - 1).port());
        }
        Pattern done = Pattern.compile("^all " + groups + " groups have a leader");
        try (Child creating = Child.start("pool-create", directory, command, done, true)) {
            creating.await(done, TO_CREATE);
        }
    }

    @Override
    public String clientClassPath() {
        return Jvm.ownClassPath();
    }

    @Override
    public Line client(Server server, ValueKind kind) {
        return new DistCachePeer(jvm).client(server, kind);
    }
}
