package io.distcache.protocol.tls;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file, and the setting that names it. Immutable.
 *
 * @param setting the setting's name, for messages
 */
public record NamedFile(String setting, Path path) {
    private static final int MOST_BYTES = 1 << 20;
    private static final String PEM_BEGIN = "-----BEGIN ";

    /**
     * All bytes of the file.
     *
     * @throws UnusableFileException if it cannot be read, or is longer than such files are
     */
    public byte[] read() throws UnusableFileException {
        try {
            long size = Files.size(path);
            if (size > MOST_BYTES) {
                throw unusable("it has " + size + " bytes, and no such file has more than " + MOST_BYTES);
            }
            return Files.readAllBytes(path);
        } catch (NoSuchFileException e) {
            throw unusable("there is no such file", e);
        } catch (AccessDeniedException e) {
            throw unusable("the user that this process runs as may not read it", e);
        } catch (UnusableFileException e) {
            throw e;
        } catch (IOException e) {
            throw unusable("it cannot be read: " + e.getMessage(), e);
        }
    }

    /** Whether these are the bytes of a PEM file; else they may be PKCS#12. */
    static boolean isPem(byte[] bytes) {
        return text(bytes).contains(PEM_BEGIN);
    }

    /** The bytes of a PEM file as text. */
    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** Says that the file cannot be used. */
    UnusableFileException unusable(String why) {
        return new UnusableFileException(text(why));
    }

    /** Says that the file cannot be used, and what that was seen by. */
    UnusableFileException unusable(String why, Throwable cause) {
        return new UnusableFileException(text(why), cause);
    }

    private String text(String why) {
        return setting + " is " + path + ": " + why;
    }
}
