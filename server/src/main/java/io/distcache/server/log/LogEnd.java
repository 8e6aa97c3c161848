package io.distcache.server.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * How far the log went, noted beside it in the file {@value #NAME}: so that a log that is shorter is told from one that a crash has
 * left so. Written over after each sync, each second, when a segment is begun, and at the stop; brought to disk only at the stop, so
 * that it tells no more than what is true, and perhaps less.
 *
 * <pre>
 *  offset  bytes  field
 *       0      8  magic        "DISTLEND"
 *       8      2  version      of the format: 1
 *      10      8  incarnation  of the node that wrote it
 *      18      8  synced       everything before this position was on disk
 *      26      8  written      everything before this position was with the operating system
 *      34      8  segment      position of the newest segment, whose header was with the operating system; -1 if that is not known
 *      42     36  boot         which start of the operating system, as text; spaces if that is not known
 *      78      4  crc32c       over the bytes before
 * </pre>
 *
 * <p>What was with the operating system outlives a process that is killed, and not a loss of power: it counts only as long as the
 * operating system is the same one. Immutable.
 */
public record LogEnd(long incarnation, long synced, long written, long segment, String boot) {
    /** The file's name in a data directory. */
    public static final String NAME = "log-end";
    /** The format version written here. */
    public static final int VERSION = 1;

    static final long UNKNOWN = -1;
    static final int BYTES = 82;

    private static final byte[] MAGIC = "DISTLEND".getBytes(StandardCharsets.US_ASCII);
    private static final int BOOT_BYTES = 36;
    private static final String THIS_BOOT = thisBoot();

    /**
     * What is known of a log's end.
     *
     * @param position it was not before this
     * @param source who says so
     * @param missing the newest segment, if it has not even its header, and had it
     */
    public record Known(
            long position, String source, @Nullable DamagedException missing) {
        /** Nothing is. */
        static final Known NOTHING = new Known(0, "nothing", null);

        /** The same, or what somebody else says, if that is more. */
        public Known or(long otherPosition, String otherSource) {
            return otherPosition >= position ? new Known(otherPosition, otherSource, missing) : this;
        }
    }

    LogEnd(long incarnation, long synced, long written, long segment) {
        this(incarnation, synced, written, segment, THIS_BOOT);
    }

    /** Which start of the operating system this is; blank if that is not known. */
    public static String thisSystem() {
        return THIS_BOOT;
    }

    /** What the file in a data directory tells. */
    public static Known known(Path directory) throws IOException {
        Path file = directory.resolve(NAME);
        LogEnd end = read(file);
        if (end == null || end.incarnation < newestIncarnation(DataDirectory.log(directory))) {
            // None, or a node that knows of no such file was here since.
            return Known.NOTHING;
        }
        boolean sameSystem = !end.boot.isBlank() && end.boot.equals(THIS_BOOT);
        String remedy = ", and no crash has left it so. To start with what is left, remove " + file;
        DamagedException missing = null;
        if (sameSystem && end.segment != UNKNOWN) {
            Path newest = DataDirectory.log(directory).resolve(Segment.name(end.segment));
            if (header(newest) == null) {
                missing = Segment.damaged(
                        newest,
                        0,
                        (Files.exists(newest)
                                        ? "it has " + Files.size(newest) + " bytes and no header"
                                        : "it is missing")
                                + "; " + NAME + " says that it was begun" + remedy);
            }
        }
        return new Known(
                sameSystem ? Math.max(end.written, end.synced) : end.synced,
                NAME + " says that it was written up to there" + remedy,
                missing);
    }

    private static long newestIncarnation(Path log) throws IOException {
        long newest = Long.MIN_VALUE;
        for (Path file : Segment.list(log)) {
            Segment header = header(file);
            newest = header == null ? newest : Math.max(newest, header.incarnation());
        }
        return newest;
    }

    private static @Nullable Segment header(Path segment) throws IOException {
        try {
            return Segment.open(segment);
        } catch (DamagedException | NoSuchFileException e) {
            return null;
        }
    }

    /** Null if there is none, or none that was written whole: then nothing is known. */
    private static @Nullable LogEnd read(Path file) throws IOException {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
        if (bytes.length != BYTES || ByteBuffer.wrap(bytes).getInt(BYTES - Integer.BYTES) != crc(bytes)) {
            return null;
        }
        ByteBuffer in = ByteBuffer.wrap(bytes);
        byte[] magic = new byte[MAGIC.length];
        in.get(magic);
        int version = in.getShort();
        if (!ByteBuffer.wrap(magic).equals(ByteBuffer.wrap(MAGIC))) {
            return null;
        }
        if (version > VERSION) {
            throw new NewerFormatException(file, version, VERSION);
        }
        long incarnation = in.getLong();
        long synced = in.getLong();
        long written = in.getLong();
        long segment = in.getLong();
        byte[] boot = new byte[BOOT_BYTES];
        in.get(boot);
        return new LogEnd(incarnation, synced, written, segment, new String(boot, StandardCharsets.US_ASCII));
    }

    /** Over what was there. */
    void writeTo(RandomAccessFile file) throws IOException {
        ByteBuffer out = ByteBuffer.allocate(BYTES)
                .put(MAGIC)
                .putShort((short) VERSION)
                .putLong(incarnation)
                .putLong(synced)
                .putLong(written)
                .putLong(segment)
                .put(boot.getBytes(StandardCharsets.US_ASCII));
        out.putInt(crc(out.array()));
        file.seek(0);
        file.write(out.array());
    }

    private static int crc(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, 0, BYTES - Integer.BYTES);
        return (int) crc.getValue();
    }

    private static String thisBoot() {
        String unknown = " ".repeat(BOOT_BYTES);
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/sys/kernel/random/boot_id"));
            String id = lines.isEmpty() ? "" : lines.get(0).strip();
            return id.matches("[0-9a-f-]{" + BOOT_BYTES + "}") ? id : unknown;
        } catch (IOException | RuntimeException e) {
            return unknown;
        }
    }
}
