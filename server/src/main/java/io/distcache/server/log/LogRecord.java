package io.distcache.server.log;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * One record of the log.
 *
 * <pre>
 *  offset  bytes  field
 *       0      4  crc32c   over the record's position (8 bytes, big-endian, not stored) and all that follows
 *       4      4  length   of shard and payload; big-endian, 3 to 2^30
 *       8      2  shard    big-endian; 0xffff for a mark
 *      10      n  payload  opaque here; the shard stores what one command changed
 * </pre>
 *
 * <p>The position of a record is the number of bytes of all records before it since the log began. Since it is part of the
 * checksum, a record that lies where it was not written is as invalid as one with a wrong byte.
 *
 * <p>A <em>mark</em> is a record of the log's own, before records that are written together:
 *
 * <pre>
 *      10      8  millis   when, since the epoch
 *      18      8  synced   everything before this position was on disk by then
 * </pre>
 *
 * <p>Marks tell damage from what a crash leaves: a crash can take only what no mark says was on disk. Not thread-safe.
 */
public final class LogRecord {
    /** Bytes before the payload. */
    public static final int HEADER_BYTES = 10;
    /** The longest payload. */
    public static final int MAX_PAYLOAD_BYTES = (1 << 30) - 2;

    static final int MARK = 0xffff;
    static final int MARK_PAYLOAD_BYTES = 16;
    static final int MARK_BYTES = HEADER_BYTES + MARK_PAYLOAD_BYTES;
    static final int MAX_LENGTH = MAX_PAYLOAD_BYTES + 2;
    static final int MIN_LENGTH = 3;
    static final int LENGTH_OFFSET = 4;
    static final int SHARD_OFFSET = 8;

    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle SHORT = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);

    private final CRC32C crc = new CRC32C();
    private final byte[] positionBytes = new byte[Long.BYTES];

    /** Writes the header of the record at {@code offset}, whose payload is in its place already. */
    void seal(byte[] array, int offset, int payloadBytes, int shard, long position) {
        INT.set(array, offset + LENGTH_OFFSET, payloadBytes + 2);
        SHORT.set(array, offset + SHARD_OFFSET, (short) shard);
        INT.set(array, offset, crc(array, offset, HEADER_BYTES + payloadBytes, position));
    }

    void writeMark(byte[] array, int offset, long millis, long synced, long position) {
        LONG.set(array, offset + HEADER_BYTES, millis);
        LONG.set(array, offset + HEADER_BYTES + Long.BYTES, synced);
        seal(array, offset, MARK_PAYLOAD_BYTES, MARK, position);
    }

    /** The checksum that the record's bytes have at a position. */
    int crc(byte[] array, int offset, int recordBytes, long position) {
        LONG.set(positionBytes, 0, position);
        crc.reset();
        crc.update(positionBytes, 0, Long.BYTES);
        crc.update(array, offset + LENGTH_OFFSET, recordBytes - LENGTH_OFFSET);
        return (int) crc.getValue();
    }

    static int storedCrc(byte[] array, int offset) {
        return (int) INT.get(array, offset);
    }

    static int length(byte[] array, int offset) {
        return (int) INT.get(array, offset + LENGTH_OFFSET);
    }

    static int shard(byte[] array, int offset) {
        return (short) SHORT.get(array, offset + SHARD_OFFSET) & 0xffff;
    }

    static long markMillis(byte[] array, int offset) {
        return (long) LONG.get(array, offset + HEADER_BYTES);
    }

    static long markSynced(byte[] array, int offset) {
        return (long) LONG.get(array, offset + HEADER_BYTES + Long.BYTES);
    }
}
