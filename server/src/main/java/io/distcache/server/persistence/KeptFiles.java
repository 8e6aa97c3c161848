package io.distcache.server.persistence;

import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.FileFailure;
import io.distcache.server.log.KeptFile;
import io.distcache.server.pool.PoolFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What a start would need beside the log, which looks after itself: the newest snapshot, and the pool's file. Both are written whole
 * and looked at now and then, so that a node notices if somebody removes or changes them. Thread-safe.
 */
final class KeptFiles {
    private static final String SNAPSHOT = "snapshot";

    private final DataDirectory directory;

    /** The newest snapshot, and the pool's file, if there are such; the lock of whoever replaces the latter or looks at them. */
    private final Map<String, KeptFile> kept = new ConcurrentHashMap<>();

    /** What the node knows of its pool, as it is in the directory; null if it is in none. */
    private volatile byte @Nullable [] pool;

    KeptFiles(DataDirectory directory) {
        this.directory = directory;
    }

    /**
     * Looks whether everything is still there, and as it was written.
     *
     * @throws IOException if not; the message says what has become of it
     */
    void check() throws IOException {
        directory.check();
        if (!Files.isDirectory(directory.snapshots())) {
            throw new IOException(directory.snapshots() + " is gone: somebody has removed it under the running node");
        }
        synchronized (kept) {
            for (KeptFile file : kept.values()) {
                file.check();
            }
        }
    }

    /** From now on this is the snapshot that a start needs. */
    void snapshot(Path newest) throws IOException {
        kept.put(SNAPSHOT, KeptFile.of(newest));
    }

    /** No snapshot is needed until there is another one. */
    void forgetSnapshot() {
        kept.remove(SNAPSHOT);
    }

    /** Puts what the node knows of its pool in the place of what was there. */
    void replacePool(byte[] contents) throws IOException {
        // Or it would be looked at in between, and found another one than before.
        synchronized (kept) {
            try {
                directory.replace(PoolFile.NAME, contents);
            } catch (IOException e) {
                throw FileFailure.wrapped("the file " + poolPath() + " could not be written", e);
            }
            kept.put(PoolFile.NAME, KeptFile.of(poolPath()));
        }
        pool = contents.clone();
    }

    /** Writes the pool's file once more, after somebody has removed what was in the directory. */
    void writePoolAgain() throws IOException {
        byte[] contents = pool;
        if (contents != null) {
            directory.replace(PoolFile.NAME, contents);
        }
    }

    /**
     * Reads what the node knew of its pool; null if it was in none.
     *
     * @throws DamagedException if the file is not what was written
     */
    @Nullable
    PoolFile readPool() throws IOException {
        Path file = poolPath();
        byte[] contents;
        try {
            contents = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return null;
        }
        try {
            PoolFile found = PoolFile.decode(contents);
            pool = contents;
            kept.put(PoolFile.NAME, KeptFile.of(file));
            return found;
        } catch (IllegalArgumentException e) {
            throw DamagedException.withRemedy(
                    file,
                    String.valueOf(e.getMessage()),
                    "If you move it away the node starts as one that was in no pool; move away log/ and snapshots/ too, since"
                            + " others may have changed what is there");
        }
    }

    private Path poolPath() {
        return directory.path().resolve(PoolFile.NAME);
    }
}
