package io.distcache.server.cli.pool;

import java.util.Locale;

/** Numbers as people read them, in a few characters. Stateless. */
final class Quantity {
    private static final String[] TIMES_1024 = {"", "K", "M", "G", "T", "P", "E"};
    private static final String[] TIMES_1000 = {"", "k", "m", "g", "t", "p", "e"};
    private static final int EXACT_BELOW = 10_000;
    private static final long MINUTE = 60;
    private static final long HOUR = 60 * MINUTE;
    private static final int EXACT_DAYS = 10;
    private static final long DAY = 24 * HOUR;

    private Quantity() {}

    /** {@code 512}, {@code 1.5K}, {@code 230M}, {@code 12G}: multiples of 1024. */
    static String bytes(long bytes) {
        return scaled(bytes, 1024, TIMES_1024);
    }

    /** {@code 9999}, {@code 12k}, {@code 1.5m}: multiples of 1000. */
    static String count(long count) {
        return count < EXACT_BELOW ? Long.toString(count) : scaled(count, 1000, TIMES_1000);
    }

    private static String scaled(long value, int base, String[] units) {
        double scaled = value;
        int unit = 0;
        // What would be rounded to four digits goes to the next unit.
        while (scaled >= base - 0.5 && unit < units.length - 1) {
            scaled /= base;
            unit++;
        }
        boolean isWhole = unit == 0 || scaled >= 9.95;
        return String.format(Locale.ROOT, isWhole ? "%.0f%s" : "%.1f%s", scaled, units[unit]);
    }

    /** {@code 30%} of a whole; none of none is {@code 0%}. */
    static String percent(long part, long whole) {
        return whole <= 0 ? "0%" : percent(100.0 * part / whole);
    }

    /** Not rounded up to all, nor down to nothing. */
    static String percent(double percent) {
        long shown = Math.round(percent);
        return (percent < 100 && shown == 100 ? 99 : percent > 0 && shown == 0 ? 1 : shown) + "%";
    }

    /** {@code 250us}, {@code 1.2ms}, {@code 1.5s}: how long something took. */
    static String micros(long micros) {
        if (micros < 1000) {
            return micros == 0 ? "0" : micros + "us";
        }
        double millis = micros / 1e3;
        return millis < 999.5 ? shortened(millis) + "ms" : shortened(millis / 1e3) + "s";
    }

    private static String shortened(double value) {
        return String.format(Locale.ROOT, value < 9.95 ? "%.1f" : "%.0f", value);
    }

    /** {@code 45s}, {@code 12m}, {@code 3h12m}, {@code 5d3h}, {@code 120d}: how long ago something was. */
    static String age(long millis) {
        long seconds = millis / 1000;
        if (seconds < MINUTE) {
            return seconds + "s";
        }
        if (seconds < HOUR) {
            return seconds / MINUTE + "m";
        }
        if (seconds < DAY) {
            return seconds / HOUR + "h" + seconds % HOUR / MINUTE + "m";
        }
        return seconds / DAY + "d" + (seconds < EXACT_DAYS * DAY ? seconds % DAY / HOUR + "h" : "");
    }
}
