package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The arithmetic of INCRBYFLOAT: C's {@code long double} on x86, which has a mantissa of 64 bits and prints 17 decimals. Results
 * hence have the same digits as those of a redis-server there. Immutable values of BigDecimal, each exactly such a number.
 */
final class LongDouble {
    private static final int MANTISSA_BITS = 64;
    private static final int DECIMALS = 17;
    private static final int MOST_EXPONENT = 4932;
    private static final int MOST_BYTES = 5 * 1024;

    private LongDouble() {}

    /** The nearest such number, or null if the text is no finite decimal. */
    static @Nullable BigDecimal parse(Bytes bytes) {
        if (bytes.length() == 0 || bytes.length() > MOST_BYTES) {
            return null;
        }
        String text = text(bytes);
        if (!isDecimal(text)) {
            return null;
        }
        BigDecimal exact;
        try {
            exact = new BigDecimal(
                    text.endsWith(".")
                            ? text.substring(0, text.length() - 1)
                            : text.replace(".e", "e").replace(".E", "E"));
        } catch (NumberFormatException e) {
            return null;
        }
        if (exact.signum() != 0 && exact.precision() - exact.scale() > MOST_EXPONENT + 1) {
            return null;
        }
        if (exact.signum() == 0 || exact.precision() - exact.scale() < -MOST_EXPONENT) {
            return BigDecimal.ZERO;
        }
        return round(exact);
    }

    private static boolean isDecimal(String text) {
        int digits = 0;
        int i = text.charAt(0) == '+' || text.charAt(0) == '-' ? 1 : 0;
        boolean point = false;
        for (; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= '0' && c <= '9') {
                digits++;
            } else if (c == '.' && !point) {
                point = true;
            } else {
                break;
            }
        }
        if (digits == 0 || i == text.length()) {
            return digits > 0;
        }
        if (text.charAt(i) != 'e' && text.charAt(i) != 'E') {
            return false;
        }
        i++;
        if (i < text.length() && (text.charAt(i) == '+' || text.charAt(i) == '-')) {
            i++;
        }
        int exponentDigits = text.length() - i;
        for (; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return exponentDigits > 0 && exponentDigits <= 5;
    }

    /** Whether the text stands for infinity. */
    static boolean isInfinite(Bytes bytes) {
        String text = text(bytes).toLowerCase(Locale.ROOT);
        String bare = text.startsWith("+") || text.startsWith("-") ? text.substring(1) : text;
        return bare.equals("inf") || bare.equals("infinity");
    }

    private static String text(Bytes bytes) {
        return new String(bytes.array(), bytes.offset(), bytes.length(), StandardCharsets.ISO_8859_1);
    }

    static BigDecimal sum(BigDecimal one, BigDecimal other) {
        BigDecimal exact = one.add(other);
        return exact.signum() == 0 ? BigDecimal.ZERO : round(exact);
    }

    /** As {@code %.17Lf} prints it, without zeros at the end. */
    static String print(BigDecimal number) {
        BigDecimal rounded = number.setScale(DECIMALS, RoundingMode.HALF_EVEN);
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }

    /** Rounds to 64 significant bits, half to even. */
    private static BigDecimal round(BigDecimal exact) {
        BigDecimal magnitude = exact.abs();
        // The power of two at or below it, from its logarithm, which may be one off.
        double log2 = magnitude.round(new MathContext(17)).unscaledValue().bitLength()
                - 1
                - magnitude.round(new MathContext(17)).scale() * (Math.log(10) / Math.log(2));
        int shift = MANTISSA_BITS - 1 - (int) Math.floor(log2);
        BigInteger mantissa = scaled(magnitude, shift);
        while (mantissa.bitLength() > MANTISSA_BITS) {
            shift--;
            mantissa = scaled(magnitude, shift);
        }
        while (mantissa.bitLength() < MANTISSA_BITS) {
            shift++;
            mantissa = scaled(magnitude, shift);
        }
        BigDecimal rounded = shift >= 0
                ? new BigDecimal(mantissa).divide(new BigDecimal(BigInteger.ONE.shiftLeft(shift)))
                : new BigDecimal(mantissa.shiftLeft(-shift));
        return exact.signum() < 0 ? rounded.negate() : rounded;
    }

    /** The whole number nearest to {@code magnitude * 2^shift}. */
    private static BigInteger scaled(BigDecimal magnitude, int shift) {
        BigDecimal product = shift >= 0
                ? magnitude.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(shift)))
                : magnitude.divide(new BigDecimal(BigInteger.ONE.shiftLeft(-shift)));
        return product.setScale(0, RoundingMode.HALF_EVEN).toBigInteger();
    }
}
