package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Lettuce on a redis-server: no JCache, but Redis's own figures, from what is thought its fastest synchronous client. */
record LettucePeer(String name, Keeping keeping, Path data) implements Peer {
    private static final String NAME = "lettuce";

    LettucePeer() {
        this(NAME, Keeping.IN_MEMORY, Path.of(""));
    }

    @Override
    public String version() {
        return Installed.version(NAME, "lettuce-core").orElse("?") + " on Redis " + RedisServer.version();
    }

    @Override
    public Optional<String> missing() {
        return RedisServer.missing().or(() -> Installed.missingJars(NAME, "lettuce-core"));
    }

    @Override
    public Optional<Peer> keeping(Keeping how, Path in) {
        return switch (how) {
            case IN_MEMORY, ALWAYS, INTERVAL, OS -> Optional.of(new LettucePeer(how.of(NAME), how, in));
            case SNAPSHOT -> Optional.of(new LettucePeer("redis from RDB", how, in));
            case LOG -> Optional.of(new LettucePeer("redis from AOF", how, in));
            case QUIET, SNAPSHOTTING -> Optional.empty();
        };
    }

    @Override
    public List<Peer> replicated(Replication how, Path in) {
        return List.of(new RedisWaitPeer());
    }

    @Override
    public Server start(Path directory) throws IOException {
        return RedisServer.start(name, directory, keeping, data);
    }

    @Override
    public Optional<Double> secondsToLoad(Server server) throws IOException {
        return RedisServer.secondsToLoad(server);
    }

    @Override
    public String clientClassPath() {
        return Jvm.loadClassPath(Installed.jars(NAME));
    }

    @Override
    public Line client(Server server, ValueKind kind) {
        return Line.of("open").with("client", "service").with("port", server.port());
    }
}
