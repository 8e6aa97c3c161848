package io.distcache.server.persistence;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.shard.Session;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Backups of a node that keeps its data in another form than snapshots and a log of its shards: each is a snapshot that is written for it, from
 * which a node on its own starts. Thread-safe.
 */
public final class SnapshotBackups implements AutoCloseable {
    private static final int CHECK_MILLIS = 1000;
    private static final String FOLDER = "backup";

    private final Path folder;
    private final SnapshotThread thread = new SnapshotThread();
    private final Backups backups = new Backups();
    private volatile @Nullable Source source;

    /** Writes all that the node has. */
    @FunctionalInterface
    public interface Source {
        /** Writes a snapshot with position 0 into a directory, and returns its file. */
        Path writeTo(Path directory) throws IOException;
    }

    /**
     * Backups of which there is none yet.
     *
     * @param directory the node's own; what is in the making is put there
     */
    public SnapshotBackups(Path directory) {
        this.folder = directory.resolve(FOLDER);
        thread.repeat(CHECK_MILLIS, backups::releaseUnused);
    }

    /** From now on there is something to back up. */
    public void of(Source everything) {
        source = everything;
    }

    /** Writes a snapshot and holds it for a client. */
    public void backup(Session session, Consumer<Reply> responder) {
        thread.answer(responder, () -> false, () -> {
            backups.release(session);
            Source everything = source;
            if (everything == null) {
                throw new IOException("the node has not loaded its data yet");
            }
            Files.createDirectories(folder);
            removeLeftovers();
            Path file = everything.writeTo(folder);
            try {
                return backups.holdAlone(session, file);
            } finally {
                // What is open can be read to its end.
                Files.delete(file);
                DataDirectory.sync(folder);
            }
        });
    }

    /** What a process that was killed amid a backup has left. */
    private void removeLeftovers() throws IOException {
        try (DirectoryStream<Path> left = Files.newDirectoryStream(folder)) {
            for (Path file : left) {
                Files.delete(file);
            }
        }
    }

    /** Reads from what is held for a client. */
    public void readBackup(Command.ReadBackup command, Session session, Consumer<Reply> responder) {
        thread.answer(responder, () -> false, () -> backups.read(session, command));
    }

    @Override
    public void close() {
        thread.end();
    }
}
