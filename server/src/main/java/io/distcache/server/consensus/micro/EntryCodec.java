package io.distcache.server.consensus.micro;

import java.nio.ByteBuffer;

/**
 * What stands in an entry of a group's log.
 *
 * <pre>
 *  offset  bytes  field
 *       0      1  kind    1 marker: an epoch begins; 2 entry
 *       1      8  epoch   of the marker; under which the entry was decided
 *       9      n  entry   as it was proposed
 * </pre>
 *
 * Stateless.
 */
final class EntryCodec {
    private static final byte MARKER = 1;
    private static final byte ENTRY = 2;
    private static final int EPOCH_AT = 1;
    private static final int ENTRY_AT = 9;

    private EntryCodec() {}

    static byte[] marker(long epoch) {
        return ByteBuffer.allocate(ENTRY_AT).put(MARKER).putLong(epoch).array();
    }

    static byte[] entry(long epoch, byte[] entry) {
        return ByteBuffer.allocate(ENTRY_AT + entry.length)
                .put(ENTRY)
                .putLong(epoch)
                .put(entry)
                .array();
    }

    static boolean isMarker(byte[] bytes) {
        return bytes[0] == MARKER;
    }

    static long epoch(byte[] bytes) {
        return ByteBuffer.wrap(bytes).getLong(EPOCH_AT);
    }

    static byte[] entry(byte[] bytes) {
        byte[] entry = new byte[bytes.length - ENTRY_AT];
        System.arraycopy(bytes, ENTRY_AT, entry, 0, entry.length);
        return entry;
    }
}
