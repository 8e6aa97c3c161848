package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file of a data directory is not what was written there, and not by a crash. Says which, where, and what was
 * expected. Immutable.
 */
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
        this(what, file, offset, "Inspect it with: bin/distcache " + inspect);
    }

    private DamagedException(String what, Path file, long offset, String remedy) {
        super(file + ": damaged at byte " + offset + ": " + what + ". Nothing was changed. " + remedy);
        this.file = file;
        this.offset = offset;
        this.what = what;
    }

    /** Damage that no tool shows more of, and what can be done, as a sentence. */
    public static DamagedException withRemedy(Path file, String what, String remedy) {
        return withRemedy(file, 0, what, remedy);
    }

    /** The same, from a byte on. */
    public static DamagedException withRemedy(Path file, long offset, String what, String remedy) {
        return new DamagedException(what, file, offset, remedy);
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
