package io.distcache.server.log;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of one node's data, locked while the node runs.
 *
 * <pre>
 *  format       "distcache 1\n": the version of all below
 *  lock         who has the directory; locked by that process
 *  pool         who is in the node's pool, if it is in one
 *  log-end      how far the log went: {@link LogEnd}
 *  scan-order   of a node on its own: in which order scans give entries
 *  log/         {@link Segment}s
 *  log/lock     as lock, for whoever finds that one removed
 *  snapshots/   one file each
 *  boot         of a member of a replicated pool: how its last process ended
 *  groups/      of the same: pieces of its groups' snapshots
 *  replicated-pool.json  of the same: which pool
 * </pre>
 *
 * <p>The locks end with their process, however that ends. A directory can be removed, renamed or covered by a mount, and a lock file
 * removed, while a node works in it; so the node asks {@link #check} now and then whether what it has is still what is there.
 * Thread-safe.
 */
public final class DataDirectory implements LogPlace, AutoCloseable {
    /** A node that has a directory looks at least so often whether it still has it. */
    public static final long CHECK_MILLIS = 1000;

    /** The file that makes a node a member of a replicated pool. */
    public static final String REPLICATED_POOL = "replicated-pool.json";

    private static final Logger LOG = LoggerFactory.getLogger(DataDirectory.class);
    private static final String LOCK = "lock";

    /** What a process has of a directory; the open handle keeps the directory's key from being given to another one. */
    private record Held(
            Object key,
            @Nullable FileChannel handle,
            LockFile lock,
            @Nullable LockFile logLock,
            @Nullable RandomAccessFile end) {

        boolean isInPlace() throws IOException {
            return lock.isInPlace() && (logLock == null || logLock.isInPlace());
        }

        List<Object> keys() {
            return logLock == null ? List.of(lock.key()) : List.of(lock.key(), logLock.key());
        }
    }

    private final Path path;
    private final TakenHere.Holder holder;
    private volatile Held held;

    private DataDirectory(Path path, TakenHere.Holder holder, Held held) {
        this.path = path;
        this.holder = holder;
        this.held = held;
    }

    /**
     * Takes a directory, which is made if it is not there. If there is data in it and no lock file, somebody may have removed that
     * of a node which has not noticed yet: that node is given the time to.
     *
     * @param owner what others are told who want it too
     * @throws LockedException if another process, or another node in this one, has it
     * @throws NewerFormatException if a later version of DistCache wrote it; nothing is touched
     */
    public static DataDirectory open(Path path, String owner) throws IOException {
        FormatFile.refuseNewer(path);
        if (Files.notExists(path)) {
            Files.createDirectories(path);
        }
        TakenHere.Holder holder = new TakenHere.Holder(owner);
        TakenHere.claim(path, lockFiles(path), holder);
        try {
            boolean unguarded = Files.notExists(path.resolve(LOCK))
                    && !Segment.list(log(path)).isEmpty();
            Held held = take(path, holder, null);
            DataDirectory directory = new DataDirectory(path, holder, held);
            if (unguarded) {
                directory.awaitFormerHolder();
            }
            return directory;
        } catch (IOException | RuntimeException e) {
            TakenHere.release(holder);
            throw e;
        }
    }

    private static List<Path> lockFiles(Path path) {
        return List.of(path.resolve(LOCK), log(path).resolve(LOCK));
    }

    /** Locks what is not locked yet. What was, and is still in place, stays locked all the time. */
    private static Held take(Path path, TakenHere.Holder holder, @Nullable Held before) throws IOException {
        String text = holder + " since " + Instant.now() + System.lineSeparator();
        Object key = FileKey.of(path);
        LockFile lock = take(path, path.resolve(LOCK), text, before == null ? null : before.lock);
        LockFile logLock = null;
        FileChannel handle = null;
        try {
            logLock = takeLogLock(path, text, before == null ? null : before.logLock);
            handle = onWindows() ? null : FileChannel.open(path, StandardOpenOption.READ);
            Held held = new Held(key, handle, lock, logLock, openEnd(path));
            TakenHere.locked(held.keys(), holder);
            return held;
        } catch (IOException | RuntimeException e) {
            close(lock, before == null ? null : before.lock);
            close(logLock, before == null ? null : before.logLock);
            throw e;
        }
    }

    /** What tells of the log's end is not worth refusing a start for: without it less is known. */
    private static @Nullable RandomAccessFile openEnd(Path path) {
        try {
            return new RandomAccessFile(path.resolve(LogEnd.NAME).toFile(), "rw");
        } catch (IOException e) {
            LOG.warn("the log's end cannot be noted: {}", FileFailure.text(e));
            return null;
        }
    }

    private static LockFile take(Path path, Path file, String text, @Nullable LockFile before) throws IOException {
        if (before != null && before.isInPlace()) {
            return before;
        }
        LockFile taken = LockFile.tryLock(file, text);
        if (taken == null) {
            throw new LockedException(path, LockFile.holder(file));
        }
        return taken;
    }

    private static @Nullable LockFile takeLogLock(Path path, String text, @Nullable LockFile before)
            throws IOException {
        try {
            Files.createDirectories(log(path));
            return take(path, log(path).resolve(LOCK), text, before);
        } catch (LockedException e) {
            throw new LockedException(
                    path, e.holder() + " (somebody has removed " + path.resolve(LOCK) + ", which it had locked)");
        } catch (IOException e) {
            // A full disk: the other lock is the one that counts, and who removes it can be noticed without this one.
            return null;
        }
    }

    private static void close(@Nullable LockFile taken, @Nullable LockFile before) throws IOException {
        if (taken != null && taken != before) {
            taken.close();
        }
    }

    /** A node whose lock files were removed has turned read-only after this; one that has not writes, and is seen to. */
    private void awaitFormerHolder() throws IOException {
        long before = newestBytes();
        try {
            Thread.sleep(2 * CHECK_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new IOException("interrupted while it waited for whoever had " + path + " before", e);
        }
        if (newestBytes() != before) {
            close();
            throw new LockedException(
                    path, "another process, which writes to its log although its lock files were removed");
        }
    }

    private long newestBytes() throws IOException {
        List<Path> segments = Segment.list(log());
        return segments.isEmpty() ? -1 : segments.size() + Files.size(segments.get(segments.size() - 1));
    }

    /**
     * Whether the directory, and its lock files, are still those that this process has. Costs a look at two names.
     *
     * @throws IOException if not; the message says what has become of them
     */
    @Override
    public void check() throws IOException {
        Held now = held;
        String wrong;
        try {
            wrong = now.isInPlace() ? null : wrong(now);
        } catch (IOException e) {
            throw FileFailure.wrapped("the data directory " + path + " cannot be looked at", e);
        }
        if (wrong != null) {
            throw new IOException(wrong);
        }
    }

    @Override
    public synchronized void reached(LogEnd end) {
        RandomAccessFile file = held.end;
        if (file != null) {
            try {
                end.writeTo(file);
            } catch (IOException e) {
                LOG.debug("the log's end could not be noted", e);
            }
        }
    }

    private String wrong(Held now) throws IOException {
        Object key = LockFile.key(path);
        if (key == null) {
            return "the data directory " + path + " is gone: somebody has removed or renamed it under the running node";
        }
        if (!key.equals(now.key)) {
            return path + " is another directory than the one that the node has: somebody has replaced it, or mounted"
                    + " something in its place";
        }
        Path lock = !now.lock.isInPlace() || now.logLock == null ? now.lock.path() : now.logLock.path();
        return lock
                + (Files.notExists(lock)
                        ? " is gone: somebody has removed it under the running node, and another node could take the directory"
                        : " is another file than the one that the node has locked: another node may have the directory");
    }

    /**
     * Takes the directory again, if {@link #check} failed and the cause is gone: the same one, whose lock files are made anew if
     * nobody else has them; or an empty one that somebody has put in its place.
     *
     * @throws IOException if neither is there; the message says what to do
     */
    public synchronized void reclaim() throws IOException {
        Held before = held;
        if (before.isInPlace()) {
            return;
        }
        Object key = LockFile.key(path);
        if (key == null) {
            throw new IOException(
                    "the data directory " + path + " is gone. Move it back to where it was, or make an empty"
                            + " directory there, into which everything is written that the node has in memory; then resume");
        }
        if (!key.equals(before.key) && !isEmpty(path)) {
            throw new IOException(
                    path + " is another directory than the one that the node had, and not empty. Put back the"
                            + " node's own, or make an empty one there, into which everything is written that the node has in memory;"
                            + " then resume. Or stop the node");
        }
        try {
            TakenHere.claim(path, lockFiles(path), holder);
            held = take(path, holder, before);
        } finally {
            TakenHere.forgetAllBut(path, held.keys(), holder);
        }
        close(before.lock, held.lock);
        close(before.logLock, held.logLock);
        closeOthers(before);
    }

    private static void closeOthers(Held held) throws IOException {
        if (held.handle != null) {
            held.handle.close();
        }
        if (held.end != null) {
            held.end.close();
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory)) {
            return !files.iterator().hasNext();
        }
    }

    /** Says which format the directory has, and makes its parts, if that is not done yet. */
    public void prepare() throws IOException {
        Path format = path.resolve(FormatFile.NAME);
        Files.createDirectories(log());
        Files.createDirectories(snapshots());
        if (Files.notExists(format)) {
            Path fresh = path.resolve(FormatFile.NAME + ".tmp");
            Files.writeString(fresh, FormatFile.text());
            try (FileChannel written = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            Files.move(fresh, format);
        }
        sync(path);
    }

    /** The directory itself. */
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
        if (directory == null || onWindows()) {
            // Windows has no such thing, and refuses to open a directory.
            return;
        }
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        }
    }

    private static boolean onWindows() {
        return System.getProperty("os.name", "").startsWith("Windows");
    }

    @Override
    public void close() throws IOException {
        Held now = held;
        try {
            if (now.end != null) {
                now.end.getFD().sync();
            }
        } catch (IOException e) {
            LOG.debug("the log's end could not be brought to disk", e);
        }
        try {
            closeOthers(now);
            now.lock.close();
            close(now.logLock, null);
        } finally {
            TakenHere.release(holder);
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
