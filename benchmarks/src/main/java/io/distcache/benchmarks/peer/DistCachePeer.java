package io.distcache.benchmarks.peer;

import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.ValueKind;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** One DistCache node, with what its configuration has by default. */
record DistCachePeer(Jvm jvm) implements Peer {
    private static final String MAIN = "io.distcache.server.Main";
    private static final String PROVIDER = "io.distcache.jcache.DistCachingProvider";
    private static final Pattern READY =
            Pattern.compile("(?:127\\.0\\.0\\.1|0\\.0\\.0\\.0|localhost|\\[::1?\\]):(?<port>\\d+)");

    @Override
    public String name() {
        return "distcache";
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
    public Server start(Path directory) throws IOException {
        List<String> command = new ArrayList<>(jvm.serverCommand(jvm.nodeFlags(), Jvm.ownClassPath()));
        command.addAll(List.of(MAIN, "server", "--port", "0"));
        command.addAll(jvm.nodeArguments());
        return Server.start(name(), directory, command, READY);
    }

    @Override
    public String clientClassPath() {
        return Jvm.ownClassPath();
    }

    @Override
    public Line client(Server server, ValueKind kind) {
        return Line.of("open")
                .with("client", "jcache")
                .with("provider", PROVIDER)
                .with("uri", "distcache://127.0.0.1:" + server.port() + "/bench")
                .with("declared", false);
    }
}
