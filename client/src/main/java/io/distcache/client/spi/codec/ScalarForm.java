package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Values that are a tag and their own bytes, as {@link ValueTag} draws them. Stateless. */
final class ScalarForm {
    private static final VarHandle SHORTS = MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private ScalarForm() {}

    /** The bytes of {@code value}, or null if it is no scalar. */
    static @Nullable Bytes write(Object value) {
        if (value instanceof String text) {
            return writeText(text);
        }
        if (value instanceof Long number) {
            return writeLong(ValueTag.INT64, number);
        }
        if (value instanceof Integer number) {
            byte[] bytes = tagged(ValueTag.INT32, Integer.BYTES);
            INTS.set(bytes, 1, number.intValue());
            return Bytes.of(bytes);
        }
        if (value instanceof byte[] raw) {
            byte[] bytes = tagged(ValueTag.BYTES, raw.length);
            System.arraycopy(raw, 0, bytes, 1, raw.length);
            return Bytes.of(bytes);
        }
        if (value instanceof Boolean flag) {
            return Bytes.of(tagged(flag ? ValueTag.TRUE : ValueTag.FALSE, 0));
        }
        if (value instanceof Double number) {
            return writeLong(
                    ValueTag.DOUBLE, Double.doubleToLongBits(number)); // One NaN: Double.equals knows only one.
        }
        return writeSmall(value);
    }

    private static @Nullable Bytes writeSmall(Object value) {
        if (value instanceof Float number) {
            byte[] bytes = tagged(ValueTag.FLOAT, Float.BYTES);
            INTS.set(bytes, 1, Float.floatToIntBits(number));
            return Bytes.of(bytes);
        }
        if (value instanceof Short number) {
            byte[] bytes = tagged(ValueTag.INT16, Short.BYTES);
            SHORTS.set(bytes, 1, number.shortValue());
            return Bytes.of(bytes);
        }
        if (value instanceof Character unit) {
            byte[] bytes = tagged(ValueTag.CHAR16, Character.BYTES);
            SHORTS.set(bytes, 1, (short) unit.charValue());
            return Bytes.of(bytes);
        }
        if (value instanceof Byte number) {
            byte[] bytes = tagged(ValueTag.INT8, 1);
            bytes[1] = number;
            return Bytes.of(bytes);
        }
        return null;
    }

    private static Bytes writeLong(byte tag, long bits) {
        byte[] bytes = tagged(tag, Long.BYTES);
        LONGS.set(bytes, 1, bits);
        return Bytes.of(bytes);
    }

    /** Null for text with an unpaired surrogate, which UTF-8 cannot say. */
    private static @Nullable Bytes writeText(String text) {
        int length = text.length();
        byte[] bytes = tagged(ValueTag.TEXT, length);
        for (int i = 0; i < length; i++) {
            char unit = text.charAt(i);
            if (unit >= 0x80) {
                return writeWideText(text);
            }
            bytes[i + 1] = (byte) unit;
        }
        return Bytes.of(bytes);
    }

    private static @Nullable Bytes writeWideText(String text) {
        if (!hasUtf8(text)) {
            return null;
        }
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] bytes = tagged(ValueTag.TEXT, utf8.length);
        System.arraycopy(utf8, 0, bytes, 1, utf8.length);
        return Bytes.of(bytes);
    }

    /** Whether every surrogate in {@code text} has its partner. */
    static boolean hasUtf8(String text) {
        for (int i = 0; i < text.length(); i++) {
            char unit = text.charAt(i);
            if (Character.isSurrogate(unit)) {
                if (i + 1 == text.length() || !Character.isSurrogatePair(unit, text.charAt(i + 1))) {
                    return false;
                }
                i++;
            }
        }
        return true;
    }

    private static byte[] tagged(byte tag, int length) {
        byte[] bytes = new byte[Math.addExact(length, 1)];
        bytes[0] = tag;
        return bytes;
    }

    /** The scalar in {@code encoded}, which has a tag at least. */
    static Object read(Bytes encoded) {
        byte[] array = encoded.array();
        int start = encoded.offset() + 1;
        int length = encoded.length() - 1;
        byte tag = encoded.get(0);
        int expected = switch (tag) {
            case ValueTag.BYTES, ValueTag.TEXT -> length;
            case ValueTag.TRUE, ValueTag.FALSE -> 0;
            case ValueTag.INT64, ValueTag.DOUBLE -> Long.BYTES;
            case ValueTag.INT32, ValueTag.FLOAT -> Integer.BYTES;
            case ValueTag.INT16, ValueTag.CHAR16 -> Short.BYTES;
            case ValueTag.INT8 -> 1;
            default -> throw new UndecodableValueException("no object has the value tag " + tag);
        };
        if (length != expected) {
            throw new UndecodableValueException(
                    length + " bytes follow the value tag " + tag + ", expected " + expected);
        }
        return switch (tag) {
            case ValueTag.BYTES -> Arrays.copyOfRange(array, start, start + length);
            case ValueTag.TEXT -> readText(array, start, length);
            case ValueTag.TRUE -> true;
            case ValueTag.FALSE -> false;
            case ValueTag.INT64 -> (long) LONGS.get(array, start);
            case ValueTag.DOUBLE -> Double.longBitsToDouble((long) LONGS.get(array, start));
            case ValueTag.INT32 -> (int) INTS.get(array, start);
            case ValueTag.FLOAT -> Float.intBitsToFloat((int) INTS.get(array, start));
            case ValueTag.INT16 -> (short) SHORTS.get(array, start);
            case ValueTag.CHAR16 -> (char) (short) SHORTS.get(array, start);
            default -> array[start];
        };
    }

    private static String readText(byte[] array, int start, int length) {
        String text = new String(array, start, length, StandardCharsets.UTF_8);
        if (text.indexOf('\uFFFD') >= 0) { // Put there by the line above, or by whoever wrote the text?
            try {
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(array, start, length));
            } catch (CharacterCodingException e) {
                throw new UndecodableValueException("the text is not UTF-8", e);
            }
        }
        return text;
    }
}
