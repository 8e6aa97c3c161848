package io.distcache.server.shard;

import java.time.Instant;
import java.time.InstantSource;

/** Stands still until it is told to go on; or, to bring out races with time, goes on with every look at it. */
public final class ManualClock implements InstantSource {
    private long now = 1_000_000;
    private long step;

    /** Goes on by this much. */
    public synchronized void advance(long millis) {
        now += millis;
    }

    /** From now on goes on by this much after each reading. */
    public synchronized void advanceWithEachReading(long millis) {
        step = millis;
    }

    @Override
    public synchronized long millis() {
        long read = now;
        now += step;
        return read;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochMilli(millis());
    }
}
