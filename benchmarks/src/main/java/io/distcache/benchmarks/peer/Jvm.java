package io.distcache.benchmarks.peer;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How JVMs are started, alike for every peer. Immutable.
 *
 * @param serverHeap {@code -Xmx} of a server, as in {@code 3g}
 * @param clientHeap {@code -Xmx} of a client
 * @param nodeFlags further flags for DistCache's node
 * @param nodeArguments further arguments for DistCache's {@code server} command
 */
public record Jvm(String serverHeap, String clientHeap, List<String> nodeFlags, List<String> nodeArguments) {
    // On two cores the common pool has parallelism 1, and CompletableFuture then starts a thread per callback.
    private static final String COMMON_POOL = "-Djava.util.concurrent.ForkJoinPool.common.parallelism=2";

    /** The same, with this {@code -Xmx} of a server. */
    Jvm withServerHeap(String heap) {
        return new Jvm(heap, clientHeap, nodeFlags, nodeArguments);
    }

    List<String> serverCommand(List<String> flags, String classPath) {
        return command(serverHeap, flags, classPath);
    }

    List<String> clientCommand(List<String> flags, String classPath) {
        return command(clientHeap, flags, classPath);
    }

    private static List<String> command(String heap, List<String> flags, String classPath) {
        List<String> command = new ArrayList<>();
        command.add(java());
        command.add("-Xmx" + heap);
        command.add(COMMON_POOL);
        command.addAll(flags);
        command.add("-cp");
        command.add(classPath);
        return command;
    }

    static String java() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /** The harness's own class path, which is also that of DistCache and the echo. */
    static String ownClassPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** What a foreign client needs of the harness, before the peer's own jars. */
    static String loadClassPath(Path peerJars) {
        return Stream.of(location(Jvm.class), location(org.HdrHistogram.Histogram.class), peerJars.resolve("*"))
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** The jar or the directory that a class comes from. */
    static Path location(Class<?> type) {
        try {
            return Path.of(
                    type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(type + " has no location on disk", e);
        }
    }
}
