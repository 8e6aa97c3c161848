package io.distcache.client;

import io.distcache.protocol.Status;
import java.util.Objects;

/** The node, or the client on its behalf, refused: nothing was applied, and asking the same again does not help. */
public final class RequestRefusedException extends DistCacheException {
    private final Status status;

    public RequestRefusedException(Status status, String message) {
        super(message, null);
        this.status = Objects.requireNonNull(status, "status");
    }

    /** Why. */
    public Status status() {
        return status;
    }
}
