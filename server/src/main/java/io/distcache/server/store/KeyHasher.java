package io.distcache.server.store;

import io.distcache.protocol.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The one hash of key bytes by which {@link EntryMap} and {@link ExpiryWheel} find entries. Immutable, thread-safe.
 *
 * <p>After wyhash (final version 4, Wang Yi): 128-bit products of eight key bytes each. Keys come from outside, so not
 * only the seed but also the constant that wyhash publishes is drawn anew by each process: with a known constant a
 * chosen block makes a factor 0, and whatever came before it no longer counts. Hashes hence mean nothing to another
 * process and must not be written or sent.
 */
public final class KeyHasher {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final long SEED;
    private static final long SECRET;

    static {
        SEED = HashSeeds.next();
        SECRET = HashSeeds.next() | 1;
    }

    private KeyHasher() {}

    /** A well mixed hash of the key; never 0. */
    public static int hash(Bytes key) {
        return hash(key, SEED, SECRET);
    }

    static int hash(Bytes key, long seed, long secret) {
        long hash = hash64(key.array(), key.offset(), key.length(), seed, secret);
        int folded = (int) (hash ^ (hash >>> 32));
        return folded != 0 ? folded : 1;
    }

    private static long hash64(byte[] array, int offset, int length, long seed, long secret) {
        long state = seed;
        int at = offset;
        int left = length;
        while (left > 16) {
            state = mix((long) LONG.get(array, at) ^ secret, (long) LONG.get(array, at + 8) ^ state);
            at += 16;
            left -= 16;
        }
        long first;
        long last;
        if (left >= 8) {
            first = (long) LONG.get(array, at);
            last = (long) LONG.get(array, at + left - 8);
        } else if (left >= 4) {
            first = (int) INT.get(array, at);
            last = (int) INT.get(array, at + left - 4);
        } else if (left > 0) {
            first = ((long) array[at] << 16) | ((array[at + left / 2] & 0xff) << 8) | (array[at + left - 1] & 0xff);
            last = 0;
        } else {
            first = 0;
            last = 0;
        }
        return mix(secret ^ length, mix(first ^ secret, last ^ state));
    }

    private static long mix(long a, long b) {
        return Math.multiplyHigh(a, b) ^ (a * b);
    }
}
