package io.distcache.testing;

import static org.junit.jupiter.api.Assumptions.abort;

/** How long a file a running process may write; without the program that sets it the test is left out and says so. */
final class FileSizeLimit {
    private FileSizeLimit() {}

    /** A number of bytes, or {@code unlimited}. */
    static void set(long pid, String limit) {
        // Only the soft limit: it can be raised again without rights.
        String failure = SystemCommand.run("prlimit", "--pid", Long.toString(pid), "--fsize=" + limit + ":");
        if (!failure.isEmpty()) {
            String message = "LEFT OUT, files that may not grow are not tested here: " + failure;
            System.out.println(message);
            abort(message);
        }
    }
}
