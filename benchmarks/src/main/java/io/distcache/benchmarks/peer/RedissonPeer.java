package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Redisson's JCache on a redis-server that keeps nothing on disk. Tuned: 2 Netty threads and a pool of 8 were its best. */
record RedissonPeer() implements Peer {
    private static final Pattern READY = Pattern.compile("Ready to accept connections");

    @Override
    public String name() {
        return "redisson";
    }

    @Override
    public String version() {
        String redis = Installed.program("redis-server")
                .map(program -> Installed.firstLine(List.of(program.toString(), "--version")))
                .map(line -> line.replaceAll(".*v=(\\S+).*", "$1"))
                .orElse("?");
        return Installed.version(name(), "redisson").orElse("?") + " on Redis " + redis;
    }

    @Override
    public Optional<String> missing() {
        if (Installed.program("redis-server").isEmpty()) {
            return Optional.of("no redis-server on the PATH; on Debian: apt-get install redis-server");
        }
        return Installed.missingJars(name(), "redisson");
    }

    @Override
    public Server start(Path directory) throws IOException {
        int port = Installed.freePort();
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("redisson.yaml"), """
                nettyThreads: 2
                singleServerConfig:
                  address: "redis://127.0.0.1:%d"
                  connectionPoolSize: 8
                  connectionMinimumIdleSize: 8
                """.formatted(port));
        String program = Installed.program("redis-server").orElseThrow().toString();
        List<String> command = List.of(
                program, "--bind", "127.0.0.1", "--port", Integer.toString(port), "--save", "", "--appendonly", "no");
        return Server.start(name(), directory, command, READY, port);
    }

    @Override
    public String clientClassPath() {
        return Jvm.loadClassPath(Installed.jars(name()));
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
