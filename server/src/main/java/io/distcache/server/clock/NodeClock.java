package io.distcache.server.clock;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The time of one node, in milliseconds since 1970. It begins with the system's clock, or with the newest time in the node's data if
 * that is later, and from then on advances as time passes ({@link System#nanoTime}): it never goes back, and does not jump. So an
 * entry lives for as long as its ttl said, whoever sets the system's clock to what.
 *
 * <pre>
 *  system's clock   12:00 ... 12:05 | put back to 10:05 ... 10:10
 *  node's clock     12:00 ... 12:05 |             12:05 ... 12:10      deadlines, the log's marks, snapshots
 * </pre>
 *
 * <p>Moments that people name or are shown are of the system's clock: {@link #ofWall} and {@link #toWall} translate them, by how
 * far both are apart at that time. As long as nobody sets the clock they are equal to the millisecond. Time for which the machine is
 * suspended does not count where {@code nanoTime} does not count it, as on Linux.
 *
 * <p>Thread-safe.
 */
public final class NodeClock implements InstantSource {
    /** Smaller differences are readings that fell on two sides of something, or a clock that is being slewed. */
    private static final long NO_STEP_MILLIS = 250;

    private final InstantSource wall;
    private final LongSupplier nanos;
    /** What leases and waits are measured by. */
    private final LongSupplier passing;

    private final long beganNanos;
    /** What the clock showed when it began; raised by {@link #notBefore}. */
    private volatile long beganMillis;
    /** How far the system's clock is ahead. */
    private volatile long aheadMillis;

    /**
     * A clock that begins now.
     *
     * @param wall the system's clock, which may be set
     * @param nanos the time that passes, as {@link System#nanoTime} tells it
     */
    public NodeClock(InstantSource wall, LongSupplier nanos) {
        this(wall, nanos, nanos);
    }

    private NodeClock(InstantSource wall, LongSupplier nanos, LongSupplier passing) {
        this.wall = wall;
        this.nanos = nanos;
        this.passing = passing;
        this.beganNanos = nanos.getAsLong();
        this.beganMillis = wall.millis();
    }

    /** That of this machine. */
    public static NodeClock system() {
        return new NodeClock(InstantSource.system(), System::nanoTime);
    }

    /**
     * The given one, if it is such a clock; else one that takes the readings of another for the time that passes, but for {@link
     * #passedNanos}.
     */
    public static NodeClock of(InstantSource clock) {
        return clock instanceof NodeClock already
                ? already
                : new NodeClock(clock, () -> clock.millis() * 1_000_000, System::nanoTime);
    }

    /** Nanoseconds from anywhere, as time passes: for how long somebody holds or waits for something. */
    public long passedNanos() {
        return passing.getAsLong();
    }

    @Override
    public long millis() {
        return beganMillis + runningMillis();
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    /** How long it has been running. */
    public long runningMillis() {
        return (nanos.getAsLong() - beganNanos) / 1_000_000;
    }

    /** Goes forward to a moment, if that has not come yet: time does not go back over a restart either. */
    public synchronized void notBefore(long millis) {
        long missing = millis - millis();
        if (missing > 0) {
            beganMillis += missing;
        }
    }

    /** The system's clock, as it stands: to be shown, and for files' times. */
    public InstantSource wall() {
        return wall;
    }

    /** When this clock will show what the system's clock will show at a moment that somebody has named. */
    public long ofWall(long wallMillis) {
        return shifted(wallMillis, -ahead());
    }

    /** What the system's clock will show when this one shows a moment; the highest stands for never and stays. */
    public long toWall(long millis) {
        return shifted(millis, ahead());
    }

    private long ahead() {
        long now = wall.millis() - millis();
        if (Math.abs(now - aheadMillis) > NO_STEP_MILLIS) {
            aheadMillis = now;
        }
        return aheadMillis;
    }

    /** Not beyond what can be said. */
    private static long shifted(long millis, long by) {
        if (millis == Long.MAX_VALUE || by == 0) {
            return millis;
        }
        long sum = millis + by;
        boolean overflows = ((millis ^ sum) & (by ^ sum)) < 0;
        return overflows ? (by > 0 ? Long.MAX_VALUE : Long.MIN_VALUE) : sum;
    }
}
