package io.distcache.server.log;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One file of the log, named by the position of its first record: {@code 00000000000000000000.log}.
 *
 * <pre>
 *  offset  bytes  field
 *       0      8  magic        "DISTCLOG"
 *       8      2  version      of the format: 1, changes of shards; 2, records of the groups of a replicated pool
 *      10      2  shards       of the node that wrote it; with version 2 its groups
 *      12      8  position     of the first record
 *      20      8  incarnation  of the node that wrote it
 *      28      4  crc32c       over the bytes before
 *      32      .  records      {@link LogRecord}
 * </pre>
 *
 * <p>All numbers are big-endian. Immutable.
 *
 * @param position of the first record
 */
public record Segment(Path file, long position, By by) {
    /**
     * Who wrote it, and what.
     *
     * @param version of the format
     * @param shards of the node; with {@link #GROUPS_VERSION} its groups
     */
    public record By(int version, int shards, long incarnation) {
        /** A node whose shards log their changes. */
        public static By shards(int shards, long incarnation) {
            return new By(VERSION, shards, incarnation);
        }

        /** A node that logs records of groups. */
        public static By groups(int groups, long incarnation) {
            return new By(GROUPS_VERSION, groups, incarnation);
        }
    }

    /** The format version of segments with changes of shards. */
    public static final int VERSION = 1;
    /** The format version of segments with records of groups. */
    public static final int GROUPS_VERSION = 2;
    /** Bytes before the first record. */
    public static final int HEADER_BYTES = 32;
    /** The end of a segment's name. */
    public static final String SUFFIX = ".log";

    private static final long MAGIC = 0x44495354434c4f47L;
    private static final int CRC_OFFSET = HEADER_BYTES - Integer.BYTES;

    /** The name of the segment that begins at a position. */
    public static String name(long position) {
        return String.format(Locale.ROOT, "%020d%s", position, SUFFIX);
    }

    /** The segments of a directory by position; empty if there is no such directory. */
    public static List<Path> list(Path directory) throws IOException {
        return list(directory, SUFFIX);
    }

    /** The files of a directory that are named by a position, in its order; empty if there is no such directory. */
    public static List<Path> list(Path directory, String suffix) throws IOException {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + suffix)) {
            for (Path file : files) {
                if (file.getFileName().toString().matches("\\d{20}" + suffix.replace(".", "\\."))) {
                    found.add(file);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
        found.sort(Comparator.naturalOrder());
        return found;
    }

    /** Those of all segments, by position, that hold what is at a position or behind it. */
    public static List<Path> from(long position, List<Path> segments) {
        int first = 0;
        while (first + 1 < segments.size() && positionOf(segments.get(first + 1)) <= position) {
            first++;
        }
        return segments.subList(first, segments.size());
    }

    /** The position that a file's name tells. */
    public static long positionOf(Path file) {
        String name = file.getFileName().toString();
        return Long.parseLong(name.substring(0, name.indexOf('.')));
    }

    /** Its format's version. */
    public int version() {
        return by.version;
    }

    /** How many shards, or groups, the node had that wrote it. */
    public int shards() {
        return by.shards;
    }

    /** The node's incarnation. */
    public long incarnation() {
        return by.incarnation;
    }

    byte[] header() {
        byte[] header = new byte[HEADER_BYTES];
        ByteBuffer.wrap(header)
                .putLong(MAGIC)
                .putShort((short) by.version)
                .putShort((short) by.shards)
                .putLong(position)
                .putLong(by.incarnation)
                .putInt(crc(header));
        return header;
    }

    /**
     * Reads a header.
     *
     * @return null if the file ends before the header does, as a crash can leave it
     * @throws DamagedException if the header is not one
     * @throws NewerFormatException if a later version wrote it
     */
    public static @Nullable Segment open(Path file) throws IOException {
        byte[] header;
        try (InputStream in = Files.newInputStream(file)) {
            header = in.readNBytes(HEADER_BYTES);
        } catch (EOFException e) {
            return null;
        }
        if (header.length < HEADER_BYTES) {
            return null;
        }
        ByteBuffer fields = ByteBuffer.wrap(header);
        if (fields.getLong() != MAGIC || crc(header) != ByteBuffer.wrap(header).getInt(CRC_OFFSET)) {
            throw damaged(file, 0, "this is no header of a log segment");
        }
        int version = fields.getShort();
        if (version > GROUPS_VERSION) {
            throw new NewerFormatException(file, version, GROUPS_VERSION);
        }
        Segment segment =
                new Segment(file, fields.getLong(12), new By(version, fields.getShort(10), fields.getLong(20)));
        if (segment.position != positionOf(file)) {
            throw damaged(file, 12, "it begins at position " + segment.position + ", which is not what its name says");
        }
        return segment;
    }

    static DamagedException damaged(Path file, long offset, String what) {
        Path log = file.toAbsolutePath().getParent();
        Path directory = log == null ? null : log.getParent();
        return new DamagedException(file, offset, what, "log verify " + (directory == null ? "." : directory));
    }

    private static int crc(byte[] header) {
        CRC32C crc = new CRC32C();
        crc.update(header, 0, CRC_OFFSET);
        return (int) crc.getValue();
    }
}
