package io.distcache.benchmarks.peer;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What is there on this machine to run a peer with: its jars, its program, a port. */
final class Installed {
    private static final String HOW = "mvn -q -f benchmarks/peers package";

    private Installed() {}

    /** Where the build of {@code benchmarks/peers} puts a peer's jars. */
    static Path jars(String peer) {
        return buildDirectory().resolve("peers").resolve(peer);
    }

    static Path buildDirectory() {
        return Jvm.location(Installed.class).resolveSibling("");
    }

    /** The version in the name of a peer's main jar, as in {@code redisson-4.7.0.jar}. */
    static Optional<String> version(String peer, String artifact) {
        Pattern name = Pattern.compile(Pattern.quote(artifact) + "-(\\d.*)\\.jar");
        try (Stream<Path> jars = Files.list(jars(peer))) {
            return jars.map(jar -> name.matcher(jar.getFileName().toString()))
                    .filter(Matcher::matches)
                    .map(matcher -> matcher.group(1))
                    .findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    static Optional<String> missingJars(String peer, String artifact) {
        return version(peer, artifact).isPresent()
                ? Optional.empty()
                : Optional.of("no " + artifact + " in " + jars(peer) + "; run: " + HOW);
    }

    /** A program on the PATH. */
    static Optional<Path> program(String name) {
        String path = System.getenv().getOrDefault("PATH", "/usr/bin");
        return Arrays.stream(path.split(File.pathSeparator, -1))
                .map(directory -> Path.of(directory, name))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static String firstLine(List<String> command) {
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            try (var output = process.inputReader()) {
                String line = output.readLine();
                return line == null ? "" : line;
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A port that was free a moment ago. */
    static int freePort() throws IOException {
        return freePorts(1).get(0);
    }

    /** Different ports that were free a moment ago. */
    static List<Integer> freePorts(int count) throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            List<Integer> ports = new ArrayList<>(count == 1 ? List.of() : freePorts(count - 1));
            ports.add(socket.getLocalPort());
            return ports;
        }
    }
}
