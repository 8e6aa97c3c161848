package io.distcache.server.access;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A file that others change while the node runs: by a rename, by a symbolic link that leads elsewhere, or in place. Looking costs one system
 * call. Confined to one thread.
 */
final class WatchedFile {
    /** A file that was changed so short before it was read may have been changed again without a trace in its times. */
    private static final long RECENT_MILLIS = 2000;

    private final Path file;
    private String seen = "";
    private boolean wasRecent;
    private @Nullable List<String> lines;

    WatchedFile(Path file) {
        this.file = file;
    }

    /** Its lines if they are others than before, else null. */
    @Nullable
    List<String> changed() throws IOException {
        BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
        String stamp = now.lastModifiedTime() + " " + now.size() + " " + now.fileKey();
        if (stamp.equals(seen) && !wasRecent) {
            return null;
        }
        // Should reading fail, it is tried again.
        seen = "";
        List<String> read = AccessFile.lines(file);
        seen = stamp;
        wasRecent = Math.abs(System.currentTimeMillis() - now.lastModifiedTime().toMillis()) < RECENT_MILLIS;
        if (read.equals(lines)) {
            return null;
        }
        lines = read;
        return read;
    }
}
