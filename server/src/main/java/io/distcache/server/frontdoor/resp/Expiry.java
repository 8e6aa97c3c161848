package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Ttl;
import io.distcache.server.shard.operation.EntryView;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * When an entry is to expire: nothing said, never, or a moment. Immutable.
 *
 * @param millis since 1970 if {@code absolute}, else from now
 */
record Expiry(boolean said, boolean absolute, long millis) {
    static final Expiry NONE = new Expiry(false, false, 0);

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

    /** What is said by an option and the word after it; null if it is refused, which the client has been told. */
    static @Nullable Expiry read(RespClient c, Request r, int option) {
        boolean seconds = r.is(option, "ex") || r.is(option, "exat");
        boolean absolute = r.is(option, "exat") || r.is(option, "pxat");
        return read(c, r, option + 1, seconds ? 1000 : 1, absolute);
    }

    /** The same of the number at a word. */
    static @Nullable Expiry read(RespClient c, Request r, int at, int unitMillis, boolean absolute) {
        if (!r.isInteger(at)) {
            c.error(Errors.NO_INTEGER);
            return null;
        }
        long number = r.number();
        long now = c.node().clock().millis();
        if (number <= 0
                || number > Long.MAX_VALUE / unitMillis
                || (!absolute && number * unitMillis > Long.MAX_VALUE - now)) {
            c.error("ERR invalid expire time in '" + c.current().name() + "' command");
            return null;
        }
        return new Expiry(true, absolute, number * unitMillis);
    }
}
