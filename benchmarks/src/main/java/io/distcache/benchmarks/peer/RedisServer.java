package io.distcache.benchmarks.peer;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The redis-server of the PATH, which several peers are clients of. */
final class RedisServer {
    private static final String PROGRAM = "redis-server";
    private static final Pattern READY = Pattern.compile("Ready to accept connections");
    private static final Pattern COPIED = Pattern.compile("MASTER <-> REPLICA sync: Finished with success");
    private static final Duration TO_COPY = Duration.ofMinutes(1);
    private static final Pattern LOADED = Pattern.compile("DB loaded from .*: (?<needed>[\\d.]+) seconds");

    private RedisServer() {}

    static String version() {
        return Installed.program(PROGRAM)
                .map(program -> Installed.firstLine(List.of(program.toString(), "--version")))
                .map(line -> line.replaceAll(".*v=(\\S+).*", "$1"))
                .orElse("?");
    }

    static Optional<String> missing() {
        return Installed.program(PROGRAM).isPresent()
                ? Optional.empty()
                : Optional.of("no redis-server on the PATH; on Debian: apt-get install redis-server");
    }

    /** Starts a server that keeps nothing on disk and another that has all of its entries. */
    static Server startWithReplica(String name, Path directory) throws IOException {
        // The replica's first copy goes straight to it, and at once.
        Server primary = start(
                name,
                directory,
                List.of(
                        "--save",
                        "",
                        "--appendonly",
                        "no",
                        "--repl-diskless-sync",
                        "yes",
                        "--repl-diskless-sync-delay",
                        "0"));
        List<Server> started = new ArrayList<>(List.of(primary));
        try {
            started.add(start(
                    name,
                    directory.resolve("replica"),
                    List.of("--save", "", "--replicaof", "127.0.0.1", Integer.toString(primary.port()))));
            started.get(1).awaitSaid(COPIED, TO_COPY);
            return Server.together(started);
        } catch (IOException | RuntimeException e) {
            started.forEach(Server::close);
            throw e;
        }
    }

    /** Starts a server with what is in {@code data}; that directory has to be there, unless it keeps nothing. */
    static Server start(String name, Path directory, Keeping keeping, Path data) throws IOException {
        return start(name, directory, arguments(keeping, data));
    }

    private static Server start(String name, Path directory, List<String> arguments) throws IOException {
        int port = Installed.freePort();
        List<String> command = new ArrayList<>();
        command.add(Installed.program(PROGRAM).orElseThrow().toString());
        command.addAll(List.of("--bind", "127.0.0.1", "--port", Integer.toString(port)));
        command.addAll(arguments);
        return Server.start(name, directory, command, READY, port);
    }

    private static List<String> arguments(Keeping keeping, Path data) {
        return switch (keeping) {
            case IN_MEMORY -> List.of("--save", "", "--appendonly", "no");
            case ALWAYS -> appending(data, "always");
            case INTERVAL -> appending(data, "everysec");
            case OS -> appending(data, "no");
            case LOG -> {
                List<String> arguments = new ArrayList<>(appending(data, "no"));
                // The commands as they came: no RDB at the beginning of the file, neither now nor by a later rewrite.
                arguments.addAll(List.of("--aof-use-rdb-preamble", "no", "--auto-aof-rewrite-percentage", "0"));
                yield arguments;
            }
            // One save point, never reached, since redis-server saves at a clean stop only if it has any.
            case SNAPSHOT -> List.of("--dir", data.toString(), "--appendonly", "no", "--save", "86400 1000000000");
            case QUIET, SNAPSHOTTING -> throw new IllegalArgumentException("redis-server is not compared " + keeping);
        };
    }

    private static List<String> appending(Path data, String policy) {
        return List.of("--dir", data.toString(), "--save", "", "--appendonly", "yes", "--appendfsync", policy);
    }

    /** How long a server says it needed to load what it found, in seconds; empty if it found nothing. */
    static Optional<Double> secondsToLoad(Server server) throws IOException {
        return server.lastSaid(LOADED).map(said -> Double.parseDouble(said.group("needed")));
    }
}
