package io.distcache.server.store;

import io.distcache.protocol.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * One entry as one byte array, so that it costs one object.
 *
 * <pre>
 *  offset  bytes  field
 *       0      1  flags     bit 0     a deadline follows the version
 *                           bits 1-2  frequency: hits since the eviction hand came by, at most 3
 *                           bit 3     on probation: inserted lately, see Eviction
 *                           bit 4     read since it was stored
 *       1      8  version   big-endian
 *       9    0|8  deadline  big-endian, milliseconds since the epoch; only if bit 0 of flags is set
 *       .    1-5  length of the key, unsigned LEB128
 *       .      k  key
 *       .      v  value, to the end of the array
 * </pre>
 *
 * <p>Key and value never change, so a slice of them may leave the shard's lock, as a reply's does. The header is
 * guarded by the shard's lock: a hit, a new version or a later deadline is written in place. Bits 1 to 4 belong to the
 * map that holds the record and are no part of what the record means; {@link EntryMap#put} sets them.
 */
public final class EntryRecord {

    /** The deadline of an entry that does not expire. */
    public static final long NO_DEADLINE = Long.MAX_VALUE;

    static final int MAX_FREQUENCY = 3;

    private static final int HAS_DEADLINE = 1;
    private static final int FREQUENCY = MAX_FREQUENCY << 1;
    private static final int ONE_HIT = 1 << 1;
    private static final int PROBATION = 1 << 3;
    private static final int READ = 1 << 4;
    private static final int READ_OFTEN = FREQUENCY | READ;
    /** What a record does not take over from the one that it replaces. */
    private static final int OWN = HAS_DEADLINE | READ;

    private static final int VERSION_OFFSET = 1;
    private static final int DEADLINE_OFFSET = VERSION_OFFSET + Long.BYTES;

    private static final int ARRAY_HEADER_BYTES = 16;
    private static final int ALIGNMENT_BYTES = 8;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private EntryRecord() {}

    /** A new record; key and value are copied. {@code deadlineMillis} may be {@link #NO_DEADLINE}. */
    public static byte[] create(Bytes key, Bytes value, long version, long deadlineMillis) {
        boolean expires = deadlineMillis != NO_DEADLINE;
        int keyLengthOffset = expires ? DEADLINE_OFFSET + Long.BYTES : DEADLINE_OFFSET;
        int keyOffset = keyLengthOffset + varintBytes(key.length());
        int valueOffset = Math.addExact(keyOffset, key.length());
        byte[] record = new byte[Math.addExact(valueOffset, value.length())];
        LONG.set(record, VERSION_OFFSET, version);
        if (expires) {
            record[0] = HAS_DEADLINE;
            LONG.set(record, DEADLINE_OFFSET, deadlineMillis);
        }
        writeVarint(record, keyLengthOffset, key.length());
        System.arraycopy(key.array(), key.offset(), record, keyOffset, key.length());
        System.arraycopy(value.array(), value.offset(), record, valueOffset, value.length());
        return record;
    }

    /** The version given by the entry's last change. */
    public static long version(byte[] record) {
        return (long) LONG.get(record, VERSION_OFFSET);
    }

    /** Writes a new version in place. */
    public static void setVersion(byte[] record, long version) {
        LONG.set(record, VERSION_OFFSET, version);
    }

    /** When the entry expires, in milliseconds since the epoch; {@link #NO_DEADLINE} if never. */
    public static long deadlineMillis(byte[] record) {
        return hasDeadline(record) ? (long) LONG.get(record, DEADLINE_OFFSET) : NO_DEADLINE;
    }

    /** Whether the entry expires at all. */
    public static boolean hasDeadline(byte[] record) {
        return (record[0] & HAS_DEADLINE) != 0;
    }

    /** Whether the deadline has come: at the deadline itself the entry is gone. */
    public static boolean isExpired(byte[] record, long nowMillis) {
        return deadlineMillis(record) <= nowMillis;
    }

    /**
     * The record with another deadline: the same array, changed in place, if a deadline replaces a deadline or none
     * replaces none; otherwise a new one, which the caller puts into the map.
     */
    public static byte[] withDeadline(byte[] record, long deadlineMillis) {
        boolean expires = deadlineMillis != NO_DEADLINE;
        if (expires != hasDeadline(record)) {
            byte[] moved = create(key(record), value(record), version(record), deadlineMillis);
            adoptUse(moved, record);
            moved[0] |= (byte) (record[0] & READ);
            return moved;
        }
        if (expires) {
            LONG.set(record, DEADLINE_OFFSET, deadlineMillis);
        }
        return record;
    }

    /** Copies a record without what only the map that holds it knows. */
    public static void copyTo(byte[] record, byte[] array, int offset) {
        System.arraycopy(record, 0, array, offset, record.length);
        array[offset] &= HAS_DEADLINE;
    }

    /** Gives a copy that has a deadline another one. */
    public static void putDeadline(byte[] array, int offset, long deadlineMillis) {
        LONG.set(array, offset + DEADLINE_OFFSET, deadlineMillis);
    }

    /**
     * Whether the bytes have the shape of a record.
     *
     * <p>Those of a checked file have, unless the program that wrote them was wrong.
     */
    public static boolean isWellFormed(byte[] record) {
        if (record.length <= DEADLINE_OFFSET || (record[0] & ~HAS_DEADLINE) != 0) {
            return false;
        }
        int at = keyLengthOffset(record);
        long length = 0;
        for (int shift = 0; shift < 35 && at < record.length; shift += 7) {
            byte next = record[at++];
            length |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return length <= record.length - at;
            }
        }
        return false;
    }

    /** The key, not copied. */
    public static Bytes key(byte[] record) {
        int lengthOffset = keyLengthOffset(record);
        int length = readVarint(record, lengthOffset);
        return Bytes.of(record, lengthOffset + varintBytes(length), length);
    }

    /** The value, not copied. */
    public static Bytes value(byte[] record) {
        int offset = valueOffset(record);
        return Bytes.of(record, offset, record.length - offset);
    }

    /** Length of the value in bytes, without making a slice. */
    public static int valueBytes(byte[] record) {
        return record.length - valueOffset(record);
    }

    /** Whether the record's key is {@code key}. Allocates nothing. */
    public static boolean keyEquals(byte[] record, Bytes key) {
        return keyEquals(record, key.array(), key.offset(), key.length());
    }

    /**
     * Bytes the record takes on a heap with compressed references: array header, content, padding to 8; in whole regions if it
     * is large and the collector is G1.
     */
    public static int footprint(byte[] record) {
        return (int) arrayFootprint(record.length, Byte.BYTES);
    }

    static long arrayFootprint(int length, int elementBytes) {
        long bytes = ARRAY_HEADER_BYTES + (long) length * elementBytes;
        return HeapRegion.taken((bytes + ALIGNMENT_BYTES - 1) & -ALIGNMENT_BYTES);
    }

    static boolean sameKey(byte[] record, byte[] other) {
        int lengthOffset = keyLengthOffset(other);
        int length = readVarint(other, lengthOffset);
        return keyEquals(record, other, lengthOffset + varintBytes(length), length);
    }

    /** Whether the entry was read since it was stored. */
    public static boolean wasRead(byte[] record) {
        return (record[0] & READ) != 0;
    }

    /** The entry counts as read, though nobody read it: it was changed in place, as it were. */
    public static void setRead(byte[] record) {
        record[0] |= READ;
    }

    /** Hits since the eviction hand came by, at most 3. */
    public static int frequency(byte[] record) {
        return (record[0] & FREQUENCY) >> 1;
    }

    /** Notes a use, as a read or a replacement is. */
    static void recordUse(byte[] record) {
        if ((record[0] & FREQUENCY) != FREQUENCY) {
            record[0] = (byte) (record[0] + ONE_HIT);
        }
    }

    /** Notes a read. Written only if it changes anything, as for an entry that is read often it does not. */
    static void recordHit(byte[] record) {
        if ((record[0] & READ_OFTEN) != READ_OFTEN) {
            recordUse(record);
            record[0] |= READ;
        }
    }

    /** Takes one hit away; the frequency must not be 0. */
    static void age(byte[] record) {
        record[0] = (byte) (record[0] - ONE_HIT);
    }

    static boolean onProbation(byte[] record) {
        return (record[0] & PROBATION) != 0;
    }

    static void beginProbation(byte[] record) {
        record[0] = (byte) ((record[0] & OWN) | PROBATION);
    }

    static void endProbation(byte[] record) {
        record[0] &= OWN;
    }

    /** Gives {@code record} the frequency and probation of {@code replaced}. */
    static void adoptUse(byte[] record, byte[] replaced) {
        record[0] = (byte) ((record[0] & OWN) | (replaced[0] & ~OWN));
    }

    private static boolean keyEquals(byte[] record, byte[] key, int offset, int length) {
        int lengthOffset = keyLengthOffset(record);
        if (readVarint(record, lengthOffset) != length) {
            return false;
        }
        int keyOffset = lengthOffset + varintBytes(length);
        return Arrays.equals(record, keyOffset, keyOffset + length, key, offset, offset + length);
    }

    private static int keyLengthOffset(byte[] record) {
        return hasDeadline(record) ? DEADLINE_OFFSET + Long.BYTES : DEADLINE_OFFSET;
    }

    private static int valueOffset(byte[] record) {
        int lengthOffset = keyLengthOffset(record);
        int length = readVarint(record, lengthOffset);
        return lengthOffset + varintBytes(length) + length;
    }

    private static int varintBytes(int value) {
        return (38 - Integer.numberOfLeadingZeros(value | 1)) / 7;
    }

    private static void writeVarint(byte[] array, int offset, int value) {
        int at = offset;
        int rest = value;
        while (rest > 0x7f) {
            array[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        array[at] = (byte) rest;
    }

    private static int readVarint(byte[] array, int offset) {
        int at = offset;
        int value = array[at];
        if (value >= 0) {
            return value;
        }
        value &= 0x7f;
        for (int shift = 7; ; shift += 7) {
            int next = array[++at];
            value |= (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }
}
