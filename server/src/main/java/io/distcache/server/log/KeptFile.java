package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file that was written whole and never changes, and that a start needs. Immutable.
 *
 * @param bytes its length
 */
public record KeptFile(Path file, long bytes) {

    /** As it is now. */
    public static KeptFile of(Path file) throws IOException {
        return new KeptFile(file, Files.size(file));
    }

    /**
     * Looks whether it is still there, and as long.
     *
     * @throws IOException if not; the message says what has become of it
     */
    public void check() throws IOException {
        long found;
        try {
            found = Files.size(file);
        } catch (NoSuchFileException e) {
            throw new IOException(file + " is gone: somebody has removed it under the running node", e);
        } catch (IOException e) {
            throw FileFailure.wrapped("a file of the data directory cannot be looked at", e);
        }
        if (found != bytes) {
            throw new IOException(
                    file + " has " + found + " bytes, and was written with " + bytes + ": somebody has changed it");
        }
    }
}
