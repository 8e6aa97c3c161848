package io.distcache.jcache;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.Factory;
import javax.cache.configuration.MutableCacheEntryListenerConfiguration;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.event.CacheEntryCreatedListener;
import javax.cache.event.CacheEntryEvent;
import javax.cache.event.CacheEntryExpiredListener;
import javax.cache.event.CacheEntryRemovedListener;
import javax.cache.event.CacheEntryUpdatedListener;
import javax.cache.expiry.AccessedExpiryPolicy;
import javax.cache.expiry.CreatedExpiryPolicy;
import javax.cache.expiry.Duration;
import javax.cache.expiry.EternalExpiryPolicy;
import javax.cache.expiry.ExpiryPolicy;
import javax.cache.expiry.ModifiedExpiryPolicy;
import javax.cache.expiry.TouchedExpiryPolicy;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.integration.CompletionListenerFuture;
import javax.cache.processor.EntryProcessorResult;
import javax.cache.processor.MutableEntry;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * A cache under comparison, with everything that can be told about it from outside. What an operation does follows from its
 * number alone. Confined to one thread, but for its listener.
 */
final class ReferenceSubject implements AutoCloseable {
    private static final int KEYS = 8;
    private static final int VALUES = 4;
    private static final String[] COUNTS = {"CacheHits", "CacheMisses", "CachePuts", "CacheRemovals"};

    /** How a cache is configured. */
    record Setup(int policy, boolean userPolicy, boolean loads, boolean writes, boolean listens, boolean setsAsValues) {
        static Setup random(Random random) {
            return new Setup(
                    random.nextInt(12),
                    random.nextInt(3) == 0,
                    random.nextBoolean(),
                    random.nextBoolean(),
                    random.nextInt(4) > 0,
                    random.nextInt(4) == 0);
        }

        ExpiryPolicy expiry() {
            ExpiryPolicy standard = standard();
            return userPolicy ? new UserPolicy(standard) : standard;
        }

        private ExpiryPolicy standard() {
            return switch (policy) {
                case 0 -> new CreatedExpiryPolicy(Duration.ZERO);
                case 1 -> new CreatedExpiryPolicy(Duration.ETERNAL);
                case 2 -> new ModifiedExpiryPolicy(Duration.ZERO);
                case 3 -> new ModifiedExpiryPolicy(Duration.ETERNAL);
                case 4 -> new AccessedExpiryPolicy(Duration.ZERO);
                case 5 -> new AccessedExpiryPolicy(Duration.ETERNAL);
                case 6 -> new TouchedExpiryPolicy(Duration.ZERO);
                case 7 -> new TouchedExpiryPolicy(Duration.ETERNAL);
                case 8 -> new AccessedExpiryPolicy(Duration.ONE_DAY);
                default -> new EternalExpiryPolicy();
            };
        }

        @Override
        public String toString() {
            return standard().getClass().getSimpleName() + " " + standard().getExpiryForCreation()
                    + (userPolicy ? " as user code" : "") + (loads ? ", read-through" : "")
                    + (writes ? ", write-through" : "") + (listens ? ", listener" : "")
                    + (setsAsValues ? ", sets as values" : "");
        }
    }

    /** Says the same as a standard policy, but is not one that a node knows. */
    private record UserPolicy(ExpiryPolicy policy) implements ExpiryPolicy {
        @Override
        public Duration getExpiryForCreation() {
            return policy.getExpiryForCreation();
        }

        @Override
        public Duration getExpiryForAccess() {
            return policy.getExpiryForAccess();
        }

        @Override
        public Duration getExpiryForUpdate() {
            return policy.getExpiryForUpdate();
        }
    }

    private final CacheManager manager;
    private final Setup setup;
    private final Cache<Integer, Object> cache;
    private final ObjectName statistics;
    private final List<String> seen = Collections.synchronizedList(new ArrayList<>());
    private int step;
    private boolean loaderFails;
    private boolean writerFails;

    ReferenceSubject(CacheManager manager, String name, Setup setup) {
        this.manager = manager;
        this.setup = setup;
        MutableConfiguration<Integer, Object> configuration = new MutableConfiguration<Integer, Object>()
                .setTypes(Integer.class, Object.class)
                .setStatisticsEnabled(true)
                .setExpiryPolicyFactory((Factory<ExpiryPolicy>) setup::expiry)
                .setReadThrough(setup.loads)
                .setWriteThrough(setup.writes);
        if (setup.loads) {
            configuration.setCacheLoaderFactory((Factory<CacheLoader<Integer, Object>>) Source::new);
        }
        if (setup.writes) {
            configuration.setCacheWriterFactory((Factory<CacheWriter<Integer, Object>>) Sink::new);
        }
        this.cache = manager.createCache(name, configuration);
        if (setup.listens) {
            cache.registerCacheEntryListener(
                    new MutableCacheEntryListenerConfiguration<>((Factory<Listener>) Listener::new, null, true, true));
        }
        try {
            this.statistics = new ObjectName("javax.cache:type=CacheStatistics,CacheManager="
                    + manager.getURI().toString().replaceAll("[,:=\n]", ".") + ",Cache=" + name);
        } catch (JMException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Performs an operation and tells everything that came of it.
     *
     * @param lines as many are waited for: an expiry event may come after the operation that caused it
     */
    List<String> perform(long operation, int number, int lines) {
        Random random = new Random(operation);
        step = number;
        loaderFails = random.nextInt(12) == 0;
        writerFails = random.nextInt(12) == 0;
        seen.clear();
        String what = operate(random);
        List<String> told = new ArrayList<>();
        told.add(what);
        told.add("counts " + counts());
        told.add("keys " + keys());
        long deadline = System.nanoTime() + 2_000_000_000L;
        while (told.size() + seen.size() < lines && System.nanoTime() - deadline < 0) {
            LockSupport.parkNanos(100_000);
        }
        List<String> more = new ArrayList<>(List.copyOf(seen));
        // Operations on many entries take them in any order; what happens to one entry stays in order.
        more.sort((a, b) -> a.substring(0, a.indexOf(' ')).compareTo(b.substring(0, b.indexOf(' '))));
        told.addAll(more);
        return told;
    }

    private List<Object> counts() {
        List<Object> counts = new ArrayList<>();
        for (String count : COUNTS) {
            try {
                counts.add(ManagementFactory.getPlatformMBeanServer().getAttribute(statistics, count));
            } catch (JMException e) {
                throw new IllegalStateException(e);
            }
        }
        return counts;
    }

    List<Integer> keys() {
        List<Integer> keys = new ArrayList<>();
        for (int key = 0; key < KEYS; key++) {
            if (cache.containsKey(key)) {
                keys.add(key);
            }
        }
        return keys;
    }

    // --- operations ---

    private String operate(Random random) {
        int key = random.nextInt(KEYS);
        Object value = value(random);
        Object other = value(random);
        return switch (random.nextInt(20)) {
            case 0 -> said("get " + key, () -> cache.get(key));
            case 1 -> {
                Set<Integer> keys = keys(random);
                // The reference loads one by one and counts misses up to the first that fails; the standard knows no
                // order.
                loaderFails = false;
                yield said("getAll " + keys, () -> new TreeMap<>(cache.getAll(keys)));
            }
            case 2 -> said("containsKey " + key, () -> cache.containsKey(key));
            case 3, 4 ->
                said("put " + key + " " + value, () -> {
                    cache.put(key, value);
                    return "done";
                });
            case 5 -> said("getAndPut " + key + " " + value, () -> cache.getAndPut(key, value));
            case 6 -> {
                Map<Integer, Object> map = new LinkedHashMap<>();
                keys(random).forEach(k -> map.put(k, value(random)));
                yield said("putAll " + map, () -> {
                    cache.putAll(map);
                    return "done";
                });
            }
            case 7 -> said("putIfAbsent " + key + " " + value, () -> cache.putIfAbsent(key, value));
            case 8 -> said("remove " + key, () -> cache.remove(key));
            case 9 -> said("remove " + key + " " + value, () -> cache.remove(key, value));
            case 10 -> said("getAndRemove " + key, () -> cache.getAndRemove(key));
            case 11 -> said("replace " + key + " " + other + " " + value, () -> cache.replace(key, other, value));
            case 12 -> said("replace " + key + " " + value, () -> cache.replace(key, value));
            case 13 -> said("getAndReplace " + key + " " + value, () -> cache.getAndReplace(key, value));
            case 14 -> {
                Set<Integer> keys = keys(random);
                yield said("removeAll " + keys, () -> {
                    cache.removeAll(keys);
                    return "done";
                });
            }
            case 15 -> random.nextInt(4) == 0 ? emptying(random) : iterating(random.nextInt(4));
            case 16 -> iterating(random.nextInt(4));
            case 17 -> loading(keys(random), random.nextBoolean());
            case 18 -> {
                Set<Integer> keys = keys(random);
                int[] program = program(random);
                yield said(
                        "invokeAll " + keys + describe(program),
                        () -> results(cache.invokeAll(keys, (entry, arguments) -> process(entry, program))));
            }
            default -> {
                int[] program = program(random);
                yield said(
                        "invoke " + key + describe(program),
                        () -> cache.invoke(key, (entry, arguments) -> process(entry, program)));
            }
        };
    }

    private static String said(String what, Supplier<Object> operation) {
        try {
            return what + " -> " + operation.get();
        } catch (RuntimeException e) {
            return what + " -> " + e.getClass().getSimpleName();
        }
    }

    private String emptying(Random random) {
        if (random.nextBoolean()) {
            return said("clear", () -> {
                cache.clear();
                return "done";
            });
        }
        return said("removeAll", () -> {
            cache.removeAll();
            return "done";
        });
    }

    /** Removes every entry whose key leaves {@code rest} by 4. */
    private String iterating(int rest) {
        return said("iterate, removing " + rest, () -> {
            Map<Integer, Object> met = new TreeMap<>();
            Iterator<Cache.Entry<Integer, Object>> entries = cache.iterator();
            while (entries.hasNext()) {
                Cache.Entry<Integer, Object> entry = entries.next();
                met.put(entry.getKey(), entry.getValue());
                if (entry.getKey() % 4 == rest) {
                    try {
                        entries.remove();
                    } catch (RuntimeException e) {
                        met.put(entry.getKey(), e.getClass().getSimpleName());
                    }
                }
            }
            return met;
        });
    }

    private String loading(Set<Integer> keys, boolean replace) {
        return said("loadAll " + keys + (replace ? " replacing" : ""), () -> {
            CompletionListenerFuture done = new CompletionListenerFuture();
            cache.loadAll(keys, replace, done);
            try {
                done.get();
                return "done";
            } catch (ExecutionException e) {
                return e.getCause().getClass().getSimpleName();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    // --- entry processors: a few steps, chosen beforehand ---

    private int[] program(Random random) {
        int[] program = random.ints(1 + random.nextInt(3), 0, 9).toArray();
        boolean removed = false;
        for (int i = 0; i < program.length; i++) {
            // In the reference, reading what the processor has just removed loads it again and forgets that it was
            // removed:
            // the writer never hears of it, and the entry stays. Here what was removed is gone, for the processor too.
            boolean reads = program[i] == 2 || program[i] == 3;
            program[i] = reads && removed && setup.loads ? 0 : program[i];
            removed |= program[i] == 7;
        }
        return program;
    }

    private static String describe(int[] program) {
        StringBuilder text = new StringBuilder();
        for (int instruction : program) {
            text.append(
                    switch (instruction) {
                        case 0, 1 -> " exists";
                        case 2, 3 -> " get";
                        case 4, 5, 6 -> " set";
                        case 7 -> " remove";
                        default -> " throw";
                    });
        }
        return text.toString();
    }

    private String process(MutableEntry<Integer, Object> entry, int[] program) {
        StringBuilder trace = new StringBuilder();
        for (int i = 0; i < program.length; i++) {
            switch (program[i]) {
                case 0, 1 -> trace.append(entry.exists()).append(' ');
                case 2, 3 -> trace.append(entry.getValue()).append(' ');
                case 4, 5, 6 -> entry.setValue(value((entry.getKey() + i) % VALUES));
                case 7 -> entry.remove();
                default -> throw new IllegalStateException("as programmed");
            }
        }
        return trace.length() == 0 ? null : trace.toString();
    }

    private static Map<Integer, String> results(Map<Integer, EntryProcessorResult<String>> results) {
        Map<Integer, String> said = new TreeMap<>();
        results.forEach((key, result) -> {
            try {
                said.put(key, result.get());
            } catch (RuntimeException e) {
                said.put(key, e.getClass().getSimpleName());
            }
        });
        return said;
    }

    // --- keys and values ---

    private static Set<Integer> keys(Random random) {
        Set<Integer> keys = new LinkedHashSet<>();
        int count = random.nextInt(5);
        for (int i = 0; i < count; i++) {
            keys.add(random.nextInt(KEYS));
        }
        return keys;
    }

    private Object value(Random random) {
        return value(random.nextInt(VALUES));
    }

    private Object value(int number) {
        return setup.setsAsValues ? new HashSet<>(List.of(number, number + 16)) : "v" + number;
    }

    // --- the user's side ---

    private final class Source implements CacheLoader<Integer, Object> {
        @Override
        public Object load(Integer key) {
            seen.add(key + " load");
            failIfChosen();
            return key % 4 == 0 ? null : value((key + step) % VALUES);
        }

        private void failIfChosen() {
            if (loaderFails) {
                throw new IllegalStateException("as chosen");
            }
        }

        @Override
        public Map<Integer, Object> loadAll(Iterable<? extends Integer> keys) {
            Map<Integer, Object> loaded = new HashMap<>();
            for (Integer key : keys) {
                seen.add(key + " load");
                loaded.put(key, key % 4 == 0 ? null : value((key + step) % VALUES));
            }
            if (!loaded.isEmpty()) {
                failIfChosen();
            }
            return loaded;
        }
    }

    private final class Sink implements CacheWriter<Integer, Object> {
        @Override
        public void write(Cache.Entry<? extends Integer, ? extends Object> entry) {
            seen.add(entry.getKey() + " write " + entry.getValue());
            failIfChosen();
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends Integer, ? extends Object>> entries) {
            // Odd keys fail, where the writer does.
            entries.removeIf(entry -> {
                seen.add(entry.getKey() + " writeAll " + entry.getValue());
                return !writerFails || entry.getKey() % 2 == 0;
            });
            if (!entries.isEmpty()) {
                failIfChosen();
            }
        }

        @Override
        public void delete(Object key) {
            seen.add(key + " delete");
            failIfChosen();
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            keys.removeIf(key -> {
                seen.add(key + " deleteAll");
                return !writerFails || (Integer) key % 2 == 0;
            });
            if (!keys.isEmpty()) {
                failIfChosen();
            }
        }

        private void failIfChosen() {
            if (writerFails) {
                throw new IllegalStateException("as chosen");
            }
        }
    }

    private final class Listener
            implements CacheEntryCreatedListener<Integer, Object>,
                    CacheEntryUpdatedListener<Integer, Object>,
                    CacheEntryRemovedListener<Integer, Object>,
                    CacheEntryExpiredListener<Integer, Object> {
        @Override
        public void onCreated(Iterable<CacheEntryEvent<? extends Integer, ? extends Object>> events) {
            tell(events);
        }

        @Override
        public void onUpdated(Iterable<CacheEntryEvent<? extends Integer, ? extends Object>> events) {
            tell(events);
        }

        @Override
        public void onRemoved(Iterable<CacheEntryEvent<? extends Integer, ? extends Object>> events) {
            tell(events);
        }

        @Override
        public void onExpired(Iterable<CacheEntryEvent<? extends Integer, ? extends Object>> events) {
            tell(events);
        }

        private void tell(Iterable<CacheEntryEvent<? extends Integer, ? extends Object>> events) {
            for (CacheEntryEvent<? extends Integer, ? extends Object> event : events) {
                seen.add(event.getKey() + " " + event.getEventType() + " " + event.getOldValue() + " "
                        + event.getValue());
            }
        }
    }

    @Override
    public void close() {
        manager.destroyCache(cache.getName());
    }
}
