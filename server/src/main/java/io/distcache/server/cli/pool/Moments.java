package io.distcache.server.cli.pool;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Predicate;

/** Of what a pool shows at an instant, what passes by itself within a moment is nothing to report. Stateless. */
final class Moments {
    /** An election takes 1 to 2 s at defaults, and may have to be repeated. */
    private static final Duration LONGEST = Duration.ofSeconds(5);

    private static final Duration PAUSE = Duration.ofMillis(200);

    private Moments() {}

    /** How something looks now. */
    @FunctionalInterface
    interface Look<T> {
        T look() throws IOException, InterruptedException;
    }

    /** Looks again while what is seen may pass, for {@link #LONGEST} at most; the last that was seen. */
    static <T> T settled(Look<T> at, Predicate<T> mayPass) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + LONGEST.toNanos();
        T seen = at.look();
        while (mayPass.test(seen) && System.nanoTime() < deadline) {
            Thread.sleep(PAUSE.toMillis());
            seen = at.look();
        }
        return seen;
    }
}
