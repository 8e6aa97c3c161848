package io.distcache.server.shard;

import java.time.Duration;

/**
 * Limits of leases and of waiting for others.
 *
 * @param maxDuration the longest lease given; longer wishes are cut to it
 * @param maxWait how long a command waits for a leased entry
 * @param listenerLimit how long a command waits for synchronous listeners in other processes
 */
public record LeaseConfig(Duration maxDuration, Duration maxWait, Duration listenerLimit) {
    public LeaseConfig {
        check("lease.max-duration", maxDuration);
        check("lease.max-wait", maxWait);
        check("lease.listener-limit", listenerLimit);
    }

    private static void check(String setting, Duration value) {
        if (value.toMillis() < 1 || value.compareTo(Duration.ofHours(1)) > 0) {
            throw new IllegalArgumentException(setting + " is " + value.toMillis() + "ms; allowed are 1ms to 1h");
        }
    }
}
