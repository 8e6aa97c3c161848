package io.distcache.server.frontdoor.memcached;

import io.distcache.protocol.Bytes;
import io.distcache.protocol.Ttl;
import io.distcache.server.frontdoor.value.PlainValue;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Numbers as memcached reads them. */
final class Numbers {
    /** Times up to this many seconds are from now on, later ones since 1970. */
    private static final long MOST_RELATIVE_SECONDS = 60 * 60 * 24 * 30;

    private Numbers() {}

    /** An unsigned number of 64 bits; null if it is none. */
    static @Nullable Long unsigned(String text) {
        try {
            return text.startsWith("+") ? null : (Long) Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** A signed number of 64 bits; null if it is none. */
    static @Nullable Long signed(String text) {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** The ttl that an expiry time means, from this moment on. */
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

    /** The number that a stored value is to incr and decr, unsigned; null if it is none. */
    static @Nullable Long stored(Bytes value) {
        if (PlainValue.isWhole(value)) {
            long number = PlainValue.whole(value);
            return number < 0 ? null : (Long) number;
        }
        Bytes plain = PlainValue.plain(value);
        if (plain.length() == 0 || plain.length() > 20) {
            return null;
        }
        // memcached itself pads numbers that became shorter.
        return unsigned(
                new String(plain.array(), plain.offset(), plain.length(), StandardCharsets.ISO_8859_1).stripTrailing());
    }

    /** The value of an unsigned number: an integer to all doors, or text if it is over what a long can say. */
    static Bytes value(long unsigned) {
        return unsigned >= 0 ? PlainValue.ofInteger(unsigned) : PlainValue.ofText(Long.toUnsignedString(unsigned));
    }
}
