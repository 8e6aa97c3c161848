package io.distcache.server.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A file is no backup, or no longer the one that was written; exit code 3. Immutable. */
public final class BadBackupException extends IOException {
    private static final long serialVersionUID = 1;

    public BadBackupException(Path file, String what, @Nullable Throwable cause) {
        super(file + " is no backup, or a damaged one: " + what + ". Nothing was restored; take another backup", cause);
    }
}
