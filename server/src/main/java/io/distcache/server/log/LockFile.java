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
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * A file that one process has locked, and that it can tell from another one of the same name. A lock belongs to a file and not to
 * its name: whoever removes the file makes room for a second holder, so a holder asks {@link #isInPlace} before it relies on it.
 * Thread-safe.
 */
final class LockFile implements AutoCloseable {
    private static final int TRIES = 10;
    private static final int MOST_OF_A_HOLDER = 200;

    private final Path path;
    private final FileChannel file;
    private final FileLock lock;
    private final Object key;

    private LockFile(Path path, FileChannel file, FileLock lock, Object key) {
        this.path = path;
        this.file = file;
        this.lock = lock;
        this.key = key;
    }

    /**
     * Locks a file, which is made if it is not there. If another copy of these classes in this process has it, trying may take the
     * lock away from it, as POSIX has it; {@link DataDirectory} prevents that for those of one copy.
     *
     * @param text what the file says from then on
     * @return null if another process has the lock
     */
    static @Nullable LockFile tryLock(Path path, String text) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            FileChannel file = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            LockFile locked = null;
            try {
                Object before = key(path);
                FileLock lock = before == null ? null : file.tryLock();
                if (before != null && lock == null) {
                    return null;
                }
                if (lock != null && before != null && before.equals(key(path))) {
                    locked = new LockFile(path, file, lock, before);
                    locked.write(text);
                    return locked;
                }
                // Somebody removed or replaced it meanwhile: what is locked then protects nothing.
            } catch (OverlappingFileLockException e) {
                return null;
            } finally {
                if (locked == null) {
                    file.close();
                }
            }
        }
        throw new IOException(path + " is removed as soon as it is made; who does that?");
    }

    /** What identifies the file of a name for as long as it is open somewhere; null if there is none. */
    static @Nullable Object key(Path path) throws IOException {
        try {
            return FileKey.of(path);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** Who has it, as far as the file says so; empty if it does not. */
    static String holder(Path path) {
        byte[] text;
        try {
            text = Files.readAllBytes(path);
        } catch (IOException e) {
            return "";
        }
        // Whatever is in there goes to a terminal or a log.
        String shown = new String(text, StandardCharsets.UTF_8).strip().replaceAll("[^\\x20-\\x7e]", "?");
        return shown.length() > MOST_OF_A_HOLDER ? shown.substring(0, MOST_OF_A_HOLDER) + "..." : shown;
    }

    private void write(String text) {
        try {
            file.truncate(0);
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
        } catch (IOException e) {
            // A full disk: the lock holds all the same, only others are not told by whom.
        }
    }

    Path path() {
        return path;
    }

    Object key() {
        return key;
    }

    /** Whether its name still stands for this file. */
    boolean isInPlace() throws IOException {
        return key.equals(key(path));
    }

    @Override
    public void close() throws IOException {
        lock.release();
        file.close();
    }
}
