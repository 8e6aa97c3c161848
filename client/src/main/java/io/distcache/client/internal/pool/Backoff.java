package io.distcache.client.internal.pool;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses between attempts to reconnect: doubling, and each shortened by up to three quarters at random, so that clients do not come as one. */
final class Backoff {
    private final long minMillis;
    private final long maxMillis;
    private long nextMillis;

    Backoff(Duration min, Duration max) {
        this.minMillis = min.toMillis();
        this.maxMillis = max.toMillis();
        this.nextMillis = minMillis;
    }

    /** The next pause. */
    long nextMillis() {
        long full = nextMillis;
        nextMillis = Math.min(maxMillis, full * 2);
        return full - ThreadLocalRandom.current().nextLong(full * 3 / 4 + 1);
    }

    /** Starts over: the last attempt was good. */
    void reset() {
        nextMillis = minMillis;
    }
}
