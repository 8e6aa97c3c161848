package io.distcache.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.function.ToIntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EvictionTest {
    private static final KeyHasher HASHER = KeyHasher.ofProcess();

    private static final int CAPACITY = 5_000;
    private static final int KEYS = 50_000;
    private static final int REQUESTS = 500_000;

    private final BoundedCache cache = new BoundedCache(CAPACITY);

    @Test
    void popular_keys_survive_a_scan_of_ten_times_the_capacity() {
        int popular = CAPACITY / 2;
        for (int round = 0; round < 4; round++) {
            for (int key = 0; key < popular; key++) {
                cache.request(key);
            }
        }
        for (int key = 0; key < 10 * CAPACITY; key++) {
            cache.request(KEYS + key);
        }
        int survivors = 0;
        for (int key = 0; key < popular; key++) {
            survivors += cache.request(key);
        }
        assertThat(survivors).isGreaterThan(popular * 95 / 100);
    }

    @Test
    void on_skewed_requests_it_hits_at_least_as_often_as_lru() {
        for (double skew : new double[] {0.8, 0.9, 1.0}) {
            Zipf zipf = new Zipf(KEYS, skew, new Random(17));
            assertThat(lead("zipf " + skew, trace(step -> zipf.next()))).isGreaterThan(-1);
        }
    }

    @Test
    void with_scans_mixed_in_it_hits_clearly_more_often_than_lru() {
        for (double skew : new double[] {0.8, 0.9, 1.0}) {
            assertThat(lead("zipf " + skew + " with scans", scansMixedIn(skew))).isGreaterThan(3);
        }
    }

    @Test
    void it_follows_when_other_keys_become_popular() {
        Zipf zipf = new Zipf(KEYS, 0.9, new Random(19));
        int[] requests = trace(step -> (zipf.next() + step / 100_000 * 7_919) % KEYS);
        assertThat(lead("zipf 0.9 drifting", requests)).isGreaterThan(-1);
    }

    /** Percentage points by which the hit ratio exceeds that of LRU. */
    private static double lead(String trace, int[] requests) {
        double percent = hitPercent(new BoundedCache(CAPACITY)::request, requests);
        double lruPercent = hitPercent(lruOf(CAPACITY), requests);
        System.out.printf("%s: %.1f %% hits, LRU %.1f %%%n", trace, percent, lruPercent);
        return percent - lruPercent;
    }

    @Test
    void a_new_entry_outlives_older_ones_that_were_never_hit() {
        for (int key = 0; key < 2 * CAPACITY; key++) {
            cache.request(key);
        }
        for (int key = 0; key < CAPACITY / 20; key++) {
            cache.request(KEYS + key);
        }
        for (int key = 0; key < CAPACITY / 20; key++) {
            assertThat(cache.holds(KEYS + key)).isTrue();
        }
    }

    @Test
    void an_eviction_costs_a_few_steps_on_average() {
        for (int request : scansMixedIn(0.9)) {
            cache.request(request);
        }
        double stepsPerEviction = (double) cache.map.evictionSteps() / cache.evictions;
        System.out.printf("steps per eviction: %.2f%n", stepsPerEviction);
        assertThat(stepsPerEviction).isLessThan(8);
    }

    @Test
    void no_single_eviction_is_long_though_every_entry_is_popular() {
        for (int round = 0; round < 5; round++) {
            for (int key = 0; key < CAPACITY; key++) {
                cache.request(key);
            }
        }
        for (int key = 0; key < CAPACITY; key++) {
            long before = cache.map.evictionSteps();
            cache.request(KEYS + key);
            assertThat(cache.map.evictionSteps() - before).isLessThan(300);
        }
    }

    @Test
    void the_excepted_record_stays_and_anything_else_can_go() {
        Seeds.forEach(50, random -> {
            EntryMap map = new EntryMap();
            int keys = 1 + random.nextInt(60);
            for (int step = 0; step < 500; step++) {
                Bytes key = Bytes.ofUtf8("k" + random.nextInt(keys));
                int hash = HASHER.hash(key);
                if (random.nextInt(4) == 0) {
                    map.remove(key, hash);
                }
                byte[] record = EntryRecord.create(key, Bytes.EMPTY, 1, EntryRecord.NO_DEADLINE);
                map.put(record, hash);
                for (int hits = random.nextInt(4); hits > 0; hits--) {
                    map.recordHit(record);
                }
                if (random.nextInt(20) == 0) {
                    while (map.size() > 1) {
                        assertThat(evictOne(map, record, HASHER::hash) != record)
                                .isTrue();
                    }
                    assertThat(evictOne(map, record, HASHER::hash)).isNull();
                    assertThat(map.get(key, hash)).isSameAs(record);
                }
            }
        });
    }

    @Test
    void a_map_that_is_never_asked_to_evict_keeps_few_notes() {
        for (int key = 0; key < 100; key++) {
            cache.request(key);
        }
        long bytes = cache.map.bytes();
        Bytes key = Bytes.ofUtf8("k1");
        for (int i = 0; i < 100_000; i++) {
            byte[] record = cache.map.remove(key, HASHER.hash(key));
            cache.map.put(record, HASHER.hash(key));
        }
        assertThat(cache.map.bytes()).isLessThanOrEqualTo(bytes);
    }

    private static int[] scansMixedIn(double skew) {
        Zipf zipf = new Zipf(KEYS, skew, new Random(18));
        return trace(step -> step % 40_000 < 30_000 ? zipf.next() : KEYS + step);
    }

    private static IntUnaryOperator lruOf(int capacity) {
        Map<Integer, Boolean> lru = new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<Integer, Boolean> eldest) {
                return size() > capacity;
            }
        };
        return key -> lru.put(key, true) != null ? 1 : 0;
    }

    private static double hitPercent(IntUnaryOperator cache, int[] requests) {
        return 100.0 * Arrays.stream(requests).map(cache).sum() / requests.length;
    }

    private static int[] trace(IntUnaryOperator keyAtStep) {
        return IntStream.range(0, REQUESTS).map(keyAtStep).toArray();
    }

    /** Reads through: a miss puts the key, and evicts until the bound holds. */
    private static final class BoundedCache {

        final EntryMap map = new EntryMap();
        private final int capacity;
        private int evictions;

        BoundedCache(int capacity) {
            this.capacity = capacity;
        }

        int request(int number) {
            Bytes key = Bytes.ofUtf8("k" + number);
            int hash = HASHER.hash(key);
            byte[] found = map.get(key, hash);
            if (found != null) {
                map.recordHit(found);
                return 1;
            }
            byte[] record = EntryRecord.create(key, Bytes.EMPTY, 1, EntryRecord.NO_DEADLINE);
            map.put(record, hash);
            while (map.size() > capacity) {
                assertThat(evictOne(map, record, HASHER::hash) != null).isTrue();
                evictions++;
            }
            return 0;
        }

        boolean holds(int number) {
            Bytes key = Bytes.ofUtf8("k" + number);
            return map.get(key, HASHER.hash(key)) != null;
        }
    }

    /** Numbers from 0, the n-th drawn in proportion to 1/n^skew. */
    private static final class Zipf {

        private final double[] upTo;
        private final Random random;

        Zipf(int keys, double skew, Random random) {
            this.random = random;
            upTo = new double[keys];
            double sum = 0;
            for (int i = 0; i < keys; i++) {
                sum += Math.pow(i + 1, -skew);
                upTo[i] = sum;
            }
        }

        int next() {
            int at = Arrays.binarySearch(upTo, random.nextDouble() * upTo[upTo.length - 1]);
            return at >= 0 ? at : -at - 1;
        }
    }

    private static byte @Nullable [] evictOne(EntryMap map, byte @Nullable [] except, ToIntFunction<Bytes> hashing) {
        byte[] victim = map.chooseVictim(except);
        if (victim != null) {
            Bytes key = EntryRecord.key(victim);
            assertThat(map.remove(key, hashing.applyAsInt(key))).isSameAs(victim);
        }
        return victim;
    }
}
