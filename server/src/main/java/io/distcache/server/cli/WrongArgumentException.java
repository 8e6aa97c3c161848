package io.distcache.server.cli;

import java.io.IOException;

/** A file or directory named on the command line is not one that the command can use; exit code 2. Immutable. */
public final class WrongArgumentException extends IOException {
    private static final long serialVersionUID = 1;

    public WrongArgumentException(String message) {
        super(message);
    }
}
