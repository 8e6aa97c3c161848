package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Which file a name stands for: device and inode where there are such. A key is not given anew while the file is open somewhere, so
 * who holds it open can tell it from every other. Stateless.
 */
final class FileKey {
    /** Where files have no keys, as on Windows, an open one cannot be removed either. */
    private static final Object NONE = "no key";

    private FileKey() {}

    /**
     * The key of what a name stands for; links are followed.
     *
     * @throws java.nio.file.NoSuchFileException if it stands for nothing
     */
    static Object of(Path path) throws IOException {
        return of(Files.readAttributes(path, BasicFileAttributes.class));
    }

    static Object of(BasicFileAttributes attributes) {
        Object key = attributes.fileKey();
        return key == null ? NONE : key;
    }
}
