package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Redisson's JCache on a redis-server. Tuned: 2 Netty threads and a pool of 8 were its best. */
record RedissonPeer(String name, Keeping keeping, Path data) implements Peer {
    private static final String NAME = "redisson";

    RedissonPeer() {
        this(NAME, Keeping.IN_MEMORY, Path.of(""));
    }

    @Override
    public String version() {
        return Installed.version(NAME, "redisson").orElse("?") + " on Redis " + RedisServer.version();
    }

    @Override
    public Optional<String> missing() {
        return RedisServer.missing().or(() -> Installed.missingJars(NAME, "redisson"));
    }

    /** How Redis comes back is measured once, through the client that stores plain keys. */
    @Override
    public Optional<Peer> keeping(Keeping how, Path in) {
        return switch (how) {
            case IN_MEMORY, ALWAYS, INTERVAL, OS -> Optional.of(new RedissonPeer(how.of(NAME), how, in));
            case SNAPSHOT, LOG, QUIET, SNAPSHOTTING -> Optional.empty();
        };
    }

    @Override
    public Server start(Path directory) throws IOException {
        Server server = RedisServer.start(name, directory, keeping, data);
        Files.writeString(directory.resolve("redisson.yaml"), """
                nettyThreads: 2
                singleServerConfig:
                  address: "redis://127.0.0.1:%d"
                  connectionPoolSize: 8
                  connectionMinimumIdleSize: 8
                """.formatted(server.port()));
        return server;
    }

    @Override
    public String clientClassPath() {
        return Jvm.loadClassPath(Installed.jars(NAME));
    }

    @Override
    public Line client(Server server, ValueKind kind) {
        return Line.of("open")
                .with("client", "jcache")
                .with("provider", "org.redisson.jcache.JCachingProvider")
                .with("uri", server.directory().resolve("redisson.yaml").toUri())
                .with("declared", false);
    }
}
