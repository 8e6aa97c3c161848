package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.echo.EchoServer;
import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The limit: a map behind a Vert.x socket. */
record EchoPeer(Jvm jvm) implements Peer {
    private static final Pattern READY = Pattern.compile("^ready \\S+:(?<port>\\d+)");

    @Override
    public String name() {
        return "echo";
    }

    @Override
    public String version() {
        return "the limit";
    }

    @Override
    public Optional<String> missing() {
        return Optional.empty();
    }

    @Override
    public Server start(Path directory) throws IOException {
        List<String> command = new ArrayList<>(jvm.serverCommand(List.of(), Jvm.ownClassPath()));
        command.add(EchoServer.class.getName());
        return Server.start(name(), directory, command, READY);
    }

    @Override
    public String clientClassPath() {
        return Jvm.ownClassPath();
    }

    @Override
    public Line client(Server server, ValueKind kind) {
        return Line.of("open").with("client", "echo").with("port", server.port());
    }
}
