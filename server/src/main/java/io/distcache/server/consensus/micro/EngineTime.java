package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.Time;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * The clock of the engine, which runs faster than others: the engine's heartbeats are in whole seconds, and ours are in parts of one. It
 * follows time that passes, so nobody can set it. Immutable.
 */
final class EngineTime extends Clock {
    /** The engine adds to its clock without looking at signs. */
    private static final long BEGINNING_MILLIS = 1_000_000_000_000L;

    private final Time time;
    private final long beganNanos;
    private final long heartbeatMillis;

    EngineTime(Time time, long heartbeatMillis) {
        this.time = time;
        this.beganNanos = time.nanos();
        this.heartbeatMillis = heartbeatMillis;
    }

    /** How long that is for everybody else. */
    long realNanos(long duration, TimeUnit unit) {
        return Math.max(1, unit.toMicros(duration) * heartbeatMillis);
    }

    @Override
    public long millis() {
        return BEGINNING_MILLIS + (time.nanos() - beganNanos) / (1000 * heartbeatMillis);
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }

    /**
     * Chance for the engine. It draws a number of its milliseconds below 100 for each election, so that two candidates do not keep coming
     * at once; as its milliseconds are short, so would be the difference (10 ms, less than a busy machine's delays). This one draws from as
     * many more.
     */
    Random chance(long seed) {
        return new Chance(seed, (int) Math.max(1, TimeUnit.SECONDS.toMillis(1) / heartbeatMillis));
    }

    private static final class Chance extends Random {
        private static final long serialVersionUID = 1;

        private final int times;

        Chance(long seed, int times) {
            super(seed);
            this.times = times;
        }

        @Override
        public int nextInt(int bound) {
            return super.nextInt(bound * times);
        }
    }
}
