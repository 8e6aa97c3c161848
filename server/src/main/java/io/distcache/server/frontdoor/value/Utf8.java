package io.distcache.server.frontdoor.value;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Whether bytes are UTF-8 (RFC 3629), eight at a time while they are ASCII. Stateless. */
final class Utf8 {
    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final long HIGH_BITS = 0x8080808080808080L;

    private Utf8() {}

    static boolean isValid(byte[] array, int from, int to) {
        int at = from;
        while (at + Long.BYTES <= to && ((long) LONG.get(array, at) & HIGH_BITS) == 0) {
            at += Long.BYTES;
        }
        while (at < to) {
            int lead = array[at++];
            if (lead >= 0) {
                continue;
            }
            // The table of RFC 3629, section 4: the range of the second byte excludes overlong forms and surrogates.
            int more;
            int least = 0x80;
            int most = 0xbf;
            lead &= 0xff;
            if (lead >= 0xc2 && lead <= 0xdf) {
                more = 1;
            } else if (lead >= 0xe0 && lead <= 0xef) {
                more = 2;
                least = lead == 0xe0 ? 0xa0 : 0x80;
                most = lead == 0xed ? 0x9f : 0xbf;
            } else if (lead >= 0xf0 && lead <= 0xf4) {
                more = 3;
                least = lead == 0xf0 ? 0x90 : 0x80;
                most = lead == 0xf4 ? 0x8f : 0xbf;
            } else {
                return false;
            }
            if (to - at < more) {
                return false;
            }
            int second = array[at++] & 0xff;
            if (second < least || second > most) {
                return false;
            }
            for (int i = 1; i < more; i++) {
                if ((array[at++] & 0xc0) != 0x80) {
                    return false;
                }
            }
        }
        return true;
    }
}
