package io.distcache.server.access;

import java.io.IOException;

/** An access file that cannot be used; the message says which line and why, and shows no secret. Immutable. */
public final class AccessFileException extends IOException {
    private static final long serialVersionUID = 1;

    AccessFileException(String message) {
        super(message);
    }
}
