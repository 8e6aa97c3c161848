package io.distcache.protocol;

/** The other end sent bytes that are not a frame of this protocol. The connection cannot go on. */
public final class ProtocolException extends RuntimeException {
    public ProtocolException(String message) {
        super(OneLine.of(message));
    }
}
