package io.distcache.server.log;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A data directory was written by a later version of DistCache, which this one cannot read; nothing was touched.
 * Immutable.
 */
public final class NewerFormatException extends IOException {
    private static final long serialVersionUID = 1;

    /** A file of format version {@code found}, where at most {@code known} is known. */
    public NewerFormatException(Path file, int found, int known) {
        super(file + " has format version " + found + "; this version of DistCache reads up to " + known
                + ". Nothing was changed. Start the version that wrote it, or a newer one");
    }
}
