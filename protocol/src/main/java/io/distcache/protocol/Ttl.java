package io.distcache.protocol;

/**
 * Times to live in milliseconds, with names for the values that are not durations. A ttl is relative; the node turns it into
 * an absolute deadline with its own clock. Stateless.
 */
public final class Ttl {
    /** Never expires. */
    public static final long ETERNAL = Long.MAX_VALUE;
    /** Leave the entry's deadline as it is. */
    public static final long UNCHANGED = -1;
    /** What the cache's definition says for this kind of change. */
    public static final long DEFINED = -2;
    /** Expires at once: the entry is not stored, or removed if it was there. */
    public static final long NOW = 0;

    private Ttl() {}

    /** Whether {@code millis} is a duration or one of the names above. */
    public static boolean isValid(long millis) {
        return millis >= DEFINED;
    }
}
