package io.distcache.server.log;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The directory of one node's data, locked while the node runs.
 *
 * <pre>
 *  format       "distcache 1\n": the version of all below
 *  lock         who has the directory; locked by that process
 *  pool         who is in the node's pool, if it is in one
 *  log/         {@link Segment}s
 *  snapshots/   one file each
 * </pre>
 *
 * <p>The lock ends with its process, however that ends. Thread-safe.
 */
public final class DataDirectory implements AutoCloseable {
    /** The format version of directories made here. */
    public static final int VERSION = 1;

    private static final String FORMAT_PREFIX = "distcache ";

    /** Directories that nodes of this process have, and who they are. */
    private static final Map<Path, String> TAKEN_HERE = new ConcurrentHashMap<>();

    private final Path path;
    private final Path realPath;
    private final FileChannel lockFile;
    private final FileLock lock;

    private DataDirectory(Path path, Path realPath, FileChannel lockFile, FileLock lock) {
        this.path = path;
        this.realPath = realPath;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /**
     * Takes a directory, which is made if it is not there.
     *
     * @param owner what others are told who want it too
     * @throws LockedException if another process, or another node in this one, has it
     * @throws NewerFormatException if a later version of DistCache wrote it; nothing is touched
     */
    public static DataDirectory open(Path path, String owner) throws IOException {
        refuseNewer(path);
        if (Files.notExists(path)) {
            Files.createDirectories(path);
        }
        Path real = path.toRealPath();
        String holderHere = TAKEN_HERE.putIfAbsent(real, owner);
        if (holderHere != null) {
            // Not by way of the file: to close it again, even unread, would give up the lock that this process has on
            // it.
            throw new LockedException(path, "another node in this process, " + holderHere);
        }
        try {
            return lock(path, real, owner);
        } catch (IOException | RuntimeException e) {
            TAKEN_HERE.remove(real);
            throw e;
        }
    }

    private static DataDirectory lock(Path path, Path real, String owner) throws IOException {
        Path lockPath = path.resolve("lock");
        FileChannel file = FileChannel.open(
                lockPath, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException e) {
            // By another copy of this class.
            lock = null;
        } catch (IOException e) {
            file.close();
            throw e;
        }
        if (lock == null) {
            String holder = Files.readString(lockPath).strip();
            file.close();
            throw new LockedException(path, holder);
        }
        // From here on the directory is this process's.
        String text = owner + " since " + Instant.now() + System.lineSeparator();
        try {
            file.truncate(0);
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        } catch (IOException e) {
            // A full disk: the lock holds all the same, only others are not told by whom.
        }
        return new DataDirectory(path, real, file, lock);
    }

    /** Says which format the directory has, and makes its parts, if that is not done yet. */
    public void prepare() throws IOException {
        Path format = path.resolve("format");
        Files.createDirectories(log());
        Files.createDirectories(snapshots());
        if (Files.notExists(format)) {
            Path fresh = path.resolve("format.tmp");
            Files.writeString(fresh, format());
            try (FileChannel written = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            Files.move(fresh, format);
        }
        sync(path);
    }

    /**
     * Refuses a directory that a later version wrote; one that is not there is fine.
     *
     * @throws NewerFormatException naming the file that says so
     */
    public static void refuseNewer(Path path) throws IOException {
        Path format = path.resolve("format");
        String text;
        try {
            text = Files.readString(format).strip();
        } catch (NoSuchFileException e) {
            return;
        }
        refuseNewer(format, text, "log verify " + path);
    }

    /**
     * Refuses what a later version wrote, by the contents of a {@code format} file.
     *
     * @param inspect the command that shows more, if the text is no format
     */
    public static void refuseNewer(Path format, String text, String inspect) throws IOException {
        int version = versionIn(text);
        if (version < 0) {
            throw new DamagedException(
                    format, 0, "it says '" + text + "', not '" + FORMAT_PREFIX + VERSION + "'", inspect);
        }
        if (version > VERSION) {
            throw new NewerFormatException(format, version, VERSION);
        }
    }

    /** What the {@code format} file of a directory made here says. */
    public static String format() {
        return FORMAT_PREFIX + VERSION + "\n";
    }

    private static int versionIn(String text) {
        if (!text.startsWith(FORMAT_PREFIX)) {
            return -1;
        }
        try {
            return Integer.parseInt(text.substring(FORMAT_PREFIX.length()));
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    public Path path() {
        return path;
    }

    /** Where the segments are. */
    public Path log() {
        return log(path);
    }

    /** Where the snapshots are. */
    public Path snapshots() {
        return snapshots(path);
    }

    /** Where the segments of a data directory are. */
    public static Path log(Path directory) {
        return directory.resolve("log");
    }

    /** Where the snapshots of a data directory are. */
    public static Path snapshots(Path directory) {
        return directory.resolve("snapshots");
    }

    /**
     * Puts a file in the place of the one of that name: after a crash there is one or the other. When this returns it is on disk.
     */
    public void replace(String name, byte[] contents) throws IOException {
        Path fresh = path.resolve(name + ".tmp");
        try (FileChannel written = FileChannel.open(
                fresh, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            ByteBuffer left = ByteBuffer.wrap(contents);
            while (left.hasRemaining()) {
                written.write(left);
            }
            written.force(true);
        }
        Files.move(fresh, path.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        sync(path);
    }

    /** Brings a directory's names to disk: without that, a new or renamed file can be lost on ext4. */
    public static void sync(@Nullable Path directory) throws IOException {
        if (directory == null || System.getProperty("os.name", "").startsWith("Windows")) {
            // Windows has no such thing, and refuses to open a directory.
            return;
        }
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            lock.release();
            lockFile.close();
        } finally {
            TAKEN_HERE.remove(realPath);
        }
    }

    /** Somebody else has the directory. */
    public static final class LockedException extends IOException {
        private static final long serialVersionUID = 1;

        private final String holder;

        LockedException(Path path, String holder) {
            super("the data directory " + path + " is in use by " + (holder.isEmpty() ? "another process" : holder)
                    + ". Stop that node, or give this one a directory of its own (--data-dir)");
            this.holder = holder.isEmpty() ? "another process" : holder;
        }

        /** Who has it, as far as it says so. */
        public String holder() {
            return holder;
        }
    }
}
