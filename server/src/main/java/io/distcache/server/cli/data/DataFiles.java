package io.distcache.server.cli.data;

import io.distcache.server.cli.WrongArgumentException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FormatFile;
import io.distcache.server.log.Segment;
import io.distcache.server.snapshot.SnapshotReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of a node's data directory, looked at and never touched. Immutable. */
record DataFiles(Path directory, List<Path> segments, List<Path> snapshots) {

    /**
     * What is in a data directory.
     *
     * @throws WrongArgumentException if it is none
     * @throws io.distcache.server.log.NewerFormatException if a later version wrote it
     */
    static DataFiles in(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            throw new WrongArgumentException(
                    Files.exists(directory)
                            ? directory + " is a file; the data directory of a node is wanted (--data-dir)"
                            : "there is no directory " + directory);
        }
        FormatFile.refuseNewer(directory);
        Path log = DataDirectory.log(directory);
        Path snapshots = DataDirectory.snapshots(directory);
        if (!Files.isDirectory(log) && !Files.isDirectory(snapshots)) {
            throw new WrongArgumentException(
                    directory + " is no data directory of a node: there is neither log/ nor snapshots/ in it");
        }
        return inTheMaking(directory);
    }

    /** Those of a directory that is not complete yet. */
    static DataFiles inTheMaking(Path directory) throws IOException {
        return new DataFiles(
                directory,
                Segment.list(DataDirectory.log(directory)),
                SnapshotReader.list(DataDirectory.snapshots(directory)));
    }

    /** Where the segments are. */
    Path log() {
        return DataDirectory.log(directory);
    }

    /** Where the log begins; {@code otherwise} if it has no segment. */
    long firstPosition(long otherwise) {
        return segments.isEmpty() ? otherwise : Segment.positionOf(segments.get(0));
    }

    /** Whether nothing is at a path, or an empty directory. */
    static boolean isFree(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            return Files.notExists(path);
        }
        try (Stream<Path> files = Files.list(path)) {
            return files.findAny().isEmpty();
        }
    }

    static long bytes(List<Path> files) throws IOException {
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        return bytes;
    }
}
