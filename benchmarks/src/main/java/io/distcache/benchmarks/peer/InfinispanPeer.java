package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Infinispan's HotRod server in its own process, and its remote JCache client. */
record InfinispanPeer(Jvm jvm) implements Peer {
    private static final String PROPERTY = "property.infinispan.client.hotrod.";
    // Without an encoding this server keeps objects, and decodes and encodes them in every call.
    private static final String CACHE = "<local-cache name=\"bench\"><encoding media-type=\"%s\"/></local-cache>";
    private static final String PROTOSTREAM = "application/x-protostream";
    private static final String SERIALIZED = "application/x-java-serialized-object";
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
    public Line client(Server server, ValueKind kind) {
        // The default marshaller is the fast one, and wants a schema for every class that is not the JDK's.
        boolean bean = kind == ValueKind.BEAN;
        Line line = Line.of("open")
                .with("client", "jcache")
                .with("provider", "org.infinispan.jcache.remote.JCachingProvider")
                .with("uri", "bench-" + kind + "-" + server.port())
                .with(PROPERTY + "server_list", "127.0.0.1:" + server.port())
                .with(PROPERTY + "cache.bench-*.configuration", CACHE.formatted(bean ? SERIALIZED : PROTOSTREAM))
                .with("declared", true);
        return bean
                ? line.with(PROPERTY + "marshaller", "org.infinispan.commons.marshall.JavaSerializationMarshaller")
                        .with(PROPERTY + "java_serial_allowlist", "io\\.distcache\\.benchmarks\\..*")
                : line;
    }
}
