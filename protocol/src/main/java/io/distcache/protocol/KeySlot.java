package io.distcache.protocol;

/**
 * The slot of a key: CRC16 of the key, or of what stands between its first <code>{</code> and the next <code>}</code> if that is
 * not empty, modulo {@value #SLOTS} (Redis Cluster specification, "Key distribution model" and "Hash tags"). Stateless.
 */
public final class KeySlot {
    /** How many slots there are. */
    public static final int SLOTS = 16384;

    private static final short[] CRC16 = new short[256];

    static {
        // CRC16-XMODEM, polynomial 0x1021, as the specification's appendix A names it.
        for (int i = 0; i < 256; i++) {
            int crc = i << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
            CRC16[i] = (short) crc;
        }
    }

    private KeySlot() {}

    /** The slot, 0 to {@value #SLOTS} - 1, of an encoded key. For text and raw bytes the tag byte is left out. */
    public static int of(Bytes key) {
        long counted = countedRange(key);
        return crc16(key.array(), (int) (counted >>> 32), (int) counted) & (SLOTS - 1);
    }

    /** The part of a key's array that decides where it belongs: its first index in the upper 32 bits, its end in the lower. */
    public static long countedRange(Bytes key) {
        byte[] array = key.array();
        int from = key.offset();
        int to = from + key.length();
        if (from < to && (array[from] == ValueTag.TEXT || array[from] == ValueTag.BYTES)) {
            from++;
            int open = indexOf(array, '{', from, to);
            if (open >= 0) {
                int close = indexOf(array, '}', open + 1, to);
                if (close > open + 1) {
                    return (long) (open + 1) << 32 | close;
                }
            }
        }
        return (long) from << 32 | to;
    }

    private static int indexOf(byte[] array, char sought, int from, int to) {
        for (int i = from; i < to; i++) {
            if (array[i] == sought) {
                return i;
            }
        }
        return -1;
    }

    private static int crc16(byte[] array, int from, int to) {
        int crc = 0;
        for (int i = from; i < to; i++) {
            crc = (crc << 8) ^ CRC16[((crc >>> 8) ^ array[i]) & 0xff];
        }
        return crc & 0xffff;
    }
}
