package io.distcache.testing;

import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.MutableConfiguration;

/**
 * What all caches of a {@link Load} must hold: entries, counters, caches that are cleared and destroyed, and which of those there
 * are. Thread-safe as far as its parts are.
 */
final class Ledger {
    static final String ENTRIES = "entries";
    static final String COUNTERS = "counters";
    private static final String THERE = "there";

    final EntryLedger entries = new EntryLedger(ENTRIES);
    final CounterLedger counters = new CounterLedger(COUNTERS);
    /** Caches that one writer each fills, clears, destroys and creates. */
    private final Map<String, EntryLedger> sweeps = new TreeMap<>();

    private final EntryLedger definitions = new EntryLedger("(definitions)");

    Ledger(Set<String> sweepNames) {
        sweepNames.forEach(name -> sweeps.put(name, new EntryLedger(name)));
    }

    EntryLedger sweep(String name) {
        return sweeps.get(name);
    }

    Set<String> sweepNames() {
        return sweeps.keySet();
    }

    long acknowledged() {
        return entries.acknowledged()
                + counters.acknowledged()
                + definitions.acknowledged()
                + sweeps.values().stream().mapToLong(EntryLedger::acknowledged).sum();
    }

    // --- caches

    /** Creates all caches on a node that has none. */
    void createAll(CacheManager manager) {
        List<Attempt> attempts = new ArrayList<>();
        attempts.add(create(manager, ENTRIES));
        attempts.add(define(
                COUNTERS,
                true,
                () -> manager.createCache(
                        COUNTERS, new MutableConfiguration<String, Long>().setTypes(String.class, Long.class))));
        sweeps.keySet().forEach(name -> attempts.add(create(manager, name)));
        attempts.forEach(attempt -> {
            if (!attempt.acknowledged()) {
                throw attempt.failure().orElseThrow();
            }
        });
    }

    Attempt create(CacheManager manager, String name) {
        return define(
                name,
                true,
                () -> manager.createCache(
                        name, new MutableConfiguration<String, String>().setTypes(String.class, String.class)));
    }

    Attempt destroy(CacheManager manager, String name) {
        EntryLedger sweep = sweeps.get(name);
        Attempt[] attempt = new Attempt[1];
        Attempt unused = sweep.attempt(all(sweep), () -> {
            attempt[0] = define(name, false, () -> manager.destroyCache(name));
            attempt[0].failure().ifPresent(failure -> {
                throw failure;
            });
            return true;
        });
        return attempt[0];
    }

    /** Every key of a sweep, as they are after it was cleared. */
    static Map<String, Optional<String>> all(EntryLedger sweep) {
        Map<String, Optional<String>> removed = new HashMap<>();
        sweep.keys().forEach(key -> removed.put(key, Optional.empty()));
        return removed;
    }

    private Attempt define(String name, boolean there, Runnable change) {
        Optional<String> after = there ? Optional.of(THERE) : Optional.empty();
        return definitions.attempt(Map.of(name, after), () -> {
            try {
                change.run();
            } catch (CacheException e) {
                if (there && e.getCause() instanceof UnreachableException) {
                    // Opening is repeated over lost connections; an earlier attempt may have reached the node.
                    throw new CacheException(e.getMessage(), new IndeterminateException("may have been created", e));
                }
                throw e;
            }
            return true;
        });
    }

    static Cache<String, String> texts(CacheManager manager, String name) {
        return manager.getCache(name, String.class, String.class);
    }

    static Cache<String, Long> counters(CacheManager manager) {
        return manager.getCache(COUNTERS, String.class, Long.class);
    }

    // --- comparing

    /** All that the node holds of what the ledger knows. */
    private record Contents(
            Map<String, String> definitions,
            Map<String, String> entries,
            Map<String, Long> counters,
            Map<String, Map<String, String>> sweeps) {}

    private Contents read(CacheManager manager) {
        Map<String, String> there = new HashMap<>();
        Map<String, Map<String, String>> swept = new HashMap<>();
        sweeps.forEach((name, sweep) ->
                swept.put(name, contents(note(there, name, texts(manager, name)), sweep.keys())));
        return new Contents(
                there,
                contents(note(there, ENTRIES, texts(manager, ENTRIES)), entries.keys()),
                contents(note(there, COUNTERS, counters(manager)), Set.of()),
                swept);
    }

    private static <V> Cache<String, V> note(Map<String, String> there, String name, Cache<String, V> cache) {
        if (cache != null) {
            there.put(name, THERE);
        }
        return cache;
    }

    /** What is found going through the cache, and by key; these must agree. */
    private static <V> Map<String, V> contents(Cache<String, V> cache, Set<String> keys) {
        Map<String, V> scanned = new HashMap<>();
        if (cache == null) {
            return scanned;
        }
        for (Cache.Entry<String, V> entry : cache) {
            scanned.put(entry.getKey(), entry.getValue());
        }
        Map<String, V> asked = cache.getAll(keys);
        for (String key : keys) {
            V byKey = asked.get(key);
            V byScan = scanned.get(key);
            if (byKey == null ? byScan != null : !byKey.equals(byScan)) {
                throw new AssertionError("cache=" + cache.getName() + " key=" + key
                        + " is one by key and another going through the cache: " + byKey + ", " + byScan);
            }
        }
        return scanned;
    }

    /**
     * Compares with what the node holds, while nobody changes anything.
     *
     * @throws CacheException if the node cannot be read
     */
    List<Violation> compare(CacheManager manager) {
        return compare(read(manager));
    }

    private List<Violation> compare(Contents found) {
        List<Violation> violations = new ArrayList<>(definitions.compare(found.definitions()));
        violations.addAll(entries.compare(found.entries()));
        violations.addAll(counters.compare(found.counters()));
        sweeps.forEach(
                (name, sweep) -> violations.addAll(sweep.compare(found.sweeps().get(name))));
        return violations;
    }

    /** Compares, and takes what was in doubt as it is found. */
    Comparison compareAndAdopt(CacheManager manager) {
        Contents found = read(manager);
        List<Violation> violations = compare(found);
        int settled = definitions.adopt(found.definitions())
                + entries.adopt(found.entries())
                + counters.adopt(found.counters());
        for (Map.Entry<String, EntryLedger> sweep : sweeps.entrySet()) {
            settled += sweep.getValue().adopt(found.sweeps().get(sweep.getKey()));
        }
        return new Comparison(violations, settled);
    }

    /**
     * What a comparison came to.
     *
     * @param settled how many keys and increments were in doubt
     */
    record Comparison(List<Violation> violations, int settled) {}

    /** Whether the cache is there, as far as is known; empty if in doubt. */
    Optional<Boolean> exists(String name) {
        return definitions.inDoubt(name)
                ? Optional.empty()
                : Optional.of(definitions.expected(name).isPresent());
    }
}
