package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.memory.Buffers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A command's name and arguments, where they lie in the connection's buffer. Confined to the connection's event loop. */
final class Request {
    private static final int FIRST_CAPACITY = 8;

    private byte[] bytes;
    private int[] at = new int[FIRST_CAPACITY];
    private int[] length = new int[FIRST_CAPACITY];
    private int count;
    private long number;

    Request(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Forgets the arguments. */
    void begin(byte[] in) {
        // Each write of a reference costs the collector's barrier, and this one is nearly always the same.
        if (bytes != in) {
            bytes = in;
        }
        count = 0;
        if (at.length > 1024) {
            at = new int[FIRST_CAPACITY];
            length = new int[FIRST_CAPACITY];
        }
    }

    void add(int from, int bytesOfIt) {
        if (count == at.length) {
            at = Arrays.copyOf(at, count * 2);
            length = Arrays.copyOf(length, count * 2);
        }
        at[count] = from;
        length[count++] = bytesOfIt;
    }

    /** The bytes lie in another array now, {@code delta} further on. */
    void moved(byte[] in, int delta) {
        bytes = in;
        for (int i = 0; i < count; i++) {
            at[i] += delta;
        }
    }

    /** The same for later: in an array of its own, unless it is so large that its connection leaves it the array. */
    Request copy() {
        int total = totalBytes();
        boolean stays = total >= Buffers.LARGE_BYTES && total >= bytes.length / 2;
        Request copy = new Request(stays ? bytes : new byte[total + count]);
        copy.at = new int[count];
        copy.length = new int[count];
        int to = 0;
        for (int i = 0; i < count; i++) {
            if (!stays) {
                // Before each argument is room for a tag.
                System.arraycopy(bytes, at[i], copy.bytes, ++to, length[i]);
            }
            copy.add(stays ? at[i] : to, length[i]);
            to += length[i];
        }
        return copy;
    }

    /** Memory taken for where the arguments lie. */
    long ownBytes() {
        return at.length <= FIRST_CAPACITY ? 0 : 2L * Integer.BYTES * at.length;
    }

    /** Name and arguments together. */
    int count() {
        return count;
    }

    byte[] bytes() {
        return bytes;
    }

    int at(int index) {
        return at[index];
    }

    int length(int index) {
        return length[index];
    }

    /** All arguments' bytes together. */
    int totalBytes() {
        int total = 0;
        for (int i = 0; i < count; i++) {
            total += length[i];
        }
        return total;
    }

    /** The argument as key or value of an entry. */
    Bytes tagged(int index) {
        // A large one stays where it is: its connection leaves the array to it, and before it is the end of a line.
        return length[index] >= Buffers.LARGE_BYTES
                ? PlainValue.inPlace(bytes, at[index], length[index])
                : PlainValue.of(bytes, at[index], length[index]);
    }

    /** The argument as it is, copied. */
    Bytes copied(int index) {
        return Bytes.of(Arrays.copyOfRange(bytes, at[index], at[index] + length[index]));
    }

    /** The argument as text; bytes over 127 become one character each. */
    String text(int index) {
        return new String(bytes, at[index], length[index], StandardCharsets.ISO_8859_1);
    }

    /** Whether the argument is this word, given in lower case, whatever its case. */
    boolean is(int index, String word) {
        if (length[index] != word.length()) {
            return false;
        }
        for (int i = 0; i < word.length(); i++) {
            if (lower(bytes[at[index] + i]) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + 32 : b;
    }

    /** Whether the argument is an integer of 64 bits as Redis writes one; if so it is {@link #number}. */
    boolean isInteger(int index) {
        return isInteger(bytes, at[index], length[index]);
    }

    boolean isInteger(byte[] array, int from, int bytesOfIt) {
        if (!Decimal.isCanonical(array, from, bytesOfIt)) {
            return false;
        }
        number = Decimal.value(array, from, bytesOfIt);
        return true;
    }

    /** What the last {@link #isInteger} found. */
    long number() {
        return number;
    }
}
