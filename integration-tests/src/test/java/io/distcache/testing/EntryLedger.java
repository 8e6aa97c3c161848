package io.distcache.testing;

import io.distcache.testing.Attempt.Outcome;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/**
 * What a cache must hold, by the changes that were acknowledged. A change of unknown outcome leaves its keys in doubt: either
 * value may be found, and until one has been read back they must not be changed again. Each key is changed by one thread only;
 * many threads may change different keys.
 */
final class EntryLedger {
    private static final int SHOWN = 24;

    private final String cache;
    private final Map<String, Set<Optional<String>>> possible = new ConcurrentHashMap<>();
    private final AtomicLong acknowledged = new AtomicLong();

    EntryLedger(String cache) {
        this.cache = cache;
    }

    /**
     * Makes a change and notes what became of it.
     *
     * @param to the keys that it changes, with their value afterwards, or empty for a removal
     * @param call makes the change; false if the node's answer contradicts this ledger
     */
    Attempt attempt(Map<String, Optional<String>> to, BooleanSupplier call) {
        Attempt attempt = Attempt.of(() -> {
            if (!call.getAsBoolean()) {
                throw new AssertionError("the node's answer contradicts what was acknowledged: cache=" + cache + " "
                        + to.keySet().stream()
                                .map(key -> key + " was " + shown(possible(key)))
                                .collect(Collectors.joining(", ")));
            }
        });
        to.forEach((key, value) -> note(key, value, attempt.outcome()));
        if (attempt.acknowledged() && !to.isEmpty()) {
            acknowledged.incrementAndGet();
        }
        return attempt;
    }

    private void note(String key, Optional<String> value, Outcome outcome) {
        switch (outcome) {
            case APPLIED -> possible.put(key, Set.of(value));
            case UNKNOWN -> {
                Set<Optional<String>> either = new HashSet<>(possible(key));
                either.add(value);
                possible.put(key, either);
            }
            case NOT_APPLIED -> {}
        }
    }

    /** Changes that were acknowledged. */
    long acknowledged() {
        return acknowledged.get();
    }

    boolean inDoubt(String key) {
        return possible(key).size() > 1;
    }

    /** The value that the key must have; only if it is not in doubt. */
    Optional<String> expected(String key) {
        if (inDoubt(key)) {
            throw new IllegalStateException(key + " is in doubt");
        }
        return possible(key).iterator().next();
    }

    private Set<Optional<String>> possible(String key) {
        return possible.getOrDefault(key, Set.of(Optional.empty()));
    }

    /** All keys that ever had a value. */
    Set<String> keys() {
        return Set.copyOf(possible.keySet());
    }

    /** Compares with all that the cache holds. */
    List<Violation> compare(Map<String, String> found) {
        Set<String> keys = new TreeSet<>(possible.keySet());
        keys.addAll(found.keySet());
        List<Violation> violations = new ArrayList<>();
        for (String key : keys) {
            Optional<String> value = Optional.ofNullable(found.get(key));
            if (!possible(key).contains(value)) {
                violations.add(new Violation(cache, key, shown(possible(key)), shown(value)));
            }
        }
        return violations;
    }

    /** Settles what was in doubt by what was found; returns how many keys that were. */
    int adopt(Map<String, String> found) {
        int settled = 0;
        for (String key : new HashMap<>(possible).keySet()) {
            if (inDoubt(key)) {
                possible.put(key, Set.of(Optional.ofNullable(found.get(key))));
                settled++;
            }
        }
        return settled;
    }

    private static String shown(Set<Optional<String>> values) {
        return values.stream().map(EntryLedger::shown).sorted().collect(Collectors.joining(" or "));
    }

    private static String shown(Optional<String> value) {
        return value.map(text -> text.length() <= SHOWN
                        ? "'" + text + "'"
                        : "'" + text.substring(0, SHOWN) + "...' (" + text.length() + " characters)")
                .orElse("nothing");
    }
}
