package io.distcache.testing;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** Waits for what must become true, looking often, and fails with the last reason. */
final class Eventually {
    private static final Duration LIMIT = Duration.ofSeconds(20);

    private Eventually() {}

    /** Repeats {@code check} until it passes. */
    static void eventually(ThrowingCallable check) {
        eventually(LIMIT, check);
    }

    /** The same for as long as that. */
    static void eventually(Duration limit, ThrowingCallable check) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            try {
                check.call();
                return;
            } catch (Throwable e) {
                if (System.nanoTime() - deadline > 0) {
                    throw new AssertionError("did not become true within " + limit + ": " + e.getMessage(), e);
                }
                LockSupport.parkNanos(2_000_000);
            }
        }
    }
}
