package io.distcache.server;

import java.time.Instant;
import java.time.InstantSource;

/** A system's clock that somebody sets, beside the time that passes. Thread-safe. */
final class SteppedClock implements InstantSource {
    private long wallMillis = 1_800_000_000_000L;
    private long nanos = 5_000_000_000L;

    /** Time passes. */
    synchronized void pass(long millis) {
        wallMillis += millis;
        nanos += millis * 1_000_000;
    }

    /** Somebody puts the clock forward, or back if it is negative; no time passes. */
    synchronized void step(long millis) {
        wallMillis += millis;
    }

    @Override
    public synchronized long millis() {
        return wallMillis;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }

    synchronized long nanos() {
        return nanos;
    }
}
