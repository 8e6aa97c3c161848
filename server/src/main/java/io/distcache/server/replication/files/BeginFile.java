package io.distcache.server.replication.files;

import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.Segment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/**
 * The file {@value #NAME} in the directory of the pieces, one line: {@code 1 <position>}. Version of the format, and the segment with which a
 * start of a member begins; earlier ones are only kept for replays. Where it is missing, or says nothing that is so, a start reads all there is.
 * Stateless.
 */
final class BeginFile {
    static final String NAME = "begin";
    private static final String VERSION = "1 ";

    private BeginFile() {}

    /** The position of the first segment that a start reads; 0 if there is none. */
    static long read(Path directory, List<Path> segments) throws IOException {
        long first = segments.isEmpty() ? 0 : Segment.positionOf(segments.get(0));
        String text;
        try {
            text = Files.readString(directory.resolve(GroupFiles.PIECES).resolve(NAME))
                    .strip();
        } catch (NoSuchFileException e) {
            return first;
        }
        for (Path segment : segments) {
            if (text.equals(VERSION + Segment.positionOf(segment))) {
                return Segment.positionOf(segment);
            }
        }
        return first;
    }

    /** When this returns it is on disk; so is already what the log needs from there on. */
    static void write(DataDirectory directory, long position) throws IOException {
        Path pieces = directory.path().resolve(GroupFiles.PIECES);
        Files.createDirectories(pieces);
        directory.replace(
                GroupFiles.PIECES + "/" + NAME, (VERSION + position + "\n").getBytes(StandardCharsets.US_ASCII));
        DataDirectory.sync(pieces);
    }
}
