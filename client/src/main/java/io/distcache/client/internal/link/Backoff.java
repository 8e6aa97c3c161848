package io.distcache.client.internal.link;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Pauses between attempts to reconnect: doubling, and shortened at random, so that clients do not come as one: by up to three quarters
 * while they grow, by up to half when they are the longest. Confined to one event loop.
 */
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
        return full - ThreadLocalRandom.current().nextLong((full < maxMillis ? full * 3 / 4 : full / 2) + 1);
    }

    /** Starts over: the last attempt was good. */
    void reset() {
        nextMillis = minMillis;
    }
}
