package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Ttl;
import io.distcache.server.frontdoor.value.PlainValue;
import io.distcache.server.shard.operation.EntryView;
import io.distcache.server.shard.operation.NumberValue;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Numbers as memcached reads them, and counts with them. Stateless. */
final class Numbers {
    /** Times up to this many seconds are from now on, later ones since 1970. */
    private static final long MOST_RELATIVE_SECONDS = 60 * 60 * 24 * 30;

    private static final int MOST_LOOKED_AT = 1024;

    private Numbers() {}

    /** An unsigned number of 64 bits; null if it is none. */
    static @Nullable Long unsigned(String text) {
        String digits = digits(text);
        if (digits == null) {
            return null;
        }
        try {
            long magnitude = Long.parseUnsignedLong(digits);
            boolean isNegative = isNegative(text);
            long number = isNegative ? -magnitude : magnitude;
            return isNegative && number < 0 ? null : (Long) number;
        } catch (NumberFormatException tooLarge) {
            return null;
        }
    }

    /** A signed number of 32 bits, as lengths are; null if it is none. */
    static @Nullable Long signed(String text) {
        Long number = wide(text);
        return number == null || number != number.intValue() ? null : number;
    }

    /** An expiry time; null if it is none. Of one that 32 bits cannot hold memcached sees the lower ones only. */
    static @Nullable Long time(String text) {
        Long number = wide(text);
        return number == null ? null : (Long) (long) number.intValue();
    }

    private static @Nullable Long wide(String text) {
        String digits = digits(text);
        try {
            return digits == null ? null : (Long) Long.parseLong(isNegative(text) ? "-" + digits : digits);
        } catch (NumberFormatException tooLarge) {
            return null;
        }
    }

    /** The digits after white space and a sign, if nothing but white space follows at once, as strtoull(3) and its callers want it. */
    private static @Nullable String digits(String text) {
        int from = begin(text);
        if (from < text.length() && (text.charAt(from) == '-' || text.charAt(from) == '+')) {
            from++;
        }
        int to = from;
        while (to < text.length() && text.charAt(to) >= '0' && text.charAt(to) <= '9') {
            to++;
        }
        return to == from || (to < text.length() && !isSpace(text.charAt(to))) ? null : text.substring(from, to);
    }

    private static boolean isNegative(String text) {
        int begin = begin(text);
        return begin < text.length() && text.charAt(begin) == '-';
    }

    private static int begin(String text) {
        int at = 0;
        while (at < text.length() && isSpace(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    /** The ttl that an expiry time means for an entry, from the moment of the command on. */
    static long ttl(long seconds, EntryView entry, long none) {
        return ttl(seconds, entry.toWall(entry.nowMillis()), none);
    }

    /** The ttl that an expiry time means, from a moment of the system's clock on. */
    static long ttl(long seconds, long nowMillis, long none) {
        if (seconds == 0) {
            return none;
        }
        if (seconds < 0) {
            return Ttl.NOW;
        }
        if (seconds <= MOST_RELATIVE_SECONDS) {
            return seconds * 1000;
        }
        return seconds > Long.MAX_VALUE / 1000 ? Ttl.ETERNAL : Math.max(Ttl.NOW, seconds * 1000 - nowMillis);
    }

    /**
     * Adds to the number that an entry is, around 64 bits, or takes from it, down to 0.
     *
     * @return what it is now, unsigned; null if it is no number, and stays as it is
     */
    static @Nullable Long add(EntryView entry, long delta, boolean decrements) {
        Long before = stored(entry.value());
        if (before == null) {
            return null;
        }
        boolean isBelowZero = decrements && Long.compareUnsigned(delta, before) > 0;
        long after = isBelowZero ? 0 : decrements ? before - delta : before + delta;
        replace(entry, after);
        return after;
    }

    /** The number that a stored value is to incr and decr, unsigned; null if it is none. */
    private static @Nullable Long stored(Bytes value) {
        Long whole = NumberValue.wholeOf(value);
        if (whole != null) {
            return whole < 0 ? null : whole;
        }
        Bytes plain = PlainValue.plain(value);
        // What follows the digits does not matter, if it is white space first.
        int looked = Math.min(plain.length(), MOST_LOOKED_AT);
        return unsigned(new String(plain.array(), plain.offset(), looked, StandardCharsets.ISO_8859_1));
    }

    /**
     * Stores another number in place of one. If it is no longer, memcached changes the entry that is there, which keeps what is known of it;
     * else it makes another, with the same flags.
     */
    private static void replace(EntryView entry, long unsigned) {
        Bytes old = entry.value();
        Bytes next = unsigned >= 0 ? NumberValue.whole(old, unsigned) : value(unsigned);
        if (PlainValue.plainLength(next) > PlainValue.plainLength(old)) {
            entry.store(PlainValue.flagged(next, PlainValue.flags(old), 0));
            return;
        }
        boolean wasRead = entry.wasRead();
        if (entry.store(PlainValue.like(old, next)) && wasRead) {
            entry.setRead();
        }
    }

    /** The value of an unsigned number: an integer to all doors, or text if it is over what a long can say. */
    static Bytes value(long unsigned) {
        return unsigned >= 0 ? PlainValue.ofInteger(unsigned) : PlainValue.ofText(Long.toUnsignedString(unsigned));
    }
}
