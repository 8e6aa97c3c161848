package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import java.math.BigDecimal;
import java.math.BigInteger;
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

    /** Whether its arithmetic takes long, as that of the largest and the smallest numbers does. */
    static boolean isLong(BigDecimal number) {
        return Math.abs((long) number.scale()) > 200 || number.unscaledValue().bitLength() > 600;
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
        if (number.precision() - number.scale() < -DECIMALS) {
            return "0";
        }
        BigDecimal rounded = number.setScale(DECIMALS, RoundingMode.HALF_EVEN);
        return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
    }

    /**
     * Rounds to 64 significant bits, half to even. In whole numbers throughout: dividing decimals by powers of two exactly takes seconds
     * where exponents are large, since the quotient is freed of its zeros one by one.
     */
    private static BigDecimal round(BigDecimal exact) {
        int scale = exact.scale();
        BigInteger numerator = exact.unscaledValue().abs();
        BigInteger denominator = BigInteger.ONE;
        if (scale > 0) {
            denominator = BigInteger.TEN.pow(scale);
        } else {
            numerator = numerator.multiply(BigInteger.TEN.pow(-scale));
        }
        // Of the quotient's length this is one off at most.
        int shift = MANTISSA_BITS - (numerator.bitLength() - denominator.bitLength());
        BigInteger mantissa = quotient(numerator, denominator, shift);
        while (mantissa.bitLength() > MANTISSA_BITS) {
            shift--;
            mantissa = quotient(numerator, denominator, shift);
        }
        while (mantissa.bitLength() < MANTISSA_BITS) {
            shift++;
            mantissa = quotient(numerator, denominator, shift);
        }
        // m / 2^s is m * 5^s / 10^s. Zeros at the end of the mantissa would only make the decimal longer.
        int zeros = Math.min(mantissa.getLowestSetBit(), Math.max(0, shift));
        mantissa = mantissa.shiftRight(zeros);
        shift -= zeros;
        BigDecimal rounded = shift >= 0
                ? new BigDecimal(mantissa.multiply(BigInteger.valueOf(5).pow(shift)), shift)
                : new BigDecimal(mantissa.shiftLeft(-shift));
        return exact.signum() < 0 ? rounded.negate() : rounded;
    }

    /** The whole number nearest to {@code numerator / denominator * 2^shift}; of two, the even one. */
    private static BigInteger quotient(BigInteger numerator, BigInteger denominator, int shift) {
        BigInteger above = shift > 0 ? numerator.shiftLeft(shift) : numerator;
        BigInteger below = shift < 0 ? denominator.shiftLeft(-shift) : denominator;
        BigInteger[] parts = above.divideAndRemainder(below);
        int half = parts[1].shiftLeft(1).compareTo(below);
        boolean isUp = half > 0 || (half == 0 && parts[0].testBit(0));
        return isUp ? parts[0].add(BigInteger.ONE) : parts[0];
    }
}
