package io.distcache.server.store;

import io.distcache.protocol.Bytes;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The hash of key bytes by which {@link EntryMap} and {@link ExpiryWheel} find entries, and in whose order a scan gives them. Immutable,
 * thread-safe.
 *
 * <p>After wyhash (final version 4, Wang Yi): 128-bit products of eight key bytes each. Keys come from outside, so not
 * only the seed but also the constant that wyhash publishes is one that no client knows: with a known constant a chosen
 * block makes a factor 0, and whatever came before it no longer counts. Hashes hence mean something only to hashers of
 * the same numbers. The cursor of a scan is such a hash: where a walk is to go on at another process, as after a restart
 * or at the next leader of a group, both have to be given the same.
 */
public final class KeyHasher {

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    /** How many bytes {@link #of(byte[])} takes. */
    public static final int BYTES = 2 * Long.BYTES;

    private final long seed;
    private final long secret;

    private KeyHasher(long seed, long secret) {
        this.seed = seed;
        this.secret = secret;
    }

    /** The process's own, which no other process has. */
    public static KeyHasher ofProcess() {
        return OfProcess.HASHER;
    }

    /** One whose numbers are known. */
    public static KeyHasher of(long seed, long secret) {
        return new KeyHasher(seed, secret | 1);
    }

    /** The same, of {@value #BYTES} bytes that no client can guess. */
    public static KeyHasher of(byte[] numbers) {
        if (numbers.length != BYTES) {
            throw new IllegalArgumentException(numbers.length + " bytes; a hasher is made of " + BYTES);
        }
        return of((long) LONG.get(numbers, 0), (long) LONG.get(numbers, Long.BYTES));
    }

    /** Draws its numbers when it is first asked for. Immutable. */
    private static final class OfProcess {
        static final KeyHasher HASHER = of(HashSeeds.next(), HashSeeds.next());
    }

    /** A well mixed hash of the key; never 0. */
    public int hash(Bytes key) {
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
