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

/** One Hazelcast member in its own process, and Hazelcast's client. */
record HazelcastPeer(Jvm jvm) implements Peer {
    private static final Pattern READY = Pattern.compile("is STARTED");

    /** What Hazelcast's manual asks for on Java 9 and later. */
    private static final List<String> FLAGS = List.of(
            "--add-modules=java.se",
            "--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
            "--add-opens=java.management/sun.management=ALL-UNNAMED",
            "--add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED",
            "-Dhazelcast.phone.home.enabled=false");

    // A cache has to have an eviction policy, and by default evicts beyond 10,000 entries: hence the largest bound
    // there is.
    private static final String MEMBER = """
            <hazelcast xmlns="http://www.hazelcast.com/schema/config">
              <cluster-name>bench</cluster-name>
              <network>
                <port auto-increment="false">%d</port>
                <join><auto-detection enabled="false"/><multicast enabled="false"/></join>
                <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
              </network>
              <cache name="bench-*">
                <backup-count>0</backup-count>
                <eviction size="2147483647" max-size-policy="ENTRY_COUNT" eviction-policy="LRU"/>
              </cache>
            </hazelcast>
            """;
    private static final String CLIENT = """
            <hazelcast-client xmlns="http://www.hazelcast.com/schema/client-config">
              <cluster-name>bench</cluster-name>
              <network><cluster-members><address>127.0.0.1:%d</address></cluster-members></network>
            </hazelcast-client>
            """;

    @Override
    public String name() {
        return "hazelcast";
    }

    @Override
    public String version() {
        return Installed.version(name(), "hazelcast").orElse("?");
    }

    @Override
    public Optional<String> missing() {
        return Installed.missingJars(name(), "hazelcast");
    }

    @Override
    public Server start(Path directory) throws IOException {
        int port = Installed.freePort();
        Files.createDirectories(directory);
        Path member = Files.writeString(directory.resolve("hazelcast.xml"), MEMBER.formatted(port));
        Files.writeString(directory.resolve("hazelcast-client.xml"), CLIENT.formatted(port));
        List<String> flags = new ArrayList<>(FLAGS);
        flags.add("-Dhazelcast.config=" + member);
        List<String> command = new ArrayList<>(jvm.serverCommand(flags, clientClassPath()));
        command.add("com.hazelcast.core.server.HazelcastMemberStarter");
        return Server.start(name(), directory, command, READY, port);
    }

    @Override
    public String clientClassPath() {
        return Jvm.loadClassPath(Installed.jars(name()));
    }

    @Override
    public List<String> clientFlags() {
        return FLAGS;
    }

    @Override
    public Line client(Server server, ValueKind kind) {
        return Line.of("open")
                .with("client", "jcache")
                .with("provider", "com.hazelcast.client.cache.HazelcastClientCachingProvider")
                .with("uri", "bench-" + server.port())
                .with(
                        "property.hazelcast.config.location",
                        server.directory().resolve("hazelcast-client.xml").toUri())
                .with("declared", true);
    }
}
