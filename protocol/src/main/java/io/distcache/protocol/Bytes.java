package io.distcache.protocol;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * A run of bytes inside an array, compared by content. Immutable by agreement: whoever makes one hands the array over and
 * no longer writes to it.
 */
public final class Bytes implements Comparable<Bytes> {

    /** No bytes at all. */
    public static final Bytes EMPTY = new Bytes(new byte[0], 0, 0);

    private final byte[] array;
    private final int offset;
    private final int length;
    private int hash;

    private Bytes(byte[] array, int offset, int length) {
        this.array = array;
        this.offset = offset;
        this.length = length;
    }

    /** All of {@code array}, which is not copied. */
    public static Bytes of(byte[] array) {
        return new Bytes(array, 0, array.length);
    }

    /**
     * The {@code length} bytes of {@code array} from {@code offset}, which are not copied.
     *
     * @throws IndexOutOfBoundsException if the range leaves the array
     */
    public static Bytes of(byte[] array, int offset, int length) {
        if (offset < 0 || length < 0 || offset > array.length - length) {
            throw new IndexOutOfBoundsException(offset + "+" + length + " of " + array.length);
        }
        return new Bytes(array, offset, length);
    }

    /** The UTF-8 bytes of {@code text}, without any tag. */
    public static Bytes ofUtf8(String text) {
        return of(text.getBytes(StandardCharsets.UTF_8));
    }

    /** The array underneath; read only from {@link #offset()} for {@link #length()} bytes, and never write. */
    public byte[] array() {
        return array;
    }

    /** Where the bytes start in {@link #array()}. */
    public int offset() {
        return offset;
    }

    /** How many bytes there are. */
    public int length() {
        return length;
    }

    /** The byte at {@code index}, counted from 0. */
    public byte get(int index) {
        if (index < 0 || index >= length) {
            throw new IndexOutOfBoundsException(index + " of " + length);
        }
        return array[offset + index];
    }

    /** A copy of the bytes. */
    public byte[] toByteArray() {
        return Arrays.copyOfRange(array, offset, offset + length);
    }

    /** The bytes read as UTF-8. */
    public String toUtf8() {
        return new String(array, offset, length, StandardCharsets.UTF_8);
    }

    @Override
    public int compareTo(Bytes other) {
        return Arrays.compareUnsigned(
                array, offset, offset + length, other.array, other.offset, other.offset + other.length);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof Bytes that
                && length == that.length
                && Arrays.equals(array, offset, offset + length, that.array, that.offset, that.offset + that.length);
    }

    @Override
    public int hashCode() {
        int h = hash;
        if (h == 0) {
            h = 1;
            for (int i = offset; i < offset + length; i++) {
                h = 31 * h + array[i];
            }
            hash = h;
        }
        return h;
    }

    /** Length and at most the first 32 bytes in hex. */
    @Override
    public String toString() {
        int shown = Math.min(length, 32);
        String hex = HexFormat.of().formatHex(array, offset, offset + shown);
        return length + " bytes: " + hex + (shown < length ? "..." : "");
    }
}
