package io.distcache.client.spi;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A file that holds one secret, such as Kubernetes mounts. Immutable.
 *
 * @param option the option that names it, for messages
 * @param path where it is; shown nowhere, for it may be a secret that was written in the wrong place
 */
public record SecretFile(String option, String path) {
    private static final int MAX_BYTES = 4096;

    public SecretFile {
        Objects.requireNonNull(option, "option");
        Objects.requireNonNull(path, "path");
    }

    /**
     * The secret as the file has it now, without white space around it.
     *
     * @throws IllegalArgumentException if there is none; the message shows nothing of it
     */
    public String read() {
        try {
            Path file = Path.of(path);
            if (Files.size(file) > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "option " + option + " names a file of over " + MAX_BYTES + " bytes, which is no secret");
            }
            String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
            if (text.isEmpty() || text.indexOf('\n') >= 0) {
                throw new IllegalArgumentException(
                        "option " + option + " names a file that is not one line with the secret");
            }
            return text;
        } catch (IOException | InvalidPathException e) {
            throw new IllegalArgumentException("option " + option + " names a file that cannot be read ("
                    + e.getClass().getSimpleName() + ")");
        }
    }

    /** Tells which option names it, and not the path. */
    @Override
    public String toString() {
        return "the file of option " + option;
    }
}
