package io.distcache.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/** What counters that everybody increments must have come to: at least what was acknowledged, at most that and what is in doubt. Thread-safe. */
final class CounterLedger {

    private static final class Count {
        final AtomicLong certain = new AtomicLong();
        final AtomicLong inDoubt = new AtomicLong();
    }

    private final String cache;
    private final Map<String, Count> counts = new ConcurrentHashMap<>();
    private final AtomicLong acknowledged = new AtomicLong();

    CounterLedger(String cache) {
        this.cache = cache;
    }

    /**
     * Tries to increment and notes what became of it.
     *
     * @param increment makes the change; false if it was another's turn and nothing was changed
     */
    Attempt attempt(String key, BooleanSupplier increment) {
        Count count = counts.computeIfAbsent(key, ignored -> new Count());
        Attempt attempt = Attempt.of(() -> {
            if (increment.getAsBoolean()) {
                count.certain.incrementAndGet();
                acknowledged.incrementAndGet();
            }
        });
        if (attempt.outcome() == Attempt.Outcome.UNKNOWN) {
            count.inDoubt.incrementAndGet();
        }
        return attempt;
    }

    /** Increments that were acknowledged. */
    long acknowledged() {
        return acknowledged.get();
    }

    /** Compares with all that the cache holds. */
    List<Violation> compare(Map<String, Long> found) {
        TreeSet<String> keys = new TreeSet<>(counts.keySet());
        keys.addAll(found.keySet());
        List<Violation> violations = new ArrayList<>();
        for (String key : keys) {
            Count count = counts.getOrDefault(key, new Count());
            long least = count.certain.get();
            long most = least + count.inDoubt.get();
            long value = found.getOrDefault(key, 0L);
            if (value < least || value > most) {
                violations.add(new Violation(
                        cache, key, least == most ? "" + least : least + " to " + most, Long.toString(value)));
            }
        }
        return violations;
    }

    /** Settles what was in doubt by what was found; returns how many increments that were. */
    int adopt(Map<String, Long> found) {
        int settled = 0;
        for (Map.Entry<String, Count> entry : counts.entrySet()) {
            Count count = entry.getValue();
            settled += (int) count.inDoubt.getAndSet(0);
            count.certain.set(found.getOrDefault(entry.getKey(), 0L));
        }
        return settled;
    }
}
