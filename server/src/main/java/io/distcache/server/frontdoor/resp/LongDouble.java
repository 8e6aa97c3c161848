package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A number of INCRBYFLOAT: C's {@code long double} on x86, which has a mantissa of 64 bits and prints 17 decimals. Results hence have
 * the same digits as those of a redis-server there. Immutable.
 *
 * @param mantissa with its sign; 64 bits, or fewer for zero and the smallest numbers
 * @param exponent of the two that it is multiplied with
 */
record LongDouble(BigInteger mantissa, int exponent) {
    static final LongDouble ZERO = new LongDouble(BigInteger.ZERO, 0);

    private static final LongDouble INFINITE = new LongDouble(BigInteger.ONE, Integer.MAX_VALUE);
    private static final int MANTISSA_BITS = 64;
    private static final int LEAST_EXPONENT = -16_445;
    private static final int MOST_EXPONENT = 16_320;
    private static final int LONG_EXPONENT = 1_000;
    private static final int DECIMALS = 17;
    private static final BigInteger FIVE = BigInteger.valueOf(5);
    /** Redis copies it to a buffer of so many bytes. */
    private static final int TOO_MANY_BYTES = 5 * 1024;

    private static final Pattern DECIMAL =
            Pattern.compile("(?=\\.?+[0-9])([0-9]*+)\\.?+([0-9]*+)(?:[eE]([+-]?+[0-9]++))?+");
    private static final Pattern HEXADECIMAL =
            Pattern.compile("0[xX](?=\\.?+[0-9a-fA-F])([0-9a-fA-F]*+)\\.?+([0-9a-fA-F]*+)(?:[pP]([+-]?+[0-9]++))?+");

    /** The nearest such number, or null where {@code strtold} finds none, or Redis refuses what it finds. */
    static @Nullable LongDouble parse(Bytes bytes) {
        if (bytes.length() == 0 || bytes.length() >= TOO_MANY_BYTES) {
            return null;
        }
        String text = new String(bytes.array(), bytes.offset(), bytes.length(), StandardCharsets.ISO_8859_1);
        boolean negative = text.startsWith("-");
        String number = negative || text.startsWith("+") ? text.substring(1) : text;
        if (number.equalsIgnoreCase("inf") || number.equalsIgnoreCase("infinity")) {
            return INFINITE;
        }
        LongDouble parsed = number.startsWith("0x") || number.startsWith("0X") ? hexadecimal(number) : decimal(number);
        if (parsed == null || parsed.isInfinite()) {
            return null;
        }
        return negative ? new LongDouble(parsed.mantissa.negate(), parsed.exponent) : parsed;
    }

    private static @Nullable LongDouble decimal(String number) {
        Matcher parts = DECIMAL.matcher(number);
        if (!parts.matches()) {
            return null;
        }
        String digits = significant(parts);
        if (digits.isEmpty()) {
            return ZERO;
        }
        long tens = exponent(parts) - parts.group(2).length();
        // What is far out of range takes no arithmetic.
        if (Math.abs(digits.length() + tens) > 4_960) {
            return null;
        }
        BigInteger whole = whole(digits);
        BigInteger fives = FIVE.pow((int) Math.abs(tens));
        return tens >= 0
                ? rounded(whole.multiply(fives), BigInteger.ONE, (int) tens)
                : rounded(whole, fives, (int) tens);
    }

    /** In halves: the constructor's time grows with the square of the length. */
    private static BigInteger whole(String digits) {
        if (digits.length() <= 400) {
            return new BigInteger(digits);
        }
        int first = digits.length() / 2;
        return whole(digits.substring(0, first))
                .multiply(BigInteger.TEN.pow(digits.length() - first))
                .add(whole(digits.substring(first)));
    }

    private static @Nullable LongDouble hexadecimal(String number) {
        Matcher parts = HEXADECIMAL.matcher(number);
        if (!parts.matches()) {
            return null;
        }
        String digits = significant(parts);
        if (digits.isEmpty()) {
            return ZERO;
        }
        long twos = exponent(parts) - 4L * parts.group(2).length();
        if (Math.abs(4L * digits.length() + twos) > 16_500) {
            return null;
        }
        return rounded(new BigInteger(digits, 16), BigInteger.ONE, (int) twos);
    }

    /** The digits from the first that is no zero. */
    private static String significant(Matcher parts) {
        String digits = parts.group(1) + parts.group(2);
        int zeros = 0;
        while (zeros < digits.length() && digits.charAt(zeros) == '0') {
            zeros++;
        }
        return digits.substring(zeros);
    }

    private static long exponent(Matcher parts) {
        String text = parts.group(3);
        if (text == null) {
            return 0;
        }
        boolean negative = text.startsWith("-");
        long exponent = 0;
        for (int i = negative || text.startsWith("+") ? 1 : 0; i < text.length(); i++) {
            exponent = Math.min(10 * exponent + text.charAt(i) - '0', Integer.MAX_VALUE);
        }
        return negative ? -exponent : exponent;
    }

    /** Whether it is infinite. */
    boolean isInfinite() {
        return exponent > MOST_EXPONENT;
    }

    /** Whether its digits take a hundred times as long as those of usual numbers. */
    boolean isLong() {
        return Math.abs(exponent) > LONG_EXPONENT;
    }

    /** The nearest number to their sum, which may be infinite. */
    static LongDouble sum(LongDouble one, LongDouble other) {
        if (one.isInfinite() || other.isInfinite()) {
            return INFINITE;
        }
        boolean isFirst = one.exponent >= other.exponent;
        LongDouble greater = isFirst ? one : other;
        LongDouble less = isFirst ? other : one;
        if (greater.mantissa.signum() == 0) {
            return less;
        }
        int apart = greater.exponent - less.exponent;
        if (apart > 2 * MANTISSA_BITS) {
            return greater; // The other is under a quarter of its last bit.
        }
        BigInteger exact = greater.mantissa.shiftLeft(apart).add(less.mantissa);
        LongDouble sum = rounded(exact.abs(), BigInteger.ONE, less.exponent);
        if (sum == null) {
            return ZERO;
        }
        return exact.signum() < 0 ? new LongDouble(sum.mantissa.negate(), sum.exponent) : sum;
    }

    /** As {@code %.17Lf} prints it, without zeros at the end. */
    String print() {
        if (exponent >= 0) {
            return mantissa.shiftLeft(exponent).toString();
        }
        if (exponent < -2 * MANTISSA_BITS) {
            return "0";
        }
        BigInteger decimals = quotient(mantissa.abs().multiply(BigInteger.TEN.pow(DECIMALS)), BigInteger.ONE, exponent);
        if (decimals.signum() == 0) {
            return "0";
        }
        return new BigDecimal(mantissa.signum() < 0 ? decimals.negate() : decimals, DECIMALS)
                .stripTrailingZeros()
                .toPlainString();
    }

    /**
     * The number nearest to {@code numerator / denominator * 2^shift}; of two, the even one. Null if that is zero. In whole numbers, of
     * which only the quotient's first bits are made, so that it takes microseconds also where exponents are large.
     */
    private static @Nullable LongDouble rounded(BigInteger numerator, BigInteger denominator, int shift) {
        // With that the quotient has as many bits as the mantissa, or one more.
        int exponent =
                Math.max(LEAST_EXPONENT, numerator.bitLength() - denominator.bitLength() - MANTISSA_BITS + shift);
        BigInteger mantissa = quotient(numerator, denominator, shift - exponent);
        while (mantissa.bitLength() > MANTISSA_BITS) {
            exponent++;
            mantissa = quotient(numerator, denominator, shift - exponent);
        }
        if (mantissa.signum() == 0) {
            return null;
        }
        return exponent > MOST_EXPONENT ? INFINITE : new LongDouble(mantissa, exponent);
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
