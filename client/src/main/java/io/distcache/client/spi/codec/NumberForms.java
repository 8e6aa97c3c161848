package io.distcache.client.spi.codec;

import io.distcache.client.UndecodableValueException;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Numbers and what is made of one: an int alone is an Integer, other types have a tag. Stateless. */
final class NumberForms {
    private NumberForms() {}

    static void register(FormTable forms) {
        forms.form(Boolean.class, (out, value) -> out.generator().writeBoolean((Boolean) value));
        forms.form(Integer.class, (out, value) -> out.generator().writeNumber((Integer) value));
        // Through the bits: one NaN, as equals knows only one.
        forms.form(
                Float.class,
                (out, value) -> out.generator().writeNumber(Float.intBitsToFloat(Float.floatToIntBits((Float) value))));
        forms.form(
                Double.class,
                (out, value) ->
                        out.generator().writeNumber(Double.longBitsToDouble(Double.doubleToLongBits((Double) value))));

        forms.form(
                Long.class, PortableTag.LONG, (out, value) -> out.generator().writeNumber(value), in -> in.longValue());
        forms.form(
                Short.class, PortableTag.SHORT, (out, value) -> out.generator().writeNumber(value.intValue()), in ->
                        (short) within(in.intValue(), Short.MIN_VALUE, Short.MAX_VALUE));
        forms.form(Byte.class, PortableTag.BYTE, (out, value) -> out.generator().writeNumber(value.intValue()), in ->
                (byte) within(in.intValue(), Byte.MIN_VALUE, Byte.MAX_VALUE));
        forms.form(
                Character.class,
                PortableTag.CHAR,
                (out, value) -> out.generator().writeNumber((int) value),
                in -> (char) within(in.intValue(), Character.MIN_VALUE, Character.MAX_VALUE));

        forms.form(
                BigInteger.class,
                PortableTag.BIG_INTEGER,
                (out, value) -> out.generator().writeBinary(value.toByteArray()),
                in -> new BigInteger(in.binary()));
        forms.form(BigDecimal.class, PortableTag.BIG_DECIMAL, NumberForms::writeDecimal, NumberForms::readDecimal);

        forms.form(
                OptionalInt.class,
                PortableTag.OPTIONAL_INT,
                (out, value) -> {
                    out.generator().writeStartArray(value, value.isPresent() ? 1 : 0);
                    if (value.isPresent()) {
                        out.generator().writeNumber(value.getAsInt());
                    }
                    out.generator().writeEndArray();
                },
                in -> startsEmpty(in) ? OptionalInt.empty() : last(in, OptionalInt.of(in.intValue())));
        forms.form(
                OptionalLong.class,
                PortableTag.OPTIONAL_LONG,
                (out, value) -> {
                    out.generator().writeStartArray(value, value.isPresent() ? 1 : 0);
                    if (value.isPresent()) {
                        out.generator().writeNumber(value.getAsLong());
                    }
                    out.generator().writeEndArray();
                },
                in -> startsEmpty(in) ? OptionalLong.empty() : last(in, OptionalLong.of(in.longValue())));
        forms.form(
                OptionalDouble.class,
                PortableTag.OPTIONAL_DOUBLE,
                (out, value) -> {
                    out.generator().writeStartArray(value, value.isPresent() ? 1 : 0);
                    if (value.isPresent()) {
                        // As for Double.
                        out.generator()
                                .writeNumber(Double.longBitsToDouble(Double.doubleToLongBits(value.getAsDouble())));
                    }
                    out.generator().writeEndArray();
                },
                in -> startsEmpty(in) ? OptionalDouble.empty() : last(in, OptionalDouble.of(in.doubleValue())));
    }

    private static void writeDecimal(PortableWriter out, BigDecimal value) throws IOException {
        out.generator().writeStartArray(value, 2);
        byte[] unscaled = value.unscaledValue().toByteArray();
        out.cost().decimal(unscaled.length);
        out.generator().writeNumber(value.scale());
        out.generator().writeBinary(unscaled);
        out.generator().writeEndArray();
    }

    private static BigDecimal readDecimal(PortableReader in) throws IOException {
        in.startArray();
        int scale = (int) within(in.nextLong(), Integer.MIN_VALUE, Integer.MAX_VALUE);
        in.more();
        byte[] unscaled = in.binary();
        in.cost().decimal(unscaled.length);
        BigDecimal value = new BigDecimal(new BigInteger(unscaled), scale);
        in.endArray();
        return value;
    }

    /** Enters an array of at most one element and steps to it; true if there is none. */
    static boolean startsEmpty(PortableReader in) throws IOException {
        in.startArray();
        return !in.more();
    }

    /** Leaves the array after {@code element}. */
    static <T> T last(PortableReader in, T element) throws IOException {
        in.endArray();
        return element;
    }

    private static long within(long number, long min, long max) {
        if (number < min || number > max) {
            throw new UndecodableValueException(number + " is not within " + min + " and " + max);
        }
        return number;
    }
}
