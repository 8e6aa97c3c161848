package io.distcache.server.frontdoor.memcached;

import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Keys in base 64, as memcached takes them: letters that are none of base 64 do not matter, and what follows the padding does not
 * either. Stateless.
 */
final class BinaryKey {
    private static final int BLOCK = 4;
    private static final int PAD = 64;
    private static final int NONE = -1;
    private static final byte[] VALUES = new byte[256];

    static {
        Arrays.fill(VALUES, (byte) NONE);
        String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        for (int i = 0; i < letters.length(); i++) {
            VALUES[letters.charAt(i)] = (byte) i;
        }
        VALUES['='] = PAD;
    }

    private BinaryKey() {}

    static String encode(byte[] key) {
        return Base64.getEncoder().encodeToString(key);
    }

    /** The key's bytes; null if it is none. */
    static byte @Nullable [] decode(byte[] text) {
        int letters = 0;
        for (byte letter : text) {
            letters += VALUES[letter & 0xff] == NONE ? 0 : 1;
        }
        if (letters == 0 || letters % BLOCK != 0) {
            return null;
        }
        byte[] key = new byte[letters / BLOCK * 3];
        int length = 0;
        int bits = 0;
        int inBlock = 0;
        int pads = 0;
        for (byte letter : text) {
            int value = VALUES[letter & 0xff];
            if (value == NONE) {
                continue;
            }
            pads += value == PAD ? 1 : 0;
            bits = bits << 6 | (value & 63);
            if (++inBlock < BLOCK) {
                continue;
            }
            key[length++] = (byte) (bits >> 16);
            key[length++] = (byte) (bits >> 8);
            key[length++] = (byte) bits;
            inBlock = 0;
            if (pads > 0) {
                length -= pads;
                break;
            }
        }
        return pads > 2 || length == 0 ? null : Arrays.copyOf(key, length);
    }
}
