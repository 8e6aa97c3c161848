package io.distcache.server.shard.operation;

/**
 * Integers of 64 bits in decimal, as Redis takes them: no plus, no space, no zero in front, no minus before zero. What has more than 64
 * bits is none. Stateless.
 */
public final class Decimal {
    private static final int MOST_DIGITS = 19;

    private Decimal() {}

    /** Whether so many bytes are such an integer. */
    public static boolean isCanonical(byte[] array, int from, int length) {
        if (length == 0 || length > MOST_DIGITS + 1) {
            return false;
        }
        int at = from;
        int end = from + length;
        boolean negative = array[at] == '-';
        if (negative) {
            at++;
        }
        if (at == end || end - at > MOST_DIGITS) {
            return false;
        }
        if (array[at] == '0') {
            return length == 1;
        }
        long value = 0;
        for (; at < end; at++) {
            int digit = array[at] - '0';
            if (digit < 0 || digit > 9) {
                return false;
            }
            // 19 digits fit an unsigned long.
            value = value * 10 + digit;
        }
        return value >= 0 || (negative && value == Long.MIN_VALUE);
    }

    /** The integer that they are. */
    public static long value(byte[] array, int from, int length) {
        int at = from;
        boolean negative = array[at] == '-';
        if (negative) {
            at++;
        }
        long value = 0;
        for (; at < from + length; at++) {
            value = value * 10 + (array[at] - '0');
        }
        return negative ? -value : value;
    }
}
