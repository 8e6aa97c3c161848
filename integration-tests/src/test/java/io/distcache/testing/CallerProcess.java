package io.distcache.testing;

import io.distcache.testing.Recorder.Line;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import javax.cache.configuration.FactoryBuilder;
import javax.cache.configuration.MutableConfiguration;
import javax.cache.integration.CacheLoader;
import javax.cache.integration.CacheWriter;
import javax.cache.processor.EntryProcessor;

/**
 * A JVM full of callers, for {@link InvokeExactIT}: does what its standard input says, {@code task calls-per-thread}, on several
 * threads at once, and prints {@code done task sum} where the sum is over what the threads returned.
 */
final class CallerProcess {
    static final int THREADS = 4;
    static final int KEYS = 100;
    private static final String RECORDER = "recorder.port";
    private static final ThreadLocal<Line> RECORDER_LINE =
            ThreadLocal.withInitial(() -> new Line(Integer.getInteger(RECORDER)));

    private final int number;
    private final CacheManager manager;

    private CallerProcess(int number, URI uri) {
        this.number = number;
        this.manager = Caching.getCachingProvider().getCacheManager(uri, CallerProcess.class.getClassLoader());
    }

    /** Starts one; it prints {@code ready}. */
    static JavaProcess start(int number, URI uri, Recorder recorder) {
        return JavaProcess.start(
                List.of(
                        "-Xmx64m",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                        "-D" + RECORDER + "=" + recorder.port()),
                CallerProcess.class.getName(),
                List.of(Integer.toString(number), uri.toString()));
    }

    public static void main(String[] arguments) throws Exception {
        CallerProcess process = new CallerProcess(Integer.parseInt(arguments[0]), URI.create(arguments[1]));
        process.counters();
        System.out.println("ready");
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] words = line.split(" ", -1);
            System.out.println("done " + words[0] + " " + process.run(words[0], Integer.parseInt(words[1])));
        }
    }

    private long run(String task, int calls) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Long>> work = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int thread = number * THREADS + i;
                work.add(() -> perform(task, thread, calls));
            }
            long sum = 0;
            for (Future<Long> done : threads.invokeAll(work)) {
                sum += done.get();
            }
            return sum;
        } finally {
            threads.shutdown();
        }
    }

    private long perform(String task, int thread, int calls) {
        Random random = new Random(thread);
        return switch (task) {
            case "invoke" -> invoke(random, calls);
            case "replace" -> replace(random, calls);
            case "getAndReplace" -> getAndReplace(random, thread, calls);
            case "write" -> write(random, thread, calls);
            case "read" -> read(random, calls);
            default -> throw new IllegalArgumentException(task);
        };
    }

    // --- exact sums ---

    Cache<Integer, Long> counters() {
        return cache(manager, "counters");
    }

    /** The cache that all processes count in. */
    static Cache<Integer, Long> cache(CacheManager manager, String name) {
        Cache<Integer, Long> known = manager.getCache(name, Integer.class, Long.class);
        return known != null
                ? known
                : manager.createCache(
                        name, new MutableConfiguration<Integer, Long>().setTypes(Integer.class, Long.class));
    }

    private long invoke(Random random, int calls) {
        Cache<Integer, Long> counters = counters();
        EntryProcessor<Integer, Long, Long> increment = (entry, arguments) -> {
            long next = (entry.exists() ? entry.getValue() : 0) + 1;
            entry.setValue(next);
            return next;
        };
        for (int i = 0; i < calls; i++) {
            Long unused = counters.invoke(random.nextInt(KEYS), increment);
        }
        return calls;
    }

    /** Returns how often another caller was faster. */
    private long replace(Random random, int calls) {
        Cache<Integer, Long> cache = cache(manager, "replaced");
        long lost = 0;
        for (int i = 0; i < calls; i++) {
            int key = random.nextInt(KEYS);
            long before = cache.get(key);
            while (!cache.replace(key, before, before + 1)) {
                lost++;
                before = cache.get(key);
            }
        }
        return lost;
    }

    /** Puts values of its own in the place of others; returns the sum of {@link #mark} of what it took, less what it left. */
    private long getAndReplace(Random random, int thread, int calls) {
        Cache<Integer, Long> cache = cache(manager, "exchanged");
        long sum = 0;
        for (int i = 0; i < calls; i++) {
            long mine = ((long) thread << 32) + i + 1;
            sum += mark(cache.getAndReplace(random.nextInt(KEYS), mine)) - mark(mine);
        }
        return sum;
    }

    /** Makes the sum of many values tell which values they were. */
    static long mark(long value) {
        long mixed = (value ^ (value >>> 31)) * 0x9E3779B97F4A7C15L;
        return (mixed ^ (mixed >>> 27)) * 0xBF58476D1CE4E5B9L;
    }

    // --- loaders and writers ---

    /** The cache whose changes go to the recorder first. */
    static Cache<Integer, String> written(CacheManager manager) {
        return manager.createCache(
                "written",
                new MutableConfiguration<Integer, String>()
                        .setTypes(Integer.class, String.class)
                        .setWriteThrough(true)
                        .setCacheWriterFactory(FactoryBuilder.factoryOf(RecordingWriter.class)));
    }

    private Cache<Integer, String> writing;
    private Cache<Integer, String> reading;

    /**
     * Values are {@code name<name-before}; a put does not know what was before and says {@code ?}. Absence is {@code -}.
     */
    private long write(Random random, int thread, int calls) {
        Cache<Integer, String> cache;
        synchronized (this) {
            writing = writing == null ? written(manager) : writing;
            cache = writing;
        }
        for (int i = 0; i < calls; i++) {
            int key = random.nextInt(KEYS / 5);
            String name = thread + "." + i;
            switch (random.nextInt(8)) {
                case 0 -> cache.put(key, name + "<?");
                case 1 -> {
                    boolean unused = cache.remove(key);
                }
                case 2 -> cache.putAll(Map.of(key, name + "a<?", key + 1, name + "b<?", key + 2, name + "c<?"));
                case 3 -> {
                    String unused = cache.getAndReplace(key, name + "<?");
                }
                default -> {
                    String unused = cache.invoke(key, (entry, arguments) -> {
                        String before = entry.exists() ? entry.getValue().split("<", -1)[0] : "-";
                        entry.setValue(name + "<" + before);
                        return before;
                    });
                }
            }
        }
        return calls;
    }

    /** Writes to the recorder: {@code W key value} and {@code D key}. */
    public static final class RecordingWriter implements CacheWriter<Integer, String> {
        @Override
        public void write(Cache.Entry<? extends Integer, ? extends String> entry) {
            RECORDER_LINE.get().tell("W " + entry.getKey() + " " + entry.getValue());
        }

        @Override
        public void writeAll(Collection<Cache.Entry<? extends Integer, ? extends String>> entries) {
            entries.forEach(this::write);
            entries.clear();
        }

        @Override
        public void delete(Object key) {
            RECORDER_LINE.get().tell("D " + key);
        }

        @Override
        public void deleteAll(Collection<?> keys) {
            keys.forEach(this::delete);
            keys.clear();
        }
    }

    /** All threads of all processes want the same keys in the same order; returns how many reads found a value. */
    private long read(Random random, int calls) {
        Cache<Integer, String> cache;
        synchronized (this) {
            if (reading == null) {
                reading = manager.createCache(
                        "read",
                        new MutableConfiguration<Integer, String>()
                                .setTypes(Integer.class, String.class)
                                .setReadThrough(true)
                                .setCacheLoaderFactory(FactoryBuilder.factoryOf(RecordingLoader.class)));
            }
            cache = reading;
        }
        long found = 0;
        for (int key = 0; key < calls; key++) {
            String value = switch (random.nextInt(3)) {
                case 0 -> cache.get(key);
                case 1 -> cache.getAll(Set.of(key, key + 1, key + 2)).get(key);
                default -> cache.invoke(key, (entry, arguments) -> entry.getValue());
            };
            if (!("value " + key).equals(value)) {
                throw new IllegalStateException("key " + key + " has " + value);
            }
            found++;
        }
        return found;
    }

    /** Tells the recorder {@code L key} for each load. */
    public static final class RecordingLoader implements CacheLoader<Integer, String> {
        @Override
        public String load(Integer key) {
            RECORDER_LINE.get().tell("L " + key);
            return "value " + key;
        }

        @Override
        public Map<Integer, String> loadAll(Iterable<? extends Integer> keys) {
            Map<Integer, String> loaded = new HashMap<>();
            Set<Integer> wanted = new HashSet<>();
            keys.forEach(wanted::add);
            wanted.forEach(key -> loaded.put(key, load(key)));
            return loaded;
        }
    }
}
