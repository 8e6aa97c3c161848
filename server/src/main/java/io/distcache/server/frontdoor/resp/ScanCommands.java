package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Bytes;
import io.distcache.server.dispatch.Glob;
import io.distcache.server.frontdoor.value.PlainValue;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The commands that walk over all keys. Stateless. */
final class ScanCommands {
    private static final int SCAN_PAGE = 10;
    /** However many a client asks for: COUNT is a wish, and others wait for a page. */
    private static final int MAX_SCAN_PAGE = 10_000;

    private static final Pattern CURSOR = Pattern.compile("|([-+]?)0*(\\d{1,20})");

    private static final int RANDOM_WORK = 64;
    private static final Glob ANY = new Glob(Bytes.ofUtf8("*"));

    private ScanCommands() {}

    static void bind(RespActions actions) {
        actions.read("randomkey", ScanCommands::randomkey);
        actions.read("keys", ScanCommands::keys);
        actions.read("scan", ScanCommands::scan);
    }

    private static void randomkey(RespClient c, Request r) {
        if (!c.mayDo(RANDOM_WORK)) {
            return;
        }
        Bytes key = c.keyspace().randomKey(PlainValue::isNameable);
        int protocol = c.protocol();
        Shown.tell(c, out -> {
            if (key == null) {
                Replies.nil(out.get(), protocol);
            } else {
                key(out.get(), key);
            }
        });
    }

    static void key(ByteBuf out, Bytes key) {
        Replies.bulk(out, key.array(), key.offset() + 1, key.length() - 1);
    }

    private static void keys(RespClient c, Request r) {
        Glob pattern = pattern(c, r, 1, false);
        if (pattern == null) {
            return;
        }
        if (!c.isInside()) {
            new AllKeys(c, pattern).begin();
            return;
        }
        if (!c.mayDo(c.keyspace().size())) {
            return;
        }
        List<Bytes> found = new ArrayList<>();
        try {
            long cursor = 0;
            do {
                cursor = c.keyspace().scan(cursor, MAX_SCAN_PAGE, key -> addIfFits(found, key, pattern));
            } while (cursor != 0);
        } catch (Glob.TooCostly e) {
            c.error("ERR " + e.getMessage());
            return;
        }
        Shown.tell(c, out -> {
            Replies.array(out.get(), found.size());
            for (Bytes key : found) {
                key(out.get(), key);
            }
        });
    }

    /** The pattern that a word is; null if it is too long, which the client has been told. */
    static @Nullable Glob pattern(RespClient c, Request r, int index, boolean ignoreCase) {
        if (r.length(index) > Glob.MAX_BYTES) {
            c.error("ERR a pattern of " + r.length(index) + " bytes is too long, at most " + Glob.MAX_BYTES
                    + " are taken");
            return null;
        }
        return new Glob(r.copied(index).toByteArray(), ignoreCase);
    }

    static boolean fits(Bytes key, Glob pattern) {
        return PlainValue.isNameable(key)
                && (pattern.isAny() || pattern.matches(key.array(), key.offset() + 1, key.offset() + key.length()));
    }

    /** What looking at a key takes, of what a scan may in one go: its bytes, and its match. */
    static long cost(Bytes key, Glob pattern) {
        return key.length() + pattern.cost(key.length());
    }

    private static long addIfFits(List<Bytes> found, Bytes key, Glob pattern) {
        if (fits(key, pattern)) {
            found.add(key);
        }
        return cost(key, pattern);
    }

    private static void scan(RespClient c, Request r) {
        long cursor = cursor(r);
        if (cursor < 0) {
            c.error("ERR invalid cursor");
            return;
        }
        Glob pattern = ANY;
        long count = SCAN_PAGE;
        boolean strings = true;
        for (int i = 2; i < r.count(); i += 2) {
            boolean hasNext = i + 1 < r.count();
            if (r.is(i, "count") && hasNext) {
                if (!r.isInteger(i + 1)) {
                    c.error(Errors.NO_INTEGER);
                    return;
                }
                count = r.number();
                if (count < 1) {
                    c.error(Errors.SYNTAX);
                    return;
                }
            } else if (r.is(i, "match") && hasNext) {
                pattern = pattern(c, r, i + 1, false);
                if (pattern == null) {
                    return;
                }
            } else if (r.is(i, "type") && hasNext) {
                strings = r.is(i + 1, "string");
            } else {
                c.error(Errors.SYNTAX);
                return;
            }
        }
        long most = Math.min(count, MAX_SCAN_PAGE);
        if (c.isInside() && !c.mayDo(most)) {
            return;
        }
        List<Bytes> found = new ArrayList<>();
        Glob wanted = pattern;
        boolean all = strings;
        long next;
        try {
            next = c.keyspace().scan(cursor, most, key -> all ? addIfFits(found, key, wanted) : 1);
        } catch (Glob.TooCostly e) {
            c.error("ERR " + e.getMessage());
            return;
        }
        Shown.tell(c, out -> {
            Replies.array(out.get(), 2);
            Replies.bulk(out.get(), Long.toString(next));
            Replies.array(out.get(), found.size());
            for (Bytes key : found) {
                key(out.get(), key);
            }
        });
    }

    /**
     * A cursor as {@code strtoul} reads it, without white space in front: nothing is 0, and below zero it counts from the end of 64 bits.
     * Those that no scan gave are as one that has seen everything. -1 if it is none.
     */
    private static long cursor(Request r) {
        String text = r.text(1);
        int end = text.indexOf('\0');
        Matcher parts = CURSOR.matcher(end < 0 ? text : text.substring(0, end));
        if (!parts.matches()) {
            return -1;
        }
        String digits = parts.group(2);
        if (digits == null) {
            return 0;
        }
        try {
            long magnitude = Long.parseUnsignedLong(digits);
            return ("-".equals(parts.group(1)) ? -magnitude : magnitude) & Long.MAX_VALUE;
        } catch (NumberFormatException tooLarge) {
            return -1;
        }
    }
}
