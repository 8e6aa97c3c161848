package io.distcache.server.replication.files;

import io.distcache.server.consensus.GroupPiece;
import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The pieces of snapshots of all groups: {@code groups/<group>/<index>.pieces}, each with pieces one after the other.
 *
 * <pre>
 *  offset  bytes  field
 *       0      4  crc32c  over the piece's offset in the file (8 bytes, not stored) and all that follows
 *       4      4  length  of the bytes
 *       8      n  bytes
 * </pre>
 *
 * <p>Between them there may be what a crash has left. Where pieces are is said by records of the log. Confined to the consensus loop.
 */
final class PieceFiles {
    private static final Logger LOG = LoggerFactory.getLogger(PieceFiles.class);
    private static final int HEADER_BYTES = 8;
    private static final String SUFFIX = ".pieces";
    private static final int DIGITS = 20;
    /** A file goes to disk each time that so much is written, so that nobody waits long for it in the end. */
    private static final int SYNC_BYTES = 16 << 20;

    private record Name(int group, long index) implements Comparable<Name> {
        @Override
        public int compareTo(Name other) {
            return group != other.group ? Integer.compare(group, other.group) : Long.compare(index, other.index);
        }
    }

    private final Path directory;
    /** Written to and not synced since. */
    private final Map<Name, RandomAccessFile> open = new TreeMap<>();

    private final Set<Name> voided = new HashSet<>();
    private final Set<Path> newNames = new HashSet<>();

    PieceFiles(Path directory) {
        this.directory = directory;
    }

    GroupPiece keep(int group, long index, byte[] bytes) throws IOException {
        Name name = new Name(group, index);
        voided.remove(name);
        try {
            RandomAccessFile file = opened(name);
            long offset = file.length();
            file.seek(offset);
            file.write(whole(offset, bytes));
            if (isToSync(offset, bytes.length)) {
                file.getChannel().force(false);
            }
            return new GroupPiece(group, index, offset, bytes.length);
        } catch (IOException e) {
            throw FileFailure.wrapped("a piece of a snapshot could not be written to " + path(name), e);
        }
    }

    /** Whether the file goes to disk when a piece is written at an offset. */
    static boolean isToSync(long offset, int bytes) {
        return offset / SYNC_BYTES != (offset + bytes) / SYNC_BYTES;
    }

    /** A piece as it is in the file, at an offset. */
    static byte[] whole(long offset, byte[] bytes) {
        ByteBuffer piece = ByteBuffer.allocate(HEADER_BYTES + bytes.length)
                .putInt(0)
                .putInt(bytes.length)
                .put(bytes);
        return piece.putInt(0, crc(offset, piece.array())).array();
    }

    /**
     * Where all pieces of a snapshot can be written by somebody else, who brings the file and its name to disk. What there was for the same
     * group and index is gone.
     */
    Path anew(int group, long index) throws IOException {
        Name name = new Name(group, index);
        voided.remove(name);
        Path path = path(name);
        try {
            RandomAccessFile before = open.remove(name);
            if (before != null) {
                before.close();
            }
            Files.deleteIfExists(path);
            createDirectory(name);
        } catch (IOException e) {
            throw FileFailure.wrapped("a snapshot could not be written to " + path, e);
        }
        return path;
    }

    private RandomAccessFile opened(Name name) throws IOException {
        RandomAccessFile already = open.get(name);
        if (already != null) {
            return already;
        }
        Path path = path(name);
        if (Files.notExists(path)) {
            newNames.add(createDirectory(name));
        }
        RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw");
        open.put(name, file);
        return file;
    }

    private Path createDirectory(Name name) throws IOException {
        Path of = directory.resolve(String.valueOf(name.group));
        if (Files.notExists(of)) {
            if (Files.notExists(directory)) {
                Files.createDirectories(directory);
                newNames.add(directory.toAbsolutePath().getParent());
            }
            Files.createDirectories(of);
            newNames.add(directory);
        }
        return of;
    }

    /**
     * Reads a piece.
     *
     * @throws DamagedException if it is not what was written
     */
    byte[] bytes(GroupPiece piece) throws IOException {
        Path path = path(new Name(piece.group(), piece.index()));
        byte[] whole = new byte[HEADER_BYTES + piece.length()];
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            if (piece.offset() + whole.length > file.length()) {
                throw damaged(path, piece, "it ends at byte " + file.length());
            }
            file.seek(piece.offset());
            file.readFully(whole);
        } catch (java.io.FileNotFoundException e) {
            throw damaged(path, piece, "it is gone or cannot be read");
        }
        ByteBuffer from = ByteBuffer.wrap(whole);
        int crc = from.getInt();
        int length = from.getInt();
        if (length != piece.length() || crc != crc(piece.offset(), whole)) {
            throw damaged(path, piece, "the bytes there are others");
        }
        byte[] bytes = new byte[length];
        from.get(bytes);
        return bytes;
    }

    private static DamagedException damaged(Path path, GroupPiece piece, String what) {
        return DamagedException.withRemedy(
                path,
                piece.offset(),
                "the log says that bytes " + piece.offset() + " to "
                        + (piece.offset() + HEADER_BYTES + piece.length() - 1)
                        + " are a piece of the snapshot of group "
                        + piece.group() + ", and " + what,
                "This node cannot go on with what it has: the other members have the data");
    }

    /** The file goes with {@link #removeVoided}, unless a piece is kept there before. */
    void makeVoid(int group, long index) {
        voided.add(new Name(group, index));
    }

    boolean isUnsynced() {
        return !open.isEmpty() || !newNames.isEmpty();
    }

    /** Brings all to disk. */
    void sync() throws IOException {
        for (Map.Entry<Name, RandomAccessFile> file : open.entrySet()) {
            try {
                file.getValue().getChannel().force(false);
                file.getValue().close();
            } catch (IOException e) {
                throw FileFailure.wrapped(path(file.getKey()) + " could not be brought to disk", e);
            }
        }
        open.clear();
        for (Path names : newNames) {
            DataDirectory.sync(names);
        }
        newNames.clear();
    }

    /** Removes what is void. What cannot be removed goes at the next start. */
    void removeVoided() {
        for (Name name : voided) {
            try {
                RandomAccessFile file = open.remove(name);
                if (file != null) {
                    file.close();
                }
                Files.deleteIfExists(path(name));
            } catch (IOException e) {
                LOG.warn("an old snapshot's file stays until the next start: {}", FileFailure.text(e));
            }
        }
        voided.clear();
    }

    /** Removes all but those of which a group and an index tell that they are needed. At a start. */
    void removeAllBut(BiPredicate<Integer, Long> needed) throws IOException {
        if (Files.notExists(directory)) {
            return;
        }
        try (DirectoryStream<Path> groups = Files.newDirectoryStream(directory, Files::isDirectory)) {
            for (Path group : groups) {
                try (DirectoryStream<Path> files = Files.newDirectoryStream(group, "*" + SUFFIX)) {
                    for (Path file : files) {
                        if (!needed.test(number(group), index(file))) {
                            Files.delete(file);
                        }
                    }
                }
            }
        }
    }

    private static int number(Path group) {
        String name = String.valueOf(group.getFileName());
        return name.matches("\\d{1,5}") ? Integer.parseInt(name) : -1;
    }

    private static long index(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.matches("\\d{" + DIGITS + "}\\" + SUFFIX) ? Long.parseLong(name.substring(0, DIGITS)) : -1;
    }

    void close() throws IOException {
        for (RandomAccessFile file : open.values()) {
            file.close();
        }
        open.clear();
    }

    /** Where the pieces are of a group's snapshot. */
    Path path(int group, long index) {
        return path(new Name(group, index));
    }

    private Path path(Name name) {
        return directory
                .resolve(String.valueOf(name.group))
                .resolve(String.format("%0" + DIGITS + "d%s", name.index, SUFFIX));
    }

    private static int crc(long offset, byte[] whole) {
        CRC32C crc = new CRC32C();
        crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, offset));
        crc.update(whole, Integer.BYTES, whole.length - Integer.BYTES);
        return (int) crc.getValue();
    }
}
