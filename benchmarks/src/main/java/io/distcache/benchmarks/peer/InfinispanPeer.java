package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Infinispan's HotRod server in its own process, and its remote JCache client. */
record InfinispanPeer(Jvm jvm) implements Peer {
    private static final Pattern READY = Pattern.compile("^ready \\S+:(?<port>\\d+)");

    @Override
    public String name() {
        return "infinispan";
    }

    @Override
    public String version() {
        return Installed.version(name(), "infinispan-jcache-remote").orElse("?");
    }

    @Override
    public Optional<String> missing() {
        return Installed.missingJars(name(), "infinispan-server-hotrod");
    }

    @Override
    public Server start(Path directory) throws IOException {
        List<String> command = new ArrayList<>(jvm.serverCommand(List.of(), clientClassPath()));
        command.add("io.distcache.benchmarks.infinispan.HotRodNode");
        command.add(Integer.toString(Installed.freePort()));
        return Server.start(name(), directory, command, READY);
    }

    @Override
    public String clientClassPath() {
        return Jvm.loadClassPath(Installed.jars(name()));
    }

    @Override
    public Line client(Server server) {
        return Line.of("open")
                .with("client", "jcache")
                .with("provider", "org.infinispan.jcache.remote.JCachingProvider")
                .with("uri", "bench-" + server.port())
                .with("property.infinispan.client.hotrod.server_list", "127.0.0.1:" + server.port())
                .with("property.infinispan.client.hotrod.java_serial_allowlist", "io\\.distcache\\.benchmarks\\..*")
                .with("declared", false);
    }
}
