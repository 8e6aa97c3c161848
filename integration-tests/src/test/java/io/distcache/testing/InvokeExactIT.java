package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.Caching;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Atomic means atomic: 8 JVMs of 4 threads each, all at the same entries of one node.
 * {@code -Ddistcache.testing.increments=N} makes N increments by an entry processor.
 */
class InvokeExactIT {
    private static final int PROCESSES = 8;
    private static final int THREADS = PROCESSES * CallerProcess.THREADS;
    private static final int INCREMENTS =
            Integer.getInteger("distcache.testing.increments", 32_000) / THREADS * THREADS;
    private static final Duration LIMIT = Duration.ofMinutes(2);

    private static final List<JavaProcess> CALLERS = new ArrayList<>();
    private static NodeProcess node;
    private static Recorder recorder;
    private static CacheManager manager;

    @BeforeAll
    static void start() {
        node = NodeProcess.start();
        recorder = new Recorder();
        URI uri = node.uri("exact");
        for (int i = 0; i < PROCESSES; i++) {
            CALLERS.add(CallerProcess.start(i, uri, recorder));
        }
        CALLERS.forEach(caller -> caller.awaitLine("ready"::equals, LIMIT));
        manager = Caching.getCachingProvider().getCacheManager(uri, InvokeExactIT.class.getClassLoader());
    }

    @AfterAll
    static void stop() {
        CALLERS.forEach(JavaProcess::close);
        manager.close();
        recorder.close();
        node.close();
    }

    @Test
    void no_increment_by_an_entry_processor_is_lost() {
        int calls = INCREMENTS / THREADS;
        assertThat(runEverywhere("invoke", calls)).isEqualTo(INCREMENTS);
        Map<Integer, Long> sums = contents(CallerProcess.cache(manager, "counters"));
        assertThat(sums).hasSize(CallerProcess.KEYS);
        assertThat(sums.values().stream().mapToLong(Long::longValue).sum()).isEqualTo(INCREMENTS);
    }

    @Test
    void no_increment_by_comparing_and_replacing_is_lost() {
        Cache<Integer, Long> cache = CallerProcess.cache(manager, "replaced");
        for (int key = 0; key < CallerProcess.KEYS; key++) {
            cache.put(key, 0L);
        }
        long lostRaces = runEverywhere("replace", 500);
        System.out.println("replace: " + lostRaces + " attempts found another value");
        assertThat(contents(cache).values().stream().mapToLong(Long::longValue).sum())
                .isEqualTo(THREADS * 500L);
    }

    @Test
    void every_value_is_taken_out_once_by_getAndReplace() {
        Cache<Integer, Long> cache = CallerProcess.cache(manager, "exchanged");
        for (int key = 0; key < CallerProcess.KEYS; key++) {
            cache.put(key, -1L - key);
        }
        long before = marks(cache);
        long takenLessLeft = runEverywhere("getAndReplace", 500);
        assertThat(before - takenLessLeft).isEqualTo(marks(cache));
    }

    private static long marks(Cache<Integer, Long> cache) {
        return contents(cache).values().stream().mapToLong(CallerProcess::mark).sum();
    }

    @Test
    void a_store_written_through_sees_the_changes_of_each_entry_in_their_order_and_agrees_at_the_end() {
        List<String> unused = recorder.take();
        long calls = runEverywhere("write", 150);
        List<String> writes = recorder.take();
        Map<Integer, String> store = new TreeMap<>();
        int linked = 0;
        for (String write : writes) {
            String[] words = write.split(" ", 3);
            Integer key = Integer.valueOf(words[1]);
            if (words[0].equals("D")) {
                store.remove(key);
            } else {
                String[] names = words[2].split("<", -1);
                if (!names[1].equals("?")) {
                    String before = store.containsKey(key) ? store.get(key).split("<", -1)[0] : "-";
                    assertThat(names[1])
                            .as("what key %s was before %s", key, words[2])
                            .isEqualTo(before);
                    linked++;
                }
                store.put(key, words[2]);
            }
        }
        System.out.println("write-through: " + calls + " calls, " + writes.size() + " writes, of which " + linked
                + " name the one before");
        assertThat(linked).isGreaterThan(1000);
        try (Cache<Integer, String> cache = CallerProcess.written(manager)) {
            assertThat(contents(cache)).isEqualTo(store);
        }
    }

    @Test
    void a_missing_entry_is_loaded_once_however_many_want_it() {
        List<String> unused = recorder.take();
        int keys = 300;
        assertThat(runEverywhere("read", keys)).isEqualTo((long) THREADS * keys);
        Map<String, Long> loads =
                recorder.take().stream().collect(Collectors.groupingBy(line -> line, Collectors.counting()));
        assertThat(loads).hasSizeBetween(keys, keys + 2);
        assertThat(loads.values()).containsOnly(1L);
    }

    private static long runEverywhere(String task, int callsPerThread) {
        long start = System.nanoTime();
        CALLERS.forEach(caller -> caller.tell(task + " " + callsPerThread));
        long sum = 0;
        for (JavaProcess caller : CALLERS) {
            String done = caller.awaitLine(line -> line.startsWith("done " + task + " "), LIMIT);
            sum += Long.parseLong(done.substring(done.lastIndexOf(' ') + 1));
        }
        System.out.println(task + ": " + THREADS * callsPerThread + " calls of " + THREADS + " threads in "
                + CALLERS.size() + " processes took " + (System.nanoTime() - start) / 1_000_000 + " ms");
        return sum;
    }

    private static <V> Map<Integer, V> contents(Cache<Integer, V> cache) {
        Map<Integer, V> contents = new HashMap<>();
        cache.forEach(entry -> contents.put(entry.getKey(), entry.getValue()));
        return contents;
    }
}
