package io.distcache.protocol.tls;

import java.io.IOException;

/** A file with keys or certificates cannot be used; the message names the setting, the file, what is wrong, and what to do. */
public final class UnusableFileException extends IOException {
    private static final long serialVersionUID = 1;

    UnusableFileException(String message, Throwable cause) {
        super(message, cause);
    }

    UnusableFileException(String message) {
        super(message);
    }
}
