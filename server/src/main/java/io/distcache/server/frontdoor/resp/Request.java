package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.memory.Buffers;
import io.distcache.server.shard.operation.Decimal;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/**
 * A command's name and arguments, where they lie in the connection's buffer. Confined to the connection's event loop.
 *
 * <p>The buffer holds the bytes of other clients, too, and the positions those of earlier requests. Hence neither is handed out:
 * everything goes by an argument's index, and one that this request does not have is an {@link IndexOutOfBoundsException}.
 */
final class Request {
    private static final int FIRST_CAPACITY = 8;

    private byte[] bytes;
    private int[] at = new int[FIRST_CAPACITY];
    private int[] length = new int[FIRST_CAPACITY];
    private int count;
    private boolean isLine;
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
        isLine = false;
        if (at.length > 1024) {
            at = new int[FIRST_CAPACITY];
            length = new int[FIRST_CAPACITY];
        }
    }

    /** Adds an argument, which must end before {@code to}, where the bytes that the client has sent end. */
    void add(int from, int bytesOfIt, int to) {
        Objects.checkFromIndexSize(from, bytesOfIt, to);
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
            copy.add(stays ? at[i] : to, length[i], copy.bytes.length);
            to += length[i];
        }
        return copy;
    }

    /** Memory taken for where the arguments lie. */
    long ownBytes() {
        return at.length <= FIRST_CAPACITY ? 0 : 2L * Integer.BYTES * at.length;
    }

    /** The arguments come from a line of words, as people and scripts send them, and not from an array. */
    void setLine() {
        isLine = true;
    }

    boolean isLine() {
        return isLine;
    }

    /** Name and arguments together. */
    int count() {
        return count;
    }

    /** Where an argument lies, if this request has it. */
    private int at(int index) {
        return at[Objects.checkIndex(index, count)];
    }

    /** How many bytes an argument has. */
    int length(int index) {
        return length[Objects.checkIndex(index, count)];
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
                ? PlainValue.inPlace(bytes, at(index), length[index])
                : PlainValue.of(bytes, at(index), length[index]);
    }

    /** All arguments as keys or values, without the command's name. */
    Bytes[] tagged() {
        Bytes[] all = new Bytes[count - 1];
        for (int i = 1; i < count; i++) {
            all[i - 1] = tagged(i);
        }
        return all;
    }

    /** The argument as it is, copied. */
    Bytes copied(int index) {
        int from = at(index);
        return Bytes.of(Arrays.copyOfRange(bytes, from, from + length[index]));
    }

    /** Writes the argument as it is. */
    void write(int index, ByteBuf out) {
        out.writeBytes(bytes, at(index), length[index]);
    }

    /** The argument as text; bytes over 127 become one character each. */
    String text(int index) {
        return new String(bytes, at(index), length[index], StandardCharsets.ISO_8859_1);
    }

    /** The first so many bytes of a longer argument, as text. */
    String begin(int index, int bytesOfIt) {
        return new String(bytes, at(index), Math.min(bytesOfIt, length[index]), StandardCharsets.ISO_8859_1);
    }

    /** Whether the argument is this word, given in lower case, whatever its case. */
    boolean is(int index, String word) {
        if (length(index) != word.length()) {
            return false;
        }
        int from = at(index);
        for (int i = 0; i < word.length(); i++) {
            if (lower(bytes[from + i]) != word.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /** A hash of the argument, whatever its case: as {@link #hash(byte[], int, int)}. */
    int hash(int index) {
        return hash(bytes, at(index), length[index]);
    }

    /** A hash of a word, the same in capitals and in small letters. */
    static int hash(byte[] array, int from, int bytesOfIt) {
        int hash = bytesOfIt;
        for (int i = from; i < from + bytesOfIt; i++) {
            hash = hash * 31 + lower(array[i]);
        }
        return hash ^ (hash >>> 9);
    }

    private static int lower(byte b) {
        return b >= 'A' && b <= 'Z' ? b + 32 : b;
    }

    /** Whether the argument is an integer of 64 bits as Redis writes one; if so it is {@link #number}. */
    boolean isInteger(int index) {
        return isIntegerFrom(index, 0);
    }

    /** The same of an argument without its first byte, which it has. */
    boolean isIntegerAfterMark(int index) {
        return isIntegerFrom(index, 1);
    }

    private boolean isIntegerFrom(int index, int skipped) {
        int from = at(index) + skipped;
        if (!Decimal.isCanonical(bytes, from, length[index] - skipped)) {
            return false;
        }
        number = Decimal.value(bytes, from, length[index] - skipped);
        return true;
    }

    /** What the last {@link #isInteger} found. */
    long number() {
        return number;
    }
}
