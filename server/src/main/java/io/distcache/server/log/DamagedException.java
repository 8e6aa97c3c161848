package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Path;

/** A file of a data directory is not what was written there, and not by a crash. Says which, where, and what was expected. */
public final class DamagedException extends IOException {
    private static final long serialVersionUID = 1;

    private final transient Path file;
    private final long offset;
    private final String what;

    /**
     * Damage in a file.
     *
     * @param offset of the first byte that is not as expected
     * @param inspect the command that shows more, without "bin/distcache"
     */
    public DamagedException(Path file, long offset, String what, String inspect) {
        super(file + ": damaged at byte " + offset + ": " + what
                + ". Nothing was changed. Inspect it with: bin/distcache " + inspect);
        this.file = file;
        this.offset = offset;
        this.what = what;
    }

    /** The damaged file. */
    public Path file() {
        return file;
    }

    /** Of the first byte that is not as expected. */
    public long offset() {
        return offset;
    }

    /** What was found, and what was expected. */
    public String what() {
        return what;
    }
}
