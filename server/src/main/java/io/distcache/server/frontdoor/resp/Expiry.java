package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Ttl;
import io.distcache.server.shard.operation.EntryView;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * When an entry is to expire: nothing said, never, or a moment. Immutable.
 *
 * @param millis since 1970 if {@code absolute}, else from now
 * @param wrong why it is refused; null if it is not
 */
record Expiry(
        boolean said,
        boolean absolute,
        long millis,
        @Nullable String wrong) {
    static final Expiry NONE = new Expiry(false, false, 0, null);

    /** The ttl from now on; 0 if the moment has passed. */
    long ttl(EntryView entry) {
        return absolute ? Math.max(Ttl.NOW, entry.ofWall(millis) - entry.nowMillis()) : millis;
    }

    /** Whether a word begins an option that says when an entry is to expire. */
    static boolean isOption(Request r, int i) {
        return r.is(i, "ex") || r.is(i, "px") || r.is(i, "exat") || r.is(i, "pxat");
    }

    /** Whether two words are the same option. */
    static boolean isSameOption(Request r, int one, int other) {
        return r.is(other, r.text(one).toLowerCase(Locale.ROOT));
    }

    /** What is said by an option and the word after it. */
    static Expiry read(RespClient c, Request r, int option) {
        boolean seconds = r.is(option, "ex") || r.is(option, "exat");
        boolean absolute = r.is(option, "exat") || r.is(option, "pxat");
        return read(c, r, option + 1, seconds ? 1000 : 1, absolute);
    }

    /** What is said by the number at a word. */
    static Expiry read(RespClient c, Request r, int at, int unitMillis, boolean absolute) {
        if (!r.isInteger(at)) {
            return wrong(Errors.NO_INTEGER);
        }
        long number = r.number();
        long now = c.node().clock().millis();
        if (number <= 0
                || number > Long.MAX_VALUE / unitMillis
                || (!absolute && number * unitMillis > Long.MAX_VALUE - now)) {
            return wrong("ERR invalid expire time in '" + c.current().name() + "' command");
        }
        return new Expiry(true, absolute, number * unitMillis, null);
    }

    private static Expiry wrong(String message) {
        return new Expiry(true, false, 0, message);
    }
}
