package io.distcache.server.access;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Makes those wait who guess: after some failures of one address with one user, and after more of one address with any, each further one doubles
 * the time, up to a minute, for which the node does not even look. What is known is bounded; what is longest ago is forgotten first. Thread-safe.
 */
final class Throttle {
    private static final int FREE_WITH_USER = 5;
    private static final int FREE_OF_ADDRESS = 50;
    private static final int MOST_KNOWN = 10_000;
    private static final int MOST_DOUBLINGS = 6;
    private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_NANOS = 60 * SECOND_NANOS;
    private static final long FORGET_NANOS = 10 * LONGEST_NANOS;

    private record Who(String address, String user) {}

    private record Failures(int count, long lastNanos, long untilNanos) {}

    private final LongSupplier nanos;
    private final Map<Who, Failures> known = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Who, Failures> eldest) {
            return size() > MOST_KNOWN;
        }
    };

    Throttle(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** For how many seconds a caller that says it is this user is not listened to; 0 if it is. */
    synchronized long waitSeconds(String address, String user) {
        long now = nanos.getAsLong();
        long left = Math.max(leftNanos(new Who(address, user), now), leftNanos(new Who(address, ""), now));
        return left <= 0 ? 0 : Math.max(1, (left + SECOND_NANOS - 1) / SECOND_NANOS);
    }

    private long leftNanos(Who who, long now) {
        Failures failures = known.get(who);
        return failures == null ? 0 : failures.untilNanos - now;
    }

    /** It was wrong. */
    synchronized void failed(String address, String user) {
        if (!user.isEmpty()) {
            failed(new Who(address, user), FREE_WITH_USER);
        }
        failed(new Who(address, ""), FREE_OF_ADDRESS);
    }

    private void failed(Who who, int free) {
        long now = nanos.getAsLong();
        Failures before = known.get(who);
        int count = before == null || now - before.lastNanos > FORGET_NANOS ? 1 : before.count + 1;
        long wait = count < free ? 0 : Math.min(LONGEST_NANOS, SECOND_NANOS << Math.min(MOST_DOUBLINGS, count - free));
        known.put(who, new Failures(count, now, now + wait));
    }

    /** It was right. */
    synchronized void succeeded(String address, String user) {
        known.remove(new Who(address, user));
    }
}
