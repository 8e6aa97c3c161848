package io.distcache.testing;

import java.time.Duration;
import java.util.List;

/** {@code bin/distcache} with other subcommands than {@code server}: runs one to its end. */
public final class DistCacheCommand {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private DistCacheCommand() {}

    /**
     * How a command ended.
     *
     * @param output what it printed, standard output and error in one
     */
    public record Ended(int exitCode, List<String> output) {
        public Ended {
            output = List.copyOf(output);
        }
    }

    /**
     * Runs {@code bin/distcache} with these arguments.
     *
     * @throws IllegalStateException if it does not end within a minute
     */
    public static Ended run(String... arguments) {
        try (JavaProcess process = NodeProgram.start(
                List.of(),
                JavaProcess.javaHome(),
                List.of("-XX:TieredStopAtLevel=1", "-Xmx128m"),
                List.of(arguments))) {
            int code = process.awaitExit(LIMIT);
            return new Ended(code, process.lines());
        }
    }
}
