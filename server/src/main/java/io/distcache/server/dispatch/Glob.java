package io.distcache.server.dispatch;

import io.distcache.protocol.Bytes;

/**
 * Patterns as Redis has them: {@code * ? [a-c] [^a] \x}, byte by byte. Matching takes pattern times text at worst, whatever the stars, and
 * is given up with {@link TooCostly} where that is more than a moment. Immutable.
 */
public final class Glob {
    /** The longest pattern that is to be taken from a client. */
    public static final int MAX_BYTES = 1024;

    /** What matching may take besides {@link #STEPS_FOR_BYTE} for each byte of the text: some milliseconds. */
    private static final long MOST_STEPS = 4_000_000;

    private static final int STEPS_FOR_BYTE = 2;

    /** A pattern and a text that are too much for each other. */
    public static final class TooCostly extends RuntimeException {
        private static final long serialVersionUID = 1;

        private TooCostly(int pattern, int text) {
            super(
                    "a pattern of " + pattern + " bytes takes too long to match with " + text
                            + " bytes; use a shorter one, or fewer stars in it",
                    null,
                    false,
                    false);
        }
    }

    private final byte[] pattern;
    private final boolean ignoreCase;

    /**
     * A pattern.
     *
     * @param ignoreCase of ASCII letters
     */
    public Glob(byte[] pattern, boolean ignoreCase) {
        this.pattern = pattern;
        this.ignoreCase = ignoreCase;
    }

    /** A pattern that knows capitals from small letters. */
    public Glob(Bytes pattern) {
        this(pattern.toByteArray(), false);
    }

    /** Whether the pattern lets everything through. */
    public boolean isAny() {
        return pattern.length == 1 && pattern[0] == '*';
    }

    /** How many steps it may take to match a text of this length, at worst. */
    public long cost(int length) {
        return isAny() ? 1 : (long) length * Math.min(length, pattern.length);
    }

    /**
     * Whether the bytes from {@code from} to before {@code to} are as the pattern says.
     *
     * @throws TooCostly if it takes too long to find out
     */
    public boolean matches(byte[] text, int from, int to) {
        long steps = MOST_STEPS + (long) STEPS_FOR_BYTE * (to - from);
        int at = from;
        int p = 0;
        int star = -1;
        int starAt = 0;
        while (at < to || p < pattern.length) {
            if (--steps < 0) {
                throw new TooCostly(pattern.length, to - from);
            }
            if (p < pattern.length && pattern[p] == '*') {
                // The latest star takes what follows; an earlier one need never take more, as all between has matched.
                star = ++p;
                starAt = at;
                continue;
            }
            int next = -1;
            if (at < to && p < pattern.length) {
                // A class is looked through from its begin, perhaps to the end of the pattern.
                steps -= pattern[p] == '[' ? pattern.length - p : 0;
                next = matchOne(p, text[at]);
            }
            if (next >= 0) {
                p = next;
                at++;
            } else if (star >= 0 && starAt < to) {
                p = star;
                at = ++starAt;
            } else {
                return false;
            }
        }
        return true;
    }

    /** Where the pattern goes on after its element at {@code p} has matched the byte; -1 if it does not. */
    private int matchOne(int p, byte b) {
        byte c = pattern[p];
        if (c == '?') {
            return p + 1;
        }
        if (c == '[') {
            return matchClass(p + 1, b);
        }
        if (c == '\\' && p + 1 < pattern.length) {
            return same(pattern[p + 1], b) ? p + 2 : -1;
        }
        return same(c, b) ? p + 1 : -1;
    }

    private int matchClass(int start, byte b) {
        int p = start;
        boolean not = p < pattern.length && pattern[p] == '^';
        if (not) {
            p++;
        }
        boolean found = false;
        while (true) {
            if (p >= pattern.length) {
                // An open class ends with the pattern.
                p = pattern.length - 1;
                break;
            }
            if (pattern[p] == '\\' && p + 1 < pattern.length) {
                p++;
                found |= pattern[p] == b;
            } else if (pattern[p] == ']') {
                break;
            } else if (p + 2 < pattern.length && pattern[p + 1] == '-') {
                int low = fold(pattern[p]);
                int high = fold(pattern[p + 2]);
                int c = fold(b);
                found |= c >= Math.min(low, high) && c <= Math.max(low, high);
                p += 2;
            } else {
                found |= same(pattern[p], b);
            }
            p++;
        }
        return found != not ? p + 1 : -1;
    }

    private boolean same(byte one, byte other) {
        return fold(one) == fold(other);
    }

    private int fold(byte b) {
        return ignoreCase && b >= 'A' && b <= 'Z' ? b + ('a' - 'A') : b & 0xff;
    }
}
