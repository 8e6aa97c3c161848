package io.distcache.server;

/** The node cannot start; the message is for the operator. */
public final class StartException extends RuntimeException {
    StartException(String message, Throwable cause) {
        super(message, cause);
    }
}
