package io.distcache.testing;

import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.processor.EntryProcessor;

/**
 * Writers over the JCache provider that change caches of a node as fast as it acknowledges, and keep a {@link Ledger}. Each
 * changes entries that are its own and counters that are everybody's, and ends at its first change that is not acknowledged.
 */
final class Load implements AutoCloseable {
    static final int WRITERS = 6;
    private static final int KEYS_PER_WRITER = 600;
    private static final int SWEEP_KEYS = 40;
    private static final int COUNTERS = 4;
    private static final int BATCH = 25;
    private static final String PADDING = "x".repeat(100_000);
    /** Values are told apart by it, over all loads. */
    private static final AtomicLong LAST_CHANGE = new AtomicLong();

    private final CacheManager manager;
    private final Ledger ledger;
    private final ExecutorService threads = Executors.newFixedThreadPool(WRITERS);
    private final List<Future<Optional<CacheException>>> ends = new ArrayList<>();
    private volatile boolean over;

    private Load(CacheManager manager, Ledger ledger) {
        this.manager = manager;
        this.ledger = ledger;
    }

    /** A ledger of a node that holds nothing yet. */
    static Ledger newLedger() {
        return new Ledger(IntStream.range(0, WRITERS).mapToObj(Load::sweepName).collect(Collectors.toSet()));
    }

    private static String sweepName(int writer) {
        return "sweep-" + writer;
    }

    /** The manager of the caches that a URI without options names; calls end within {@code timeout}. */
    static CacheManager manager(URI namespace, String timeout) {
        URI uri = URI.create(namespace + "?timeout=" + timeout + "&connect-timeout=20s");
        return Caching.getCachingProvider().getCacheManager(uri, Load.class.getClassLoader());
    }

    /** Begins to write. The caches must be there, save those that the ledger says are not. */
    static Load start(URI namespace, Ledger ledger, long seed) {
        Load load = new Load(manager(namespace, "2s"), ledger);
        for (int writer = 0; writer < WRITERS; writer++) {
            Writer work = load.new Writer(writer, new Random(seed + writer));
            load.ends.add(load.threads.submit(work::run));
        }
        return load;
    }

    /** Whether some writer still writes. */
    boolean isRunning() {
        return ends.stream().anyMatch(end -> !end.isDone());
    }

    /**
     * Waits for the writers, which end at a failure or when told to.
     *
     * @return what made them end early
     */
    List<CacheException> awaitEnd() {
        List<CacheException> failures = new ArrayList<>();
        for (Future<Optional<CacheException>> end : ends) {
            try {
                end.get(60, TimeUnit.SECONDS).ifPresent(failures::add);
            } catch (Exception e) {
                throw new AssertionError("a writer failed: " + e.getMessage(), e);
            }
        }
        return failures;
    }

    /** Tells the writers to end, and waits for them. */
    List<CacheException> end() {
        over = true;
        return awaitEnd();
    }

    @Override
    public void close() {
        over = true;
        threads.shutdown();
        manager.close();
    }

    /** Makes changes of all kinds, one after the other. Confined to its thread. */
    private final class Writer {
        private final int number;
        private final Random random;
        private final EntryLedger entries = ledger.entries;
        private final String sweepName;
        private final EntryLedger sweep;
        private final Cache<String, String> cache;
        private final Cache<String, Long> counters;

        Writer(int number, Random random) {
            this.number = number;
            this.random = random;
            this.sweepName = sweepName(number);
            this.sweep = ledger.sweep(sweepName);
            this.cache = Ledger.texts(manager, Ledger.ENTRIES);
            this.counters = Ledger.counters(manager);
        }

        Optional<CacheException> run() {
            Optional<CacheException> failure = Optional.empty();
            while (!over && failure.isEmpty()) {
                failure = next().failure();
            }
            return failure;
        }

        private Attempt next() {
            int dice = random.nextInt(1000);
            if (dice < 300) {
                return put();
            } else if (dice < 400) {
                return remove();
            } else if (dice < 450) {
                return getAndPut();
            } else if (dice < 550) {
                return compareAndSet();
            } else if (dice < 580) {
                return compareAndSetInVain();
            } else if (dice < 650) {
                return putAll();
            } else if (dice < 670) {
                return removeAll();
            } else if (dice < 750) {
                return read();
            } else if (dice < 830) {
                return increment();
            } else if (dice < 900) {
                return incrementByCompareAndSet();
            } else {
                return sweep();
            }
        }

        private String key() {
            return "w" + number + "-" + random.nextInt(KEYS_PER_WRITER);
        }

        /** Mostly small; some longer than a log segment of the least size. */
        private String value() {
            int dice = random.nextInt(1000);
            int padding = dice < 900 ? random.nextInt(300) : dice < 998 ? random.nextInt(4000) : PADDING.length();
            return number + "#" + LAST_CHANGE.incrementAndGet() + PADDING.substring(0, padding);
        }

        private Attempt put() {
            String key = key();
            String value = value();
            return entries.attempt(Map.of(key, Optional.of(value)), () -> {
                cache.put(key, value);
                return true;
            });
        }

        private Attempt remove() {
            String key = key();
            boolean there = entries.expected(key).isPresent();
            return entries.attempt(Map.of(key, Optional.empty()), () -> cache.remove(key) == there);
        }

        private Attempt getAndPut() {
            String key = key();
            String value = value();
            Optional<String> before = entries.expected(key);
            return entries.attempt(
                    Map.of(key, Optional.of(value)),
                    () -> Optional.ofNullable(cache.getAndPut(key, value)).equals(before));
        }

        private Attempt compareAndSet() {
            String key = key();
            String value = value();
            Optional<String> before = entries.expected(key);
            return entries.attempt(
                    Map.of(key, Optional.of(value)),
                    () -> before.isPresent() ? cache.replace(key, before.get(), value) : cache.putIfAbsent(key, value));
        }

        private Attempt compareAndSetInVain() {
            String key = key();
            return entries.attempt(Map.of(), () -> !cache.replace(key, "never its value", "must not be found"));
        }

        private Attempt putAll() {
            Map<String, String> batch = new HashMap<>();
            Map<String, Optional<String>> after = new HashMap<>();
            for (int i = 0; i < BATCH; i++) {
                String value = value();
                String key = key();
                batch.put(key, value);
                after.put(key, Optional.of(value));
            }
            return entries.attempt(after, () -> {
                cache.putAll(batch);
                return true;
            });
        }

        private Attempt removeAll() {
            Map<String, Optional<String>> after = new HashMap<>();
            for (int i = 0; i < BATCH; i++) {
                after.put(key(), Optional.empty());
            }
            return entries.attempt(after, () -> {
                cache.removeAll(after.keySet());
                return true;
            });
        }

        private Attempt read() {
            String key = key();
            Optional<String> expected = entries.expected(key);
            return entries.attempt(
                    Map.of(), () -> Optional.ofNullable(cache.get(key)).equals(expected));
        }

        private Attempt increment() {
            String key = "invoked-" + random.nextInt(COUNTERS);
            EntryProcessor<String, Long, Void> increment = (entry, arguments) -> {
                entry.setValue(entry.exists() ? entry.getValue() + 1 : 1);
                return null;
            };
            return ledger.counters.attempt(key, () -> {
                Void unused = counters.invoke(key, increment);
                return true;
            });
        }

        private Attempt incrementByCompareAndSet() {
            String key = "compared-" + random.nextInt(COUNTERS);
            return ledger.counters.attempt(key, () -> {
                Long before = counters.get(key);
                return before == null ? counters.putIfAbsent(key, 1L) : counters.replace(key, before, before + 1);
            });
        }

        /** Fills a cache of its own, empties it, destroys it and creates it again. */
        private Attempt sweep() {
            if (!ledger.exists(sweepName).orElseThrow()) {
                return ledger.create(manager, sweepName);
            }
            // Looking it up asks the node, the first time after it was made.
            AtomicReference<Cache<String, String>> found = new AtomicReference<>();
            Attempt lookup = Attempt.of(() -> found.set(Ledger.texts(manager, sweepName)));
            if (!lookup.acknowledged()) {
                return lookup;
            }
            Cache<String, String> swept = found.get();
            int dice = random.nextInt(100);
            if (dice < 90) {
                String key = "s" + random.nextInt(SWEEP_KEYS);
                String value = value();
                return sweep.attempt(Map.of(key, Optional.of(value)), () -> {
                    swept.put(key, value);
                    return true;
                });
            } else if (dice < 94) {
                return sweep.attempt(Ledger.all(sweep), () -> {
                    swept.clear();
                    return true;
                });
            } else if (dice < 98) {
                return sweep.attempt(Ledger.all(sweep), () -> {
                    swept.removeAll();
                    return true;
                });
            } else {
                return ledger.destroy(manager, sweepName);
            }
        }
    }
}
