package io.distcache.server.log;

import java.time.Duration;

/** How much of the log stays although no snapshot needs it, for replay to a moment in the past. Immutable. */
public final class Retention {
    /** What no snapshot needs goes. */
    public static final Retention NONE = new Retention(Duration.ZERO, 0);

    /** Everything stays. */
    public static final Retention ALL = new Retention(Duration.ZERO, Long.MAX_VALUE);

    private final Duration duration;
    private final long bytes;

    /**
     * A segment stays for either reason.
     *
     * @param duration segments whose last change is younger stay
     * @param bytes segments stay as long as all together are no larger
     */
    public Retention(Duration duration, long bytes) {
        this.duration = duration;
        this.bytes = bytes;
    }

    /** Whether it keeps anything at all. */
    public boolean isNothing() {
        return duration.isZero() && bytes == 0;
    }

    /** Whether a segment may stay: its last change is so old, and it and all later ones are so large. */
    boolean keeps(long ageMillis, long bytesFromItOn) {
        return ageMillis < duration.toMillis() || bytesFromItOn <= bytes;
    }
}
