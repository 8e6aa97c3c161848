package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** One DistCache node, with what its configuration has by default but for how it keeps its entries. */
record DistCachePeer(Jvm jvm, String name, Keeping keeping, Path data) implements Peer {
    private static final String NAME = "distcache";
    static final String MAIN = "io.distcache.server.Main";
    private static final String PROVIDER = "io.distcache.jcache.DistCachingProvider";
    private static final Pattern READY = Pattern.compile("^ready \\S+:(?<port>\\d+) .* in (?<needed>\\d+) ms");

    DistCachePeer(Jvm jvm) {
        this(jvm, NAME, Keeping.IN_MEMORY, Path.of(""));
    }

    @Override
    public String version() {
        return found(MAIN)
                .map(Class::getPackage)
                .map(Package::getImplementationVersion)
                .orElse("of this build");
    }

    @Override
    public Optional<String> missing() {
        for (String type : List.of(MAIN, PROVIDER)) {
            if (found(type).isEmpty()) {
                return Optional.of(type + " is not on the class path of the harness");
            }
        }
        return Optional.empty();
    }

    private static Optional<Class<?>> found(String type) {
        try {
            return Optional.of(Class.forName(type, false, DistCachePeer.class.getClassLoader()));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    @Override
    public Optional<Peer> keeping(Keeping how, Path in) {
        return Optional.of(new DistCachePeer(jvm, how.of(NAME), how, in));
    }

    /** One node in memory, and replicated pools. */
    @Override
    public List<Peer> replicated(Replication how, Path in) {
        Jvm alike = jvm.withServerHeap(how.heap());
        List<Peer> peers = new ArrayList<>(List.of(new DistCachePeer(alike)));
        for (int groups : how.groups()) {
            peers.add(new DistCachePoolPeer(alike, how.poolOf(groups), how.sync(), groups, in));
        }
        return peers;
    }

    @Override
    public Server start(Path directory) throws IOException {
        List<String> command = new ArrayList<>(jvm.serverCommand(jvm.nodeFlags(), Jvm.ownClassPath()));
        command.addAll(List.of(MAIN, "server", "--port", "0"));
        command.addAll(jvm.nodeArguments());
        command.addAll(arguments());
        return Server.start(name, directory, command, READY);
    }

    private List<String> arguments() throws IOException {
        List<String> arguments = new ArrayList<>();
        if (keeping != Keeping.IN_MEMORY) {
            arguments.addAll(List.of("--data-dir", data.toString()));
        }
        if (keeping == Keeping.LOG && !isEmpty(data)) {
            arguments.add("--recover=log");
        }
        for (String setting : settings()) {
            arguments.addAll(List.of("--set", setting));
        }
        return arguments;
    }

    private List<String> settings() {
        return switch (keeping) {
            case IN_MEMORY -> List.of();
            case ALWAYS -> List.of("log.sync=always");
            case INTERVAL -> List.of("log.sync=interval");
            case OS -> List.of("log.sync=os");
            case SNAPSHOT, QUIET -> List.of("snapshot.interval=0s", "snapshot.log-bytes=0");
            case LOG -> List.of("snapshot.interval=0s", "snapshot.log-bytes=0", "log.sync=os", "log.retain=all");
            case SNAPSHOTTING -> List.of("snapshot.interval=1s");
        };
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    @Override
    public Optional<Double> secondsToLoad(Server server) throws IOException {
        return server.lastSaid(READY).map(said -> Double.parseDouble(said.group("needed")) / 1000);
    }

    @Override
    public String clientClassPath() {
        return Jvm.ownClassPath();
    }

    @Override
    public Line client(Server server, ValueKind kind) {
        String nodes =
                server.all().stream().map(node -> "127.0.0.1:" + node.port()).collect(Collectors.joining(","));
        return Line.of("open")
                .with("client", "jcache")
                .with("provider", PROVIDER)
                .with("uri", "distcache://" + nodes + "/bench?timeout=30s")
                .with("declared", false);
    }
}
