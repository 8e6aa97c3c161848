package io.distcache.jcache.internal;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** A file that holds one secret, such as Kubernetes mounts. Stateless. */
final class SecretFile {
    private static final int MAX_BYTES = 4096;

    private SecretFile() {}

    /**
     * The secret, without white space around it.
     *
     * @param option which names the file
     * @throws IllegalArgumentException if there is none; the message shows nothing of it
     */
    static String read(String option, String file) {
        try {
            Path path = Path.of(file);
            if (Files.size(path) > MAX_BYTES) {
                throw new IllegalArgumentException(
                        "option " + option + " names a file of over " + MAX_BYTES + " bytes, which is no secret");
            }
            String text = new String(Files.readAllBytes(path), StandardCharsets.UTF_8).strip();
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
}
