package io.distcache.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import io.distcache.protocol.Bytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class EntryMapTest {
    private static final KeyHasher HASHER = KeyHasher.ofProcess();

    private final EntryMap map = new EntryMap();

    @Test
    void behaves_as_a_hash_map_does() {
        for (Hashing hashing : Hashing.values()) {
            Seeds.forEach(20, random -> compareWithHashMap(random, hashing));
        }
    }

    private static void compareWithHashMap(Random random, Hashing hashing) {
        EntryMap map = new EntryMap();
        Map<Bytes, byte[]> model = new HashMap<>();
        int keys = 1 + random.nextInt(400);
        int removals = 1 + random.nextInt(9);
        for (int step = 0; step < 4_000; step++) {
            Bytes key = key(random.nextInt(keys));
            int hash = hashing.of(key);
            int action = random.nextInt(20);
            if (action == 0 && step % 1_000 == 999) {
                map.clear();
                model.clear();
            } else if (action == 1) {
                byte[] victim = evictOne(map, null, hashing::of);
                assertThat(victim == null).isEqualTo(model.isEmpty());
                assertThat(victim == null ? null : model.remove(EntryRecord.key(victim)))
                        .isSameAs(victim);
            } else if (action < removals) {
                same(map.remove(key, hash), model.remove(key));
            } else {
                byte[] record = EntryRecord.create(
                        key, value(random.nextInt(50)), step, random.nextBoolean() ? step : EntryRecord.NO_DEADLINE);
                same(map.put(record, hash), model.put(key, record));
            }
            Bytes probe = key(random.nextInt(keys));
            same(map.get(probe, hashing.of(probe)), model.get(probe));
            if (map.size() != model.size()) {
                assertThat(map.size()).isEqualTo(model.size());
            }
            if (step % 100 == 0) {
                assertSameContent(map, model, hashing);
            }
        }
        assertSameContent(map, model, hashing);
    }

    /** An assertion on each of millions of steps would take most of the time, so only the one that fails is made. */
    private static void same(byte @Nullable [] actual, byte @Nullable [] expected) {
        if (actual != expected) {
            assertThat(actual).isSameAs(expected);
        }
    }

    private static void assertSameContent(EntryMap map, Map<Bytes, byte[]> model, Hashing hashing) {
        model.forEach((key, record) -> same(map.get(key, hashing.of(key)), record));
        assertThat(map.expirable()).isEqualTo((int)
                model.values().stream().filter(EntryRecord::hasDeadline).count());
        Set<Bytes> scanned = new HashSet<>();
        assertThat(map.scan(EntryMap.SCAN_START, Integer.MAX_VALUE, (record, hash) -> {
                    if (!scanned.add(EntryRecord.key(record)) || hash != hashing.of(EntryRecord.key(record))) {
                        fail("scanned twice, or with another hash: " + EntryRecord.key(record));
                    }
                }))
                .isEqualTo(EntryMap.SCAN_END);
        assertThat(scanned).isEqualTo(model.keySet());
    }

    @Test
    void a_scan_visits_what_stays_exactly_once_while_the_rest_changes() {
        for (Hashing hashing : Hashing.values()) {
            Seeds.forEach(50, random -> scanUnderChange(random, hashing));
        }
    }

    private static void scanUnderChange(Random random, Hashing hashing) {
        EntryMap map = new EntryMap();
        int staying = random.nextInt(200);
        for (int i = 0; i < staying; i++) {
            put(map, key(i), hashing);
        }
        int passing = random.nextInt(3_000);
        for (int i = 0; i < passing / 2; i++) {
            put(map, key(1_000 + i), hashing);
        }
        Map<Bytes, Integer> visits = new HashMap<>();
        long cursor = EntryMap.SCAN_START;
        do {
            cursor = map.scan(
                    cursor,
                    1 + random.nextInt(20),
                    (record, hash) -> visits.merge(EntryRecord.key(record), 1, Integer::sum));
            boolean growing = random.nextBoolean();
            for (int change = random.nextInt(200); change > 0; change--) {
                Bytes key = key(1_000 + random.nextInt(passing + 1));
                if (growing) {
                    put(map, key, hashing);
                } else {
                    map.remove(key, hashing.of(key));
                }
                if (staying > 0) {
                    put(map, key(random.nextInt(staying)), hashing);
                }
            }
        } while (cursor != EntryMap.SCAN_END);
        for (int i = 0; i < staying; i++) {
            assertThat(visits.get(key(i))).as("visits of key %d", i).isEqualTo(1);
        }
    }

    @Test
    void a_scan_stops_after_as_many_entries_as_asked() {
        for (int i = 0; i < 1_000; i++) {
            put(map, key(i), Hashing.MIXED);
        }
        List<byte[]> seen = new ArrayList<>();
        long cursor = map.scan(EntryMap.SCAN_START, 10, (record, hash) -> seen.add(record));
        assertThat(seen).hasSize(10);
        map.scan(cursor, 0, (record, hash) -> seen.add(record));
        assertThat(seen.size()).isLessThanOrEqualTo(11);
    }

    @Test
    void bytes_are_exactly_those_of_the_records_and_the_overhead() {
        Seeds.forEach(20, random -> {
            EntryMap counted = new EntryMap();
            for (int step = 0; step < 2_000; step++) {
                Bytes key = key(random.nextInt(300));
                int action = random.nextInt(8);
                if (action == 0) {
                    evictOne(counted, null, HASHER::hash);
                } else if (action < 3) {
                    counted.remove(key, Hashing.MIXED.of(key));
                } else {
                    long deadline = random.nextBoolean() ? step : EntryRecord.NO_DEADLINE;
                    byte[] record = EntryRecord.create(key, value(random.nextInt(99)), 1, deadline);
                    counted.put(record, Hashing.MIXED.of(key));
                }
                assertThat(counted.bytes()).isEqualTo(recomputedBytes(counted));
            }
            assertThat(counted.overheadBytes()).isLessThan(300 * 30);
            counted.clear();
            assertThat(counted.bytes()).isZero();
        });
    }

    private static long recomputedBytes(EntryMap map) {
        long[] sum = {map.overheadBytes()};
        map.scan(EntryMap.SCAN_START, Integer.MAX_VALUE, (record, hash) -> sum[0] += (16 + record.length + 7L) / 8 * 8);
        return sum[0];
    }

    @Test
    void a_million_small_entries_take_less_than_170_bytes_each() {
        int entries = 1_000_000;
        byte[] value = new byte[100];
        for (int i = 0; i < entries; i++) {
            byte[] record = EntryRecord.create(key(i), Bytes.of(value), i, EntryRecord.NO_DEADLINE);
            map.put(record, Hashing.MIXED.of(EntryRecord.key(record)));
        }
        System.out.printf(
                "a million entries of 16 + 100 bytes: %.1f bytes each, of which overhead %.1f%n",
                (double) map.bytes() / entries, (double) map.overheadBytes() / entries);
        assertThat(map.bytes() / entries).isLessThanOrEqualTo(170);
    }

    @Test
    void the_table_shrinks_when_entries_leave() {
        for (int i = 0; i < 10_000; i++) {
            put(map, key(i), Hashing.MIXED);
        }
        for (int i = 10; i < 10_000; i++) {
            map.remove(key(i), Hashing.MIXED.of(key(i)));
        }
        assertThat(map.bytes()).isLessThan(10 * 100 + 1_000);
        for (int i = 0; i < 10; i++) {
            assertThat(map.get(key(i), Hashing.MIXED.of(key(i)))).isNotNull();
        }
    }

    @Test
    void an_empty_map_holds_no_table() {
        assertThat(map.bytes()).isZero();
        assertThat(map.get(key(1), 1)).isNull();
        assertThat(map.remove(key(1), 1)).isNull();
        assertThat(evictOne(map, null, HASHER::hash)).isNull();
        assertThat(map.scan(EntryMap.SCAN_START, 1, (record, hash) -> {})).isEqualTo(EntryMap.SCAN_END);
    }

    @Test
    void a_record_may_be_put_back_after_a_change_in_place() {
        byte[] record = EntryRecord.create(key(1), value(5), 1, 1_000);
        map.put(record, 7);
        long bytes = map.bytes();
        byte[] touched = EntryRecord.withDeadline(record, 2_000);
        assertThat(map.put(touched, 7)).isSameAs(record);
        assertThat(map.bytes()).isEqualTo(bytes);
        assertThat(map.expirable()).isEqualTo(1);
    }

    @Test
    void hash_zero_is_refused() {
        byte[] record = EntryRecord.create(key(1), value(5), 1, EntryRecord.NO_DEADLINE);
        assertThatThrownBy(() -> map.put(record, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    private static void put(EntryMap map, Bytes key, Hashing hashing) {
        map.put(EntryRecord.create(key, value(3), 1, EntryRecord.NO_DEADLINE), hashing.of(key));
    }

    private static Bytes key(int number) {
        return Bytes.ofUtf8(String.format("key-%12d", number));
    }

    private static Bytes value(int length) {
        return Bytes.of(new byte[length]);
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
