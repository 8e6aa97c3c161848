package io.distcache.testing;

import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;

/** A command prefix for processes that file permissions hold for; root's right to pass them by is taken away. */
final class BoundByPermissions {
    /** Still root, so that the class path can be read wherever it is. */
    private static final List<String> DROPPED = List.of("setpriv", "--bounding-set=-dac_override,-dac_read_search");

    private BoundByPermissions() {}

    /** Finds one by trying it in {@code directory}; without one the test is left out and says so. */
    static String[] commandPrefix(Path directory) throws IOException {
        Path readOnly = Files.createDirectory(directory.resolve("probe"));
        Files.setPosixFilePermissions(readOnly, PosixFilePermissions.fromString("r-x------"));
        for (List<String> prefix : List.of(List.<String>of(), DROPPED)) {
            if (run(prefix, "true").isEmpty() && !canWrite(prefix, readOnly)) {
                return prefix.toArray(String[]::new);
            }
        }
        String message =
                "LEFT OUT, a read-only directory is not tested here: this user may write to it all the same, also after "
                        + String.join(" ", DROPPED) + ": " + run(DROPPED, "true");
        System.out.println(message);
        return abort(message);
    }

    private static boolean canWrite(List<String> prefix, Path directory) throws IOException {
        Path file = directory.resolve("touched");
        String failure = run(prefix, "touch", file.toString());
        return Files.deleteIfExists(file) || failure.isEmpty();
    }

    private static String run(List<String> prefix, String... command) {
        List<String> all = new ArrayList<>(prefix);
        all.addAll(List.of(command));
        return SystemCommand.run(all.toArray(String[]::new));
    }
}
