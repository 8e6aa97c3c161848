package io.distcache.server.log;

/**
 * What a record of the log holds: bytes that the log does not look into, written where the record is. Called under the lock of what
 * appends.
 */
@FunctionalInterface
public interface Payload {
    /** Puts the bytes into an array from an offset on. */
    void writeTo(byte[] array, int offset);
}
