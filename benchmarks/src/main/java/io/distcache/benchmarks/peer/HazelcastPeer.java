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
import java.util.stream.Collectors;

/**
 * Hazelcast members, each in its own process, and Hazelcast's client.
 *
 * @param backups how many other members have an entry before a put of it is answered
 */
record HazelcastPeer(Jvm jvm, String name, int members, int backups) implements Peer {
    private static final String NAME = "hazelcast";
    private static final int MEMBERS_WITH_BACKUP = 3;
    private static final Duration TO_JOIN = Duration.ofMinutes(1);
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
                <join>
                  <auto-detection enabled="false"/>
                  <multicast enabled="false"/>
                  <tcp-ip enabled="%b">%s</tcp-ip>
                </join>
                <interfaces enabled="true"><interface>127.0.0.1</interface></interfaces>
              </network>
              <cache name="bench-*">
                <backup-count>%d</backup-count>
                <eviction size="2147483647" max-size-policy="ENTRY_COUNT" eviction-policy="LRU"/>
              </cache>
            </hazelcast>
            """;
    private static final String CLIENT = """
            <hazelcast-client xmlns="http://www.hazelcast.com/schema/client-config">
              <cluster-name>bench</cluster-name>
              <network><cluster-members>%s</cluster-members></network>
            </hazelcast-client>
            """;

    HazelcastPeer(Jvm jvm) {
        this(jvm, NAME, 1, 0);
    }

    @Override
    public String version() {
        return Installed.version(NAME, "hazelcast").orElse("?");
    }

    @Override
    public Optional<String> missing() {
        return Installed.missingJars(NAME, "hazelcast");
    }

    /** Three members with one synchronous backup. */
    @Override
    public List<Peer> replicated(Replication how, Path in) {
        return List.of(new HazelcastPeer(jvm.withServerHeap(how.heap()), "hazelcast-backup", MEMBERS_WITH_BACKUP, 1));
    }

    @Override
    public Server start(Path directory) throws IOException {
        List<Integer> ports = Installed.freePorts(members);
        List<Server> started = new ArrayList<>();
        try {
            // One after the other, so that each finds those before it.
            for (int port : ports) {
                started.add(start(members == 1 ? directory : directory.resolve("m" + port), port, ports));
            }
            Pattern joined = Pattern.compile("Members \\{size:" + members + "\\b");
            for (Server member : started) {
                member.awaitSaid(joined, TO_JOIN);
            }
            Server all = Server.together(started);
            Files.writeString(
                    all.directory().resolve("hazelcast-client.xml"), CLIENT.formatted(tags("address", ports)));
            return all;
        } catch (IOException | RuntimeException e) {
            started.forEach(Server::close);
            throw e;
        }
    }

    private static String tags(String tag, List<Integer> ports) {
        return ports.stream()
                .map(port -> "<" + tag + ">127.0.0.1:" + port + "</" + tag + ">")
                .collect(Collectors.joining());
    }

    private Server start(Path directory, int port, List<Integer> ports) throws IOException {
        Files.createDirectories(directory);
        Path member = Files.writeString(
                directory.resolve("hazelcast.xml"),
                MEMBER.formatted(port, members > 1, tags("member", ports), backups));
        List<String> flags = new ArrayList<>(FLAGS);
        flags.add("-Dhazelcast.config=" + member);
        List<String> command = new ArrayList<>(jvm.serverCommand(flags, clientClassPath()));
        command.add("com.hazelcast.core.server.HazelcastMemberStarter");
        return Server.start(name, directory, command, READY, port);
    }

    @Override
    public String clientClassPath() {
        return Jvm.loadClassPath(Installed.jars(NAME));
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
                .with("declared", true)
                .with("configured.com.hazelcast.config.CacheConfig.getBackupCount", backups);
    }
}
