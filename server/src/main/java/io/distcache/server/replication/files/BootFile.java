package io.distcache.server.replication.files;

import io.distcache.server.log.DamagedException;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.log.LogEnd;
import io.distcache.server.log.SyncPolicy;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The file {@value #NAME} in the data directory of a member of a replicated pool, one line: {@code 1 running interval <boot>}. Version of the
 * format; whether a node runs, or has {@code stopped} with all on disk; its {@code log.sync}; and which start of the operating system it was,
 * {@code unknown} if that cannot be told. Immutable.
 */
record BootFile(boolean running, SyncPolicy sync, String boot) {
    static final String NAME = "boot";
    static final int VERSION = 1;

    private static final String UNKNOWN = "unknown";
    private static final String RUNNING = "running";
    private static final String STOPPED = "stopped";

    /** That of this process. */
    static BootFile here(boolean running, SyncPolicy sync) {
        String boot = LogEnd.thisSystem().isBlank() ? UNKNOWN : LogEnd.thisSystem();
        return new BootFile(running, sync, boot);
    }

    /** What the last process wrote; null if none has. */
    static @Nullable BootFile read(Path directory) throws IOException {
        String text;
        try {
            text = Files.readString(directory.resolve(NAME)).strip();
        } catch (NoSuchFileException e) {
            return null;
        }
        String[] words = text.split(" ", -1);
        if (words.length != 4
                || !words[0].equals(String.valueOf(VERSION))
                || !(words[1].equals(RUNNING) || words[1].equals(STOPPED))) {
            throw damaged(directory, text);
        }
        try {
            return new BootFile(
                    words[1].equals(RUNNING), SyncPolicy.valueOf(words[2].toUpperCase(Locale.ROOT)), words[3]);
        } catch (IllegalArgumentException e) {
            throw damaged(directory, text);
        }
    }

    private static DamagedException damaged(Path directory, String text) {
        return DamagedException.withRemedy(
                directory.resolve(NAME),
                "it says '" + text + "', not '" + VERSION + " running|stopped always|interval|os BOOT'",
                "Remove it, and the node takes it that the machine went down without a stop of the node");
    }

    /** When this returns it is on disk. */
    void write(DataDirectory directory) throws IOException {
        String line = VERSION + " " + (running ? RUNNING : STOPPED) + " "
                + sync.name().toLowerCase(Locale.ROOT) + " " + boot + "\n";
        directory.replace(NAME, line.getBytes(StandardCharsets.US_ASCII));
    }

    /** Whether something that was written may not be on disk: the machine went down, and what was answered was not synced. */
    boolean mayHaveForgotten(BootFile now) {
        return running && sync != SyncPolicy.ALWAYS && (boot.equals(UNKNOWN) || !boot.equals(now.boot));
    }
}
