package io.distcache.server.persistence;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import io.distcache.server.store.KeyHasher;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * In which order scans give the entries of a node on its own: drawn once for its data directory, so that the walk of a client goes on after a
 * restart where it was. Nothing else depends on it: where it is lost, such a walk may miss entries or get some twice. Immutable.
 *
 * <pre>
 *  offset  bytes  field
 *       0     16  numbers  random; what keys are hashed by
 * </pre>
 */
final class ScanOrderFile {
    /** The file's name. */
    static final String NAME = "scan-order";

    private static final Logger LOG = LoggerFactory.getLogger(ScanOrderFile.class);

    private final byte[] numbers;

    private ScanOrderFile(byte[] numbers) {
        this.numbers = numbers;
    }

    /** What a directory has, or numbers of this start that are yet to be kept. */
    static ScanOrderFile of(DataDirectory directory) {
        Path file = directory.path().resolve(NAME);
        try {
            byte[] found = Files.readAllBytes(file);
            if (found.length == KeyHasher.BYTES) {
                return new ScanOrderFile(found);
            }
            LOG.warn(
                    "{} has {} bytes instead of {}, and is replaced: walks over a cache that were under way may miss entries,"
                            + " or get some twice",
                    file,
                    found.length,
                    KeyHasher.BYTES);
        } catch (NoSuchFileException e) {
            // A new directory, or one of an earlier version.
        } catch (IOException e) {
            LOG.warn(
                    "{} cannot be read, and is replaced: walks over a cache that were under way may miss entries, or get some"
                            + " twice. {}",
                    file,
                    FileFailure.text(e));
        }
        byte[] drawn = new byte[KeyHasher.BYTES];
        new SecureRandom().nextBytes(drawn);
        return new ScanOrderFile(drawn);
    }

    KeyHasher hasher() {
        return KeyHasher.of(numbers);
    }

    /** Has it on disk, if it can be: a node is of use without. */
    void keep(DataDirectory directory) {
        Path file = directory.path().resolve(NAME);
        try {
            if (Files.notExists(file) || !Arrays.equals(Files.readAllBytes(file), numbers)) {
                directory.replace(NAME, numbers);
            }
        } catch (IOException e) {
            LOG.warn(
                    "{} could not be written: walks over a cache that are under way at the next restart may miss entries, or"
                            + " get some twice. {}",
                    file,
                    FileFailure.text(e));
        }
    }
}
