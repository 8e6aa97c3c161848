package io.distcache.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Programs of the system, as {@code mount}. */
final class SystemCommand {
    private SystemCommand() {}

    /** Runs a command to its end; returns what went wrong, or nothing. */
    static String run(String... command) {
        String line = String.join(" ", command);
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            int code = process.waitFor();
            return code == 0 ? "" : line + " ended with " + code + ": " + output.strip();
        } catch (IOException e) {
            return line + " cannot be run: " + e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
