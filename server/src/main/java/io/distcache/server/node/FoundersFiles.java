package io.distcache.server.node;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.Segment;
import io.distcache.server.replication.files.GroupFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a founder has of its pool's groups while it is no member yet: {@value #NAME} in its data directory, a directory like a member's. Once
 * the pool is decided on it is what the member has; before that it counts for nothing. Stateless.
 */
final class FoundersFiles {
    private static final String NAME = "founding";

    private FoundersFiles() {}

    /** Where it is. */
    static Path of(Path directory) {
        return directory.resolve(NAME);
    }

    /** Makes it the member's, if it is there. One that ends amid that goes on where it was. */
    static void takeOver(Path directory) throws IOException {
        Path from = of(directory);
        if (Files.notExists(from)) {
            return;
        }
        for (String name : List.of(GroupFiles.PIECES, "log")) {
            Path to = directory.resolve(name);
            Files.createDirectories(to);
            for (Path file : list(from.resolve(name))) {
                // The lock is a file of each directory's own.
                if (Files.isDirectory(file) || !file.getFileName().toString().equals("lock")) {
                    Files.move(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
                }
            }
            DataDirectory.sync(to);
        }
        for (String name : List.of(LogEnd.NAME, GroupFiles.BOOT)) {
            if (Files.exists(from.resolve(name))) {
                Files.move(from.resolve(name), directory.resolve(name), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        DataDirectory.sync(directory);
        remove(directory);
    }

    /** Removes it, if it is there. */
    static void remove(Path directory) throws IOException {
        if (Files.exists(of(directory))) {
            removeAll(of(directory));
            DataDirectory.sync(directory);
        }
    }

    /** Removes what a member has that waited for a founder which never came. */
    static void forget(Path directory) throws IOException {
        for (Path segment : Segment.list(DataDirectory.log(directory))) {
            Files.delete(segment);
        }
        removeAll(directory.resolve(GroupFiles.PIECES));
        Files.deleteIfExists(directory.resolve(LogEnd.NAME));
        Files.deleteIfExists(directory.resolve(GroupFiles.BOOT));
        DataDirectory.sync(directory);
    }

    private static void removeAll(Path directory) throws IOException {
        if (Files.exists(directory)) {
            try (Stream<Path> all = Files.walk(directory)) {
                for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static List<Path> list(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }
}
