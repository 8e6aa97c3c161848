package io.distcache.server.frontdoor.value;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORParser;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.ValueTag;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A stored value with its tag, and the bytes that a client of Redis or memcached sees of it: text and bytes as they are, numbers in
 * decimal, booleans as words, composites as JSON, Java objects as their stream, null as nothing. The other way round bytes become
 * TEXT if they are UTF-8, and BYTES if not; a key is made so, too. Stateless.
 *
 * <p>What memcached keeps beside a value lies before it, under the tag {@link ValueTag#FLAGGED}. Nothing is deserialized here.
 */
public final class PlainValue {
    private static final CBORFactory CBOR = new CBORFactory();
    private static final JsonFactory JSON =
            new JsonFactory().enable(JsonGenerator.Feature.COMBINE_UNICODE_SURROGATES_IN_UTF8);
    private static final int MOST_NUMBER_BYTES = 6 * 1024;
    private static final Bytes TRUE = Bytes.ofUtf8("true");
    private static final Bytes FALSE = Bytes.ofUtf8("false");

    private PlainValue() {}

    // --- from a client's bytes ---

    /** Key or value of a client's bytes, copied. */
    public static Bytes of(byte[] array, int offset, int length) {
        byte[] tagged = new byte[length + 1];
        tagged[0] = Utf8.isValid(array, offset, offset + length) ? ValueTag.TEXT : ValueTag.BYTES;
        System.arraycopy(array, offset, tagged, 1, length);
        return Bytes.of(tagged);
    }

    /** Key or value of bytes that stay where they are; the byte before them becomes the tag. */
    public static Bytes inPlace(byte[] array, int offset, int length) {
        array[offset - 1] = Utf8.isValid(array, offset, offset + length) ? ValueTag.TEXT : ValueTag.BYTES;
        return Bytes.of(array, offset - 1, length + 1);
    }

    /** The value of bytes put at 1 and after in an array of their own, whose first byte becomes the tag. */
    public static Bytes ofOwn(byte[] tagged) {
        tagged[0] = Utf8.isValid(tagged, 1, tagged.length) ? ValueTag.TEXT : ValueTag.BYTES;
        return Bytes.of(tagged);
    }

    /** The value of ASCII text. */
    public static Bytes ofText(String text) {
        return Bytes.ofUtf8((char) ValueTag.TEXT + text);
    }

    /** The value of an integer. */
    public static Bytes ofInteger(long number) {
        byte[] tagged = new byte[1 + Long.BYTES];
        tagged[0] = ValueTag.INT64;
        ByteBuffer.wrap(tagged).putLong(1, number);
        return Bytes.of(tagged);
    }

    /** The value of a double. */
    public static Bytes ofDouble(double number) {
        byte[] tagged = new byte[1 + Double.BYTES];
        tagged[0] = ValueTag.DOUBLE;
        ByteBuffer.wrap(tagged).putDouble(1, number);
        return Bytes.of(tagged);
    }

    // --- to a client's bytes ---

    /** Whether the bytes after the tag are what a client sees, which is the usual case. */
    public static boolean isVerbatim(Bytes value) {
        byte tag = value.length() == 0 ? ValueTag.NULL : value.array()[value.offset()];
        return tag == ValueTag.TEXT || tag == ValueTag.BYTES;
    }

    /** What a client sees of a value; not copied if it is verbatim. */
    public static Bytes plain(Bytes value) {
        Bytes bare = FlaggedValue.bare(value);
        if (bare.length() == 0) {
            return Bytes.EMPTY;
        }
        Bytes rest = Bytes.of(bare.array(), bare.offset() + 1, bare.length() - 1);
        return switch (bare.get(0)) {
            case ValueTag.NULL -> Bytes.EMPTY;
            case ValueTag.TRUE -> TRUE;
            case ValueTag.FALSE -> FALSE;
            case ValueTag.INT64, ValueTag.INT32, ValueTag.INT16, ValueTag.INT8 ->
                isWhole(bare) ? Bytes.ofUtf8(Long.toString(whole(bare))) : rest;
            case ValueTag.DOUBLE ->
                rest.length() == Double.BYTES ? text(number(buffer(rest).getDouble())) : rest;
            case ValueTag.FLOAT ->
                rest.length() == Float.BYTES ? text(number(buffer(rest).getFloat())) : rest;
            case ValueTag.CHAR16 ->
                rest.length() == Character.BYTES
                        ? text(String.valueOf(buffer(rest).getChar()))
                        : rest;
            case ValueTag.PORTABLE -> json(rest);
            default -> rest;
        };
    }

    /** What a client sees of a value, as a value of text or bytes. */
    public static Bytes verbatim(Bytes value) {
        Bytes bare = FlaggedValue.bare(value);
        if (isVerbatim(bare)) {
            return bare;
        }
        Bytes plain = plain(bare);
        return of(plain.array(), plain.offset(), plain.length());
    }

    /** Whether a value is short enough to be a number. */
    public static boolean isShort(Bytes value) {
        return value.length() <= MOST_NUMBER_BYTES;
    }

    /** How long {@link #plain} is. */
    public static int plainLength(Bytes value) {
        return isVerbatim(value) ? value.length() - 1 : plain(value).length();
    }

    private static ByteBuffer buffer(Bytes bytes) {
        return ByteBuffer.wrap(bytes.array(), bytes.offset(), bytes.length());
    }

    private static Bytes text(String text) {
        return Bytes.ofUtf8(text);
    }

    /** Shortest form that reads back as the same; a whole number without a point. */
    private static String number(double number) {
        if (Double.isNaN(number)) {
            return "nan";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "inf" : "-inf";
        }
        return plainDecimal(Double.toString(number));
    }

    private static String number(float number) {
        return Float.isNaN(number) || Float.isInfinite(number)
                ? number((double) number)
                : plainDecimal(Float.toString(number));
    }

    private static String plainDecimal(String number) {
        BigDecimal decimal = new BigDecimal(number);
        return decimal.signum() == 0 ? "0" : decimal.stripTrailingZeros().toPlainString();
    }

    /** The items of a composite as JSON; their CBOR tags, which say how a Java client makes objects of them, are left out. */
    private static Bytes json(Bytes cbor) {
        if (cbor.length() > PortableJson.MAX_CBOR_BYTES) {
            return cbor;
        }
        ByteArrayOutputStream text = new Text(cbor.length() * 2);
        try (CBORParser in = CBOR.createParser(cbor.array(), cbor.offset(), cbor.length());
                JsonGenerator out = JSON.createGenerator(text)) {
            if (in.nextToken() == null) {
                return cbor;
            }
            PortableJson.copy(in, out);
        } catch (IOException | UncheckedIOException e) {
            return cbor;
        }
        return Bytes.of(text.toByteArray());
    }

    /** JSON on its way, up to a length. */
    private static final class Text extends ByteArrayOutputStream {
        Text(int firstBytes) {
            super(firstBytes);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            if (count + length > PortableJson.MAX_JSON_BYTES) {
                throw new UncheckedIOException(new IOException("the text is too long"));
            }
            super.write(bytes, offset, length);
        }
    }

    // --- integers ---

    /** Whether the value is an integer by its tag. */
    public static boolean isWhole(Bytes value) {
        Bytes bare = FlaggedValue.bare(value);
        if (bare.length() == 0) {
            return false;
        }
        return switch (bare.get(0)) {
            case ValueTag.INT64 -> bare.length() == 1 + Long.BYTES;
            case ValueTag.INT32 -> bare.length() == 1 + Integer.BYTES;
            case ValueTag.INT16 -> bare.length() == 1 + Short.BYTES;
            case ValueTag.INT8 -> bare.length() == 1 + 1;
            default -> false;
        };
    }

    /** The integer that a value is by its tag. */
    public static long whole(Bytes value) {
        Bytes bare = FlaggedValue.bare(value);
        long number = bare.get(1);
        for (int i = 2; i < bare.length(); i++) {
            number = number << 8 | (bare.get(i) & 0xff);
        }
        return number;
    }

    /** Whether the value is a floating-point number by its tag. */
    public static boolean isDouble(Bytes value) {
        Bytes bare = FlaggedValue.bare(value);
        return bare.length() > 0 && (bare.get(0) == ValueTag.DOUBLE || bare.get(0) == ValueTag.FLOAT);
    }

    // --- what memcached keeps beside a value ---

    /** The 32 bits that a memcached client keeps with the value; 0 if it keeps none. */
    public static int flags(Bytes value) {
        return FlaggedValue.is(value)
                ? ByteBuffer.wrap(value.array(), value.offset() + 2, Integer.BYTES)
                        .getInt()
                : 0;
    }

    /** The bits kept beside the value: 1 it is stale, 2 somebody was told to make it anew, 4 its key came in base 64. */
    public static int bits(Bytes value) {
        return FlaggedValue.is(value) ? value.get(1) : 0;
    }

    /** A value with flags and bits beside it; just the value if they are 0. */
    public static Bytes flagged(Bytes bare, int flags, int bits) {
        if (flags == 0 && bits == 0) {
            return bare;
        }
        byte[] tagged = new byte[FlaggedValue.HEADER_BYTES + bare.length()];
        ByteBuffer.wrap(tagged).put(ValueTag.FLAGGED).put((byte) bits).putInt(flags);
        System.arraycopy(bare.array(), bare.offset(), tagged, FlaggedValue.HEADER_BYTES, bare.length());
        return Bytes.of(tagged);
    }

    /** A new value with what is kept beside the old one. */
    public static Bytes like(Bytes old, Bytes bare) {
        return FlaggedValue.like(old, bare);
    }

    // --- keys ---

    /** Whether a client that knows only bytes can name this key. */
    public static boolean isNameable(Bytes key) {
        if (key.length() == 0) {
            return false;
        }
        byte tag = key.get(0);
        return tag == ValueTag.TEXT
                || (tag == ValueTag.BYTES && !Utf8.isValid(key.array(), key.offset() + 1, key.offset() + key.length()));
    }

    /** A nameable key as the client names it, for logs and messages. */
    public static String shown(Bytes key) {
        return new String(key.array(), key.offset() + 1, key.length() - 1, StandardCharsets.UTF_8);
    }
}
