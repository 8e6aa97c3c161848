package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The file {@value #NAME} in a data directory, which says of which version all the others are. Stateless. */
public final class FormatFile {
    /** The format version of directories made here. */
    public static final int VERSION = 1;

    static final String NAME = "format";

    private static final String PREFIX = "distcache ";

    private FormatFile() {}

    /** What the file of a directory made here says. */
    public static String text() {
        return PREFIX + VERSION + "\n";
    }

    /**
     * Refuses a directory that a later version wrote; one that is not there is fine.
     *
     * @throws NewerFormatException naming the file that says so
     */
    public static void refuseNewer(Path directory) throws IOException {
        Path format = directory.resolve(NAME);
        String text;
        try {
            text = Files.readString(format).strip();
        } catch (NoSuchFileException e) {
            return;
        }
        refuseNewer(format, text, "log verify " + directory);
    }

    /**
     * Refuses what a later version wrote, by the contents of such a file.
     *
     * @param inspect the command that shows more, if the text is no format
     */
    public static void refuseNewer(Path format, String text, String inspect) throws IOException {
        int version = versionIn(text);
        if (version < 0) {
            throw new DamagedException(format, 0, "it says '" + text + "', not '" + PREFIX + VERSION + "'", inspect);
        }
        if (version > VERSION) {
            throw new NewerFormatException(format, version, VERSION);
        }
    }

    private static int versionIn(String text) {
        if (!text.startsWith(PREFIX)) {
            return -1;
        }
        try {
            return Integer.parseInt(text.substring(PREFIX.length()));
        } catch (NumberFormatException e) {
            return -1;
        }
    }
}
