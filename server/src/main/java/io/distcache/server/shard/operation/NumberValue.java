package io.distcache.server.shard.operation;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.FlaggedValue;
import io.distcache.protocol.ValueTag;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A tagged value as a number that can be added to: a whole one of 64 bits, or a double. Immutable. */
public final class NumberValue {
    /** The whole number 0, of 64 bits. */
    public static final NumberValue ZERO = ofWhole(0);

    /** Such a whole number ({@link Decimal}) has over 64 bits, and is no number here. */
    private static final Pattern WHOLE = Pattern.compile("-?[1-9][0-9]*");

    private static final Pattern DECIMAL = Pattern.compile("[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]{1,3})?");
    private static final int MOST_TEXT = 64;

    private final byte tag;
    private final long whole;
    private final double fraction;

    private NumberValue(byte tag, long whole, double fraction) {
        this.tag = tag;
        this.whole = whole;
        this.fraction = fraction;
    }

    /** A whole number of 64 bits. */
    public static NumberValue ofWhole(long number) {
        return new NumberValue(ValueTag.INT64, number, 0);
    }

    /** The number that a value is, by its tag or as decimal text; null if it is none, or not finite. */
    public static @Nullable NumberValue of(Bytes value) {
        ByteBuffer in = ByteBuffer.wrap(value.array(), value.offset(), value.length());
        int length = value.length() - 1;
        if (length < 0) {
            return null;
        }
        byte tag = in.get();
        return switch (tag) {
            case ValueTag.INT64 -> length == Long.BYTES ? new NumberValue(tag, in.getLong(), 0) : null;
            case ValueTag.INT32 -> length == Integer.BYTES ? new NumberValue(tag, in.getInt(), 0) : null;
            case ValueTag.INT16 -> length == Short.BYTES ? new NumberValue(tag, in.getShort(), 0) : null;
            case ValueTag.INT8 -> length == 1 ? new NumberValue(tag, in.get(), 0) : null;
            case ValueTag.DOUBLE -> length == Double.BYTES ? ofDouble(in.getDouble()) : null;
            // By way of text: 0.1f is to become 0.1, and not 0.10000000149011612.
            case ValueTag.FLOAT -> length == Float.BYTES ? ofDouble(Double.parseDouble("" + in.getFloat())) : null;
            case ValueTag.TEXT, ValueTag.BYTES -> length > MOST_TEXT ? null : ofText(value);
            default -> null;
        };
    }

    /** The whole number that a value is by its tag; null if it is none, also if its text is one. */
    public static @Nullable Long wholeOf(Bytes value) {
        Bytes bare = FlaggedValue.bare(value);
        boolean isWhole = bare.length() > 0
                && switch (bare.get(0)) {
                    case ValueTag.INT64, ValueTag.INT32, ValueTag.INT16, ValueTag.INT8 -> true;
                    default -> false;
                };
        NumberValue number = isWhole ? of(bare) : null;
        return number == null ? null : (Long) number.whole;
    }

    private static @Nullable NumberValue ofText(Bytes value) {
        if (Decimal.isCanonical(value.array(), value.offset() + 1, value.length() - 1)) {
            return ofWhole(Decimal.value(value.array(), value.offset() + 1, value.length() - 1));
        }
        String text = new String(value.array(), value.offset() + 1, value.length() - 1, StandardCharsets.ISO_8859_1);
        if (WHOLE.matcher(text).matches() || !DECIMAL.matcher(text).matches()) {
            return null;
        }
        return ofDouble(new BigDecimal(text).doubleValue());
    }

    private static @Nullable NumberValue ofDouble(double number) {
        return Double.isFinite(number) ? new NumberValue(ValueTag.DOUBLE, 0, number) : null;
    }

    /** The sum; whole if both are. Null if it leaves 64 bits, or is no finite number. */
    public @Nullable NumberValue plus(NumberValue diff) {
        if (tag == ValueTag.DOUBLE || diff.tag == ValueTag.DOUBLE) {
            return ofDouble(asDouble() + diff.asDouble());
        }
        long sum = whole + diff.whole;
        return ((whole ^ sum) & (diff.whole ^ sum)) < 0 ? null : new NumberValue(tag, sum, 0);
    }

    /** Whether it is a floating-point number. */
    public boolean isDouble() {
        return tag == ValueTag.DOUBLE;
    }

    /** The whole number that it is; 0 if it is a floating-point number. */
    public long whole() {
        return whole;
    }

    private double asDouble() {
        return tag == ValueTag.DOUBLE ? fraction : whole;
    }

    /** The value: of a whole number with the tag it had, if that is wide enough, else INT64. */
    public Bytes toBytes() {
        if (tag == ValueTag.DOUBLE) {
            return Bytes.of(ByteBuffer.allocate(1 + Double.BYTES)
                    .put(tag)
                    .putDouble(fraction)
                    .array());
        }
        return whole(tag, whole);
    }

    /**
     * A whole number as a value of the kind that the present one has, while it fits: who stored an {@code Integer} finds one, whichever
     * door has counted on it. Else it is a 64-bit one.
     *
     * @param present the value in whose place it comes; empty if there is none
     */
    public static Bytes whole(Bytes present, long number) {
        Bytes bare = FlaggedValue.bare(present);
        return whole(bare.length() == 0 ? ValueTag.INT64 : bare.get(0), number);
    }

    private static Bytes whole(byte tag, long number) {
        if (tag == ValueTag.INT32 && (int) number == number) {
            return Bytes.of(ByteBuffer.allocate(1 + Integer.BYTES)
                    .put(tag)
                    .putInt((int) number)
                    .array());
        }
        if (tag == ValueTag.INT16 && (short) number == number) {
            return Bytes.of(ByteBuffer.allocate(1 + Short.BYTES)
                    .put(tag)
                    .putShort((short) number)
                    .array());
        }
        if (tag == ValueTag.INT8 && (byte) number == number) {
            return Bytes.of(new byte[] {tag, (byte) number});
        }
        return Bytes.of(ByteBuffer.allocate(1 + Long.BYTES)
                .put(ValueTag.INT64)
                .putLong(number)
                .array());
    }
}
