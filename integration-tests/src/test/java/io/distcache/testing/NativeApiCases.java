package io.distcache.testing;

import static io.distcache.fixtures.Eventually.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.distcache.client.Keyspace;
import io.distcache.client.NotEncodableException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.client.SetIf;
import io.distcache.client.UndecodableValueException;
import io.distcache.client.Versioned;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** What each verb does; every test has a cache of its own. */
abstract class NativeApiCases {
    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(60);

    private Keyspace keys;

    /** A cache by the face that is tested. */
    abstract Keyspace keyspace(String cache);

    @BeforeEach
    void open(TestInfo test) {
        keys = keyspace(test.getTestMethod().orElseThrow().getName());
    }

    private Object got(Object key) {
        return keys.get(key);
    }

    private Duration ttlOf(Object key) {
        return keys.ttl(key).orElseThrow();
    }

    private static void assertRefused(Reason reason, String why, ThrowingCallable call) {
        RequestRefusedException refused = catchThrowableOfType(RequestRefusedException.class, call);
        assertThat(refused).hasMessageContaining(why);
        assertThat(refused.reason()).isEqualTo(reason);
    }

    private static List<String> named(String name, int count) {
        return IntStream.range(0, count).mapToObj(i -> name + i).toList();
    }

    // --- one entry

    @Test
    void what_was_set_is_got_and_a_missing_key_is_null() {
        assertThat(got("k")).isNull();
        keys.set("k", "v");
        assertThat(got("k")).isEqualTo("v");
        keys.set("k", List.of(1, 2L));
        assertThat(got("k")).isEqualTo(List.of(1, 2L));
        assertThat(keys.exists("k")).isTrue();
        assertThat(keys.exists("other")).isFalse();
    }

    @Test
    void null_is_a_value_and_its_entry_is_there() {
        keys.set("k", null);
        assertThat(got("k")).isNull();
        assertThat(keys.get("k", String.class)).isNull();
        assertThat(keys.exists("k")).isTrue();
        assertThat(keys.size()).isEqualTo(1);
        assertThat(keys.getWithVersion("k").orElseThrow().value()).isNull();
        assertThat(keys.gets(List.of("k"))).hasSize(1).containsEntry("k", null);
        assertThat(keys.<String, Object>scan().toList())
                .singleElement()
                .satisfies(entry -> assertThat(entry.getValue()).isNull());
        assertThat(keys.add("k", "v")).isFalse();
        assertThat(keys.<Object>getAndSet("k", null)).isNull();
        assertThat(keys.<Object>getAndDelete("k")).isNull();
        assertThat(keys.exists("k")).isFalse();
    }

    @Test
    void a_null_key_is_refused_at_once() {
        assertThatThrownBy(() -> keys.get(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> keys.set(null, 1)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> keys.increment(null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> keys.gets(Arrays.asList("a", null))).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> keys.append("k", null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> keys.set("k", "v", (Duration) null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> keys.expire("k", null)).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> keys.scan(null, 1, page -> {})).isInstanceOf(NullPointerException.class);
        assertThatThrownBy(() -> keys.scanPrefix(null)).isInstanceOf(NullPointerException.class);
        assertThat(keys.size()).isZero();
    }

    @Test
    void what_cannot_be_stored_is_refused_at_once() {
        assertThatThrownBy(() -> keys.set("k", new Object()))
                .isInstanceOf(NotEncodableException.class)
                .hasMessageContaining("java.lang.Object");
        assertThatThrownBy(() -> keys.set(Thread.currentThread(), "v")).isInstanceOf(NotEncodableException.class);
        assertThat(keys.size()).isZero();
    }

    @Test
    void conditions_say_when_it_is_stored() {
        assertThat(keys.set("k", "a", null, SetIf.PRESENT)).isFalse();
        assertThat(keys.exists("k")).isFalse();
        assertThat(keys.set("k", "b", null, SetIf.ABSENT)).isTrue();
        assertThat(keys.set("k", "c", null, SetIf.ABSENT)).isFalse();
        assertThat(got("k")).isEqualTo("b");
        assertThat(keys.set("k", "d", MINUTE, SetIf.PRESENT)).isTrue();
        assertThat(got("k")).isEqualTo("d");
        assertThat(ttlOf("k")).isBetween(MINUTE.minusSeconds(30), MINUTE);
        assertThat(keys.set("k", "e", null, SetIf.ALWAYS)).isTrue();
        assertThat(got("k")).isEqualTo("e");
    }

    @Test
    void add_stores_what_is_missing_and_replace_what_is_there() {
        assertThat(keys.replace("k", "a")).isFalse();
        assertThat(keys.add("k", "b")).isTrue();
        assertThat(keys.add("k", "c")).isFalse();
        assertThat(got("k")).isEqualTo("b");
        assertThat(keys.replace("k", "d", MINUTE)).isTrue();
        assertThat(got("k")).isEqualTo("d");
        assertThat(ttlOf("k")).isLessThanOrEqualTo(MINUTE);
        assertThat(keys.add("other", "e", MINUTE)).isTrue();
        assertThat(ttlOf("other")).isLessThanOrEqualTo(MINUTE);
        assertThat(keys.replace("other", "f")).isTrue();
        assertThat(ttlOf("other")).isEqualTo(Keyspace.FOREVER);
    }

    @Test
    void cas_stores_over_the_version_that_was_read_and_over_no_other() {
        assertThat(keys.getWithVersion("k")).isEmpty();
        assertThat(keys.cas("k", "a", 1)).isFalse();
        keys.set("k", "b");
        Versioned<String> read = keys.<String>getWithVersion("k").orElseThrow();
        assertThat(read.value()).isEqualTo("b");
        assertThat(keys.cas("k", "c", read.version())).isTrue();
        assertThat(keys.cas("k", "d", read.version())).isFalse();
        assertThat(got("k")).isEqualTo("c");
        long now = keys.getWithVersion("k").orElseThrow().version();
        assertThat(keys.cas("k", "e", now, MINUTE)).isTrue();
        assertThat(ttlOf("k")).isLessThanOrEqualTo(MINUTE);
    }

    @Test
    void every_change_and_a_new_entry_have_another_version() {
        keys.set("k", 1L);
        List<Long> versions = new ArrayList<>();
        List<Runnable> changes = List.of(
                () -> keys.set("k", 1L),
                () -> keys.increment("k"),
                () -> keys.set("k", "text"),
                () -> keys.append("k", ""),
                () -> keys.getAndSet("k", "same"),
                () -> {
                    keys.delete("k");
                    keys.add("k", "same");
                });
        for (Runnable change : changes) {
            versions.add(keys.getWithVersion("k").orElseThrow().version());
            change.run();
            for (long old : versions) {
                assertThat(keys.cas("k", "lost", old)).isFalse();
            }
        }
        assertThat(got("k")).isEqualTo("same");
    }

    @Test
    void an_entry_is_exchanged_or_taken_out_with_its_value() {
        assertThat(keys.<Object>getAndSet("k", "a")).isNull();
        assertThat(keys.<Object>getAndSet("k", "b")).isEqualTo("a");
        assertThat(keys.<Object>getAndDelete("k")).isEqualTo("b");
        assertThat(keys.<Object>getAndDelete("k")).isNull();
        assertThat(keys.size()).isZero();
    }

    @Test
    void delete_tells_whether_the_entry_was_there() {
        assertThat(keys.delete("k")).isFalse();
        keys.set("k", "v");
        assertThat(keys.delete("k")).isTrue();
        assertThat(keys.delete("k")).isFalse();
        assertThat(keys.exists("k")).isFalse();
    }

    @Test
    void a_value_is_read_as_the_class_that_is_asked_for_or_it_is_told_what_it_is() {
        keys.set("k", 7);
        assertThat(keys.get("k", Integer.class)).isEqualTo(7);
        assertThat(keys.get("k", int.class)).isEqualTo(7);
        assertThat(keys.get("k", Number.class)).isEqualTo(7);
        assertThat(keys.get("k", Object.class)).isEqualTo(7);
        assertThat(keys.get("missing", Integer.class)).isNull();
        assertThatThrownBy(() -> keys.get("k", Long.class))
                .isInstanceOf(UndecodableValueException.class)
                .hasMessageContaining("java.lang.Integer")
                .hasMessageContaining("java.lang.Long");
    }

    // --- keys

    record Place(String town, int number) {}

    @Test
    void keys_of_all_kinds_name_entries_of_their_own() {
        Map<Object, String> all = new LinkedHashMap<>();
        for (Object key : new Object[] {
            1,
            1L,
            (short) 1,
            (byte) 1,
            1.0,
            1.0f,
            '1',
            "1",
            "",
            true,
            List.of(1),
            List.of(1L),
            List.of(),
            List.of("1"),
            Set.of(1),
            Map.of(),
            Map.of(1, 2),
            new Place("Ulm", 1),
            new Place("Ulm", 2),
            LocalDate.of(2024, 2, 29),
            Long.MIN_VALUE,
            -0.0,
            0.0,
            Double.NaN,
            "\0",
            "\u00e9",
            "e\u0301",
            "x".repeat(10_000)
        }) {
            all.put(key, "of " + key.getClass() + " " + key.hashCode());
        }
        all.forEach(keys::set);
        assertThat(keys.size()).isEqualTo(all.size());
        all.forEach((key, value) -> assertThat(got(key)).isEqualTo(value));
        assertThat(keys.<Object, String>gets(all.keySet())).isEqualTo(all);
        assertThat(keys.<Object, String>scan().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)))
                .isEqualTo(all);
    }

    @Test
    void equal_keys_name_one_entry_whatever_holds_them() {
        keys.set(List.of("a", "b"), 1);
        assertThat(got(new ArrayList<>(List.of("a", "b")))).isEqualTo(1);
        assertThat(got(Arrays.asList("a", "b"))).isEqualTo(1);
        keys.set(Map.of("a", 1, "b", 2, "c", 3), 2);
        assertThat(got(new LinkedHashMap<>(Map.of("c", 3, "a", 1, "b", 2)))).isEqualTo(2);
        keys.set(new byte[] {1, 2}, 3);
        assertThat(got(new byte[] {1, 2})).isEqualTo(3);
    }

    // --- many entries

    @Test
    void gets_brings_what_is_there_in_the_order_of_the_keys() {
        keys.setMany(Map.of("a", 1, "b", 2, "c", 3));
        Map<String, Object> found = keys.gets(List.of("c", "missing", "a", "c"));
        assertThat(found).containsExactly(Map.entry("c", 3), Map.entry("a", 1));
        assertThat(keys.gets(List.of())).isEmpty();
    }

    @Test
    void thousands_are_stored_read_and_removed_at_once() {
        List<String> names = named("k", 3_500);
        Map<String, Integer> entries = new LinkedHashMap<>();
        names.forEach(name -> entries.put(name, name.hashCode()));
        keys.setMany(entries);
        assertThat(keys.size()).isEqualTo(3_500);
        assertThat(keys.<String, Integer>gets(names)).isEqualTo(entries);
        assertThat(new ArrayList<>(keys.<String, Integer>gets(names).keySet())).isEqualTo(names);
        List<String> some = new ArrayList<>(names.subList(0, 2_600));
        some.addAll(named("missing", 500));
        some.addAll(names.subList(0, 100));
        assertThat(keys.deleteMany(some)).isEqualTo(2_600);
        assertThat(keys.size()).isEqualTo(900);
        assertThat(keys.deleteMany(List.of())).isZero();
        keys.setMany(Map.of());
        assertThat(keys.size()).isEqualTo(900);
    }

    @Test
    void values_that_together_are_more_than_one_reply_takes_are_read_in_several() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (int i = 0; i < 11; i++) {
            byte[] value = new byte[1 << 20];
            Arrays.fill(value, (byte) i);
            entries.put("k" + i, value);
        }
        keys.setMany(entries);
        Map<String, byte[]> found = keys.gets(entries.keySet());
        assertThat(new ArrayList<>(found.keySet())).isEqualTo(new ArrayList<>(entries.keySet()));
        found.forEach((key, value) -> assertThat(value).isEqualTo(entries.get(key)));
        Map<String, byte[]> scanned = new HashMap<>();
        keys.<String, byte[]>scan(100, page -> page.forEach(entry -> scanned.put(entry.getKey(), entry.getValue())));
        assertThat(scanned)
                .hasSize(11)
                .allSatisfy((key, value) -> assertThat(value).isEqualTo(entries.get(key)));
    }

    @Test
    void many_are_stored_for_a_time_and_the_bad_ttl_of_many_stores_none() {
        keys.setMany(Map.of("a", 1, "b", 2), MINUTE);
        assertThat(ttlOf("a")).isBetween(MINUTE.minusSeconds(30), MINUTE);
        keys.setMany(Map.of("a", 3));
        assertThat(ttlOf("a")).isEqualTo(Keyspace.FOREVER);
        assertThatThrownBy(() -> keys.setMany(Map.of("c", 1), Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PT0S");
        keys.setMany(Map.of("short", 1), SHORT);
        eventually(() -> assertThat(keys.exists("short")).isFalse());
        assertThat(keys.<String, Object>gets(List.of("a", "b", "c", "short"))).containsOnlyKeys("a", "b");
    }

    // --- text and bytes

    @Test
    void pieces_are_put_behind_and_before() {
        assertThat(keys.append("k", "b")).isEqualTo(1);
        assertThat(keys.append("k", "cd")).isEqualTo(3);
        assertThat(keys.prepend("k", "a")).isEqualTo(4);
        assertThat(got("k")).isEqualTo("abcd");
        assertThat(keys.prepend("other", "x")).isEqualTo(1);
        assertThat(keys.append("other", "")).isEqualTo(1);
        assertThat(got("other")).isEqualTo("x");
        assertThat(keys.append("euro", "\u20ac")).isEqualTo(3);
        assertThat(keys.append("euro", "\ud83d\ude00")).isEqualTo(7);
        assertThat(got("euro")).isEqualTo("\u20ac\ud83d\ude00");
    }

    @Test
    void text_and_bytes_together_are_bytes() {
        keys.set("k", "ab");
        assertThat(keys.append("k", new byte[] {(byte) 0xff})).isEqualTo(3);
        assertThat((byte[]) got("k")).containsExactly('a', 'b', 0xff);
        assertThat(keys.prepend("k", "c")).isEqualTo(4);
        assertThat((byte[]) got("k")).containsExactly('c', 'a', 'b', 0xff);
        assertThat(keys.append("bytes", new byte[0])).isZero();
        assertThat((byte[]) got("bytes")).isEmpty();
    }

    @Test
    void nothing_is_put_behind_what_is_neither_text_nor_bytes() {
        for (Object value : Arrays.asList(5L, 5, 1.5, true, List.of("a"), LocalDate.EPOCH, null)) {
            keys.set("k", value);
            assertRefused(Reason.BAD_REQUEST, "only to text and bytes", () -> keys.append("k", "x"));
            assertThat(got("k")).isEqualTo(value);
        }
        assertThatThrownBy(() -> keys.append("k", 5))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("text and bytes")
                .hasMessageContaining("java.lang.Integer");
        assertThatThrownBy(() -> keys.prepend("k", List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_value_grows_no_greater_than_what_can_be_stored_at_once() {
        byte[] half = new byte[3 << 20];
        keys.append("k", half);
        for (int i = 0; i < 2; i++) {
            assertRefused(Reason.TOO_LARGE, "at most 5242880", () -> keys.append("k", half));
            assertRefused(Reason.TOO_LARGE, "server.max-frame-bytes", () -> keys.prepend("k", half));
        }
        assertThat((byte[]) got("k")).hasSize(3 << 20);
    }

    @Test
    void appending_keeps_the_deadline() {
        keys.set("k", "a", MINUTE);
        keys.append("k", "b");
        assertThat(ttlOf("k")).isBetween(MINUTE.minusSeconds(30), MINUTE);
    }

    // --- numbers

    @Test
    void adding_a_number_stores_it_if_there_is_no_entry_as_adding_its_text_does() {
        List<Object> values = List.of(5, 5L, 0.5, "5", (short) 5);
        for (Object value : values) {
            String key = "k" + value.getClass().getSimpleName();
            assertThat(keys.add(key, value)).isTrue();
            assertThat(keys.add(key, value)).isFalse();
            assertThat(got(key)).isEqualTo(value);
        }
        assertThat(keys.add("int", 5)).isTrue();
        assertThat(keys.add("int", 5)).isFalse();
        assertThat(got("int")).isEqualTo(5);
        assertThat(keys.add("double", 0.5, MINUTE)).isTrue();
        assertThat(keys.add("double", 0.5)).isFalse();
        assertThat(got("double")).isEqualTo(0.5);
    }

    @Test
    void numbers_count_up_and_down_from_nothing() {
        assertThat(keys.increment("k")).isEqualTo(1);
        assertThat(keys.increment("k")).isEqualTo(2);
        assertThat(keys.increment("k", 40)).isEqualTo(42);
        assertThat(keys.decrement("k")).isEqualTo(41);
        assertThat(keys.decrement("k", 42)).isEqualTo(-1);
        assertThat(keys.increment("k", -9)).isEqualTo(-10);
        assertThat(keys.decrement("k", -10)).isZero();
        assertThat(got("k")).isEqualTo(0L);
        assertThat(keys.decrement("down")).isEqualTo(-1);
        assertThat(keys.decrement("down2", 5)).isEqualTo(-5);
        assertThat(keys.increment("zero", 0)).isZero();
        assertThat(got("zero")).isEqualTo(0L);
    }

    @Test
    void a_missing_number_becomes_the_initial_one_for_a_time_and_one_that_is_there_keeps_its_own() {
        assertThat(keys.increment("k", 5, 100, MINUTE)).isEqualTo(100);
        assertThat(ttlOf("k")).isBetween(MINUTE.minusSeconds(30), MINUTE);
        assertThat(keys.increment("k", 5, 100, Duration.ofHours(1))).isEqualTo(105);
        assertThat(ttlOf("k")).isLessThanOrEqualTo(MINUTE);
        assertThat(keys.decrement("d", 5, 100, null)).isEqualTo(100);
        assertThat(ttlOf("d")).isEqualTo(Keyspace.FOREVER);
        assertThat(keys.decrement("d", 5, 100, null)).isEqualTo(95);
        assertThat(keys.increment("a", 5, 7, null)).isEqualTo(7);
        assertThat(keys.increment("a", 5, 7, null)).isEqualTo(12);
        assertThat(keys.increment("f", 0.5, 2.25, MINUTE)).isEqualTo(2.25);
        assertThat(keys.increment("f", 0.5, 2.25, null)).isEqualTo(2.75);
        assertThat(ttlOf("f")).isLessThanOrEqualTo(MINUTE);
        assertThat(keys.increment("short", 1, 1, SHORT)).isEqualTo(1);
        eventually(() -> assertThat(keys.exists("short")).isFalse());
        assertThatThrownBy(() -> keys.increment("z", 1, 1, Duration.ZERO)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_number_keeps_its_width_while_it_fits() {
        Map<Object, Object> next = new LinkedHashMap<>();
        next.put(41, 42);
        next.put(Integer.MAX_VALUE, Integer.MAX_VALUE + 1L);
        next.put((short) 5, (short) 6);
        next.put(Short.MAX_VALUE, Short.MAX_VALUE + 1L);
        next.put((byte) -1, (byte) 0);
        next.put(Byte.MAX_VALUE, 128L);
        next.put(Long.MAX_VALUE - 1, Long.MAX_VALUE);
        next.put("41", 42L);
        next.put("-1", 0L);
        next.forEach((before, after) -> {
            keys.set("k", before);
            assertThat(keys.increment("k")).isEqualTo(((Number) after).longValue());
            assertThat(got("k")).isEqualTo(after);
        });
        keys.set("k", "12".getBytes(StandardCharsets.US_ASCII));
        assertThat(keys.increment("k")).isEqualTo(13);
        keys.set("k", Integer.MIN_VALUE);
        assertThat(keys.decrement("k")).isEqualTo(Integer.MIN_VALUE - 1L);
        assertThat(got("k")).isEqualTo(Integer.MIN_VALUE - 1L);
    }

    @Test
    void what_leaves_64_bits_is_refused_and_changes_nothing() {
        keys.set("k", Long.MAX_VALUE);
        assertRefused(Reason.BAD_REQUEST, "overflow", () -> keys.increment("k"));
        assertThat(got("k")).isEqualTo(Long.MAX_VALUE);
        keys.set("k", Long.MIN_VALUE);
        assertRefused(Reason.BAD_REQUEST, "overflow", () -> keys.decrement("k"));
        assertThat(got("k")).isEqualTo(Long.MIN_VALUE);
        assertThat(keys.increment("k", Long.MAX_VALUE)).isEqualTo(-1);
        assertThat(keys.increment("least", Long.MIN_VALUE)).isEqualTo(Long.MIN_VALUE);
        assertThatThrownBy(() -> keys.decrement("k", Long.MIN_VALUE))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(Long.toString(Long.MIN_VALUE));
        assertThatThrownBy(() -> keys.decrement("k", Long.MIN_VALUE, 0, null))
                .isInstanceOf(IllegalArgumentException.class);
        keys.set("d", Double.MAX_VALUE);
        assertRefused(Reason.BAD_REQUEST, "finite", () -> keys.increment("d", Double.MAX_VALUE));
        assertThat(got("d")).isEqualTo(Double.MAX_VALUE);
    }

    @Test
    void doubles_are_added_and_a_whole_number_becomes_one() {
        assertThat(keys.increment("k", 0.5)).isEqualTo(0.5);
        assertThat(keys.increment("k", -0.25)).isEqualTo(0.25);
        assertThat(got("k")).isEqualTo(0.25);
        keys.set("k", 41);
        assertThat(keys.increment("k", 1.0)).isEqualTo(42.0);
        assertThat(got("k")).isEqualTo(42.0);
        keys.set("k", "1.5");
        assertThat(keys.increment("k", 1.0)).isEqualTo(2.5);
        keys.set("k", 0.1f);
        assertThat(keys.increment("k", 0.0)).isEqualTo(0.1);
        for (double none : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            assertThatThrownBy(() -> keys.increment("k", none)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> keys.increment("k", 1.0, none, null)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(got("k")).isEqualTo(0.1);
    }

    @Test
    void a_whole_number_is_not_added_to_what_is_none() {
        for (Object value :
                Arrays.asList(1.0, 1.5f, "1.5", "text", "", " 1", "0x1", true, 'c', List.of(1), null, new byte[0])) {
            keys.set("k", value);
            assertRefused(Reason.BAD_REQUEST, value instanceof Number ? "double" : "", () -> keys.increment("k"));
            assertThat(got("k")).isEqualTo(value);
        }
        keys.set("k", "text");
        assertRefused(Reason.BAD_REQUEST, "no number", () -> keys.increment("k", 1.0));
    }

    @Test
    void adding_keeps_the_deadline() {
        keys.set("k", 1L, MINUTE);
        keys.increment("k");
        keys.increment("k", 1.5);
        assertThat(got("k")).isEqualTo(3.5);
        assertThat(ttlOf("k")).isBetween(MINUTE.minusSeconds(30), MINUTE);
    }

    @Test
    void increments_from_many_threads_are_all_counted() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Thread thread = new Thread(() -> IntStream.range(0, 500).forEach(n -> keys.increment("k")));
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(got("k")).isEqualTo(2_000L);
    }

    // --- time

    @Test
    void an_entry_without_ttl_stays_forever_and_one_with_goes() {
        keys.set("k", "v");
        assertThat(keys.ttl("k")).contains(Keyspace.FOREVER);
        assertThat(keys.ttl("missing")).isEmpty();
        keys.set("short", "v", SHORT);
        assertThat(keys.ttl("short").orElse(Duration.ZERO)).isLessThanOrEqualTo(SHORT);
        eventually(() -> assertThat(keys.exists("short")).isFalse());
        assertThat(got("short")).isNull();
        assertThat(keys.ttl("short")).isEmpty();
        assertThat(keys.delete("short")).isFalse();
        assertThat(keys.add("short", "again")).isTrue();
    }

    @Test
    void an_entry_stored_anew_without_ttl_keeps_no_deadline() {
        List<Runnable> stores = List.of(
                () -> keys.set("k", "w"),
                () -> keys.getAndSet("k", "w"),
                () -> keys.replace("k", "w"),
                () -> keys.set("k", "w", null, SetIf.PRESENT),
                () -> keys.setMany(Map.of("k", "w")),
                () -> keys.cas("k", "w", keys.getWithVersion("k").orElseThrow().version()));
        for (Runnable store : stores) {
            keys.set("k", "v", MINUTE);
            assertThat(ttlOf("k")).isLessThanOrEqualTo(MINUTE);
            store.run();
            assertThat(got("k")).isEqualTo("w");
            assertThat(ttlOf("k")).isEqualTo(Keyspace.FOREVER);
        }
    }

    @Test
    void a_ttl_of_nothing_or_less_is_refused_and_a_tiny_one_is_a_millisecond() {
        for (Duration none : List.of(Duration.ZERO, Duration.ofMillis(-1), Duration.ofNanos(-1))) {
            assertThatThrownBy(() -> keys.set("k", "v", none))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(none.toString());
            assertThatThrownBy(() -> keys.add("k", "v", none)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> keys.expire("k", Duration.ofMillis(-1))).isInstanceOf(IllegalArgumentException.class);
        assertThat(keys.exists("k")).isFalse();
        keys.set("k", "v", Duration.ofNanos(1));
        eventually(() -> assertThat(keys.exists("k")).isFalse());
        keys.set("k", "v");
        assertThat(keys.expire("k", Duration.ofNanos(1))).isTrue();
        eventually(() -> assertThat(keys.exists("k")).isFalse());
    }

    @Test
    void a_huge_ttl_is_kept_as_long_as_time_can_be_told() {
        keys.set("k", "v", Duration.ofDays(365_000));
        assertThat(ttlOf("k")).isBetween(Duration.ofDays(364_999), Duration.ofDays(365_000));
        keys.set("k", "v", Keyspace.FOREVER);
        assertThat(ttlOf("k")).isEqualTo(Keyspace.FOREVER);
        keys.set("k", "v", Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(ttlOf("k")).isEqualTo(Keyspace.FOREVER);
        keys.set("k", "v", Keyspace.FOREVER.minusMillis(1));
        assertThat(ttlOf("k")).isLessThan(Keyspace.FOREVER).isGreaterThan(Duration.ofDays(100_000_000_000L - 100_000));
        assertThat(got("k")).isEqualTo("v");
    }

    @Test
    void a_deadline_is_set_moved_and_taken_away() {
        assertThat(keys.expire("k", MINUTE)).isFalse();
        assertThat(keys.persist("k")).isFalse();
        assertThat(keys.exists("k")).isFalse();
        keys.set("k", "v");
        assertThat(keys.persist("k")).isFalse();
        assertThat(keys.expire("k", MINUTE)).isTrue();
        assertThat(ttlOf("k")).isBetween(MINUTE.minusSeconds(30), MINUTE);
        assertThat(keys.persist("k")).isTrue();
        assertThat(ttlOf("k")).isEqualTo(Keyspace.FOREVER);
        assertThat(keys.expire("k", MINUTE)).isTrue();
        assertThat(keys.expire("k", Keyspace.FOREVER)).isTrue();
        assertThat(ttlOf("k")).isEqualTo(Keyspace.FOREVER);
        assertThat(got("k")).isEqualTo("v");
        assertThat(keys.expire("k", Duration.ZERO)).isTrue();
        assertThat(keys.exists("k")).isFalse();
    }

    @Test
    void touch_tells_whether_the_entry_is_there_and_moves_no_deadline_which_expire_does() {
        assertThat(keys.touch("k")).isFalse();
        assertThat(keys.expire("k", MINUTE)).isFalse();
        keys.set("k", "v", MINUTE);
        assertThat(keys.touch("k")).isTrue();
        assertThat(ttlOf("k")).isLessThanOrEqualTo(MINUTE);
        assertThat(keys.expire("k", Duration.ofHours(1))).isTrue();
        assertThat(ttlOf("k")).isBetween(Duration.ofMinutes(59), Duration.ofHours(1));
    }

    // --- whole caches

    @Test
    void a_scan_brings_every_entry_once_in_batches_that_are_bounded() {
        Map<String, Integer> entries = new HashMap<>();
        for (int i = 0; i < 12_000; i++) {
            entries.put("key" + i, i);
        }
        keys.setMany(entries);
        assertThat(keys.size()).isEqualTo(12_000);
        for (int batch : new int[] {100, 1_000, 1_000_000}) {
            List<Map.Entry<String, Integer>> all = new ArrayList<>();
            keys.<String, Integer>scan("key*", batch, page -> {
                assertThat(page).isNotEmpty().hasSizeLessThanOrEqualTo(batch);
                all.addAll(page);
            });
            assertThat(all).hasSize(12_000);
            assertThat(all.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)))
                    .isEqualTo(entries);
        }
        assertThat(keys.<String, Integer>scan().map(Map.Entry::getKey).collect(Collectors.toSet()))
                .isEqualTo(entries.keySet());
        assertThat(keys.<String, Integer>scan("key1234?").map(Map.Entry::getValue))
                .isEmpty();
        assertThat(keys.<String, Integer>scan("key1199?").map(Map.Entry::getValue))
                .containsExactlyInAnyOrder(
                        11_990, 11_991, 11_992, 11_993, 11_994, 11_995, 11_996, 11_997, 11_998, 11_999);
        assertThat(keys.<String, Integer>scanPrefix("key1199").count()).isEqualTo(11);
    }

    @Test
    void patterns_are_as_redis_has_them() {
        keys.setMany(Map.of("one", 1, "two", 2, "three", 3, "a*b", 4, "a[b", 5, "a\\b", 6, "a^b", 7, "", 8, "ax", 9));
        keys.set(5L, "no text");
        keys.set(List.of("one"), "no text");
        keys.set("one".getBytes(StandardCharsets.UTF_8), "no text");
        assertThat(matching("t*")).containsExactlyInAnyOrder("two", "three");
        assertThat(matching("*")).hasSize(9);
        assertThat(matching("t?o")).containsExactly("two");
        assertThat(matching("[ot][nw][a-o]")).containsExactlyInAnyOrder("one", "two");
        assertThat(matching("[^t]*")).containsExactlyInAnyOrder("one", "a*b", "a[b", "a\\b", "a^b", "ax");
        assertThat(matching("a\\*b")).containsExactly("a*b");
        assertThat(matching("a\\[b")).containsExactly("a[b");
        assertThat(matching("a\\\\b")).containsExactly("a\\b");
        assertThat(matching("a^b")).containsExactly("a^b");
        assertThat(keys.scan().count()).isEqualTo(12);
        for (int batch : new int[] {0, -1}) {
            assertThatThrownBy(() -> keys.scan("*", batch, page -> {}))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("batch");
        }
        assertThatThrownBy(() -> keys.scan(""))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("empty");
    }

    private Set<String> matching(String pattern) {
        List<String> found =
                keys.<String, Object>scan(pattern).map(Map.Entry::getKey).toList();
        assertThat(found).doesNotHaveDuplicates();
        return new LinkedHashSet<>(found);
    }

    @Test
    void a_prefix_is_taken_as_it_is_written() {
        List<String> prefixes =
                List.of("*", "?", "[a-z]", "[", "]", "\\", "^", "[^a]", "a*", "\\*", "-", "\u20ac", "$1", "\\Q", "a\\");
        Map<String, String> entries = new HashMap<>();
        for (String prefix : prefixes) {
            entries.put(prefix + "#1", prefix);
            entries.put(prefix + "#2", prefix);
        }
        entries.put("az#", "plain");
        entries.put("b", "plain");
        keys.setMany(entries);
        for (String prefix : prefixes) {
            Set<String> expected = entries.keySet().stream()
                    .filter(key -> key.startsWith(prefix))
                    .collect(Collectors.toSet());
            assertThat(keys.<String, String>scanPrefix(prefix).map(Map.Entry::getKey))
                    .as(prefix)
                    .containsExactlyInAnyOrderElementsOf(expected);
            List<String> batched = new ArrayList<>();
            keys.<String, String>scanPrefix(prefix, 1, page -> {
                assertThat(page).hasSize(1);
                batched.add(page.get(0).getKey());
            });
            assertThat(batched).as(prefix).containsExactlyInAnyOrderElementsOf(expected);
        }
        assertThat(keys.scanPrefix("").count()).isEqualTo(entries.size());
    }

    @Test
    void a_scan_brings_what_stays_once_while_other_entries_come_and_go() throws InterruptedException {
        Map<String, Integer> stays = new HashMap<>();
        named("stays", 3_000).forEach(name -> stays.put(name, 1));
        keys.setMany(stays);
        AtomicBoolean done = new AtomicBoolean();
        Thread changes = new Thread(() -> {
            for (int i = 0; !done.get(); i++) {
                Map<String, Integer> comes = new HashMap<>();
                named("comes" + i % 20 + "-", 300).forEach(name -> comes.put(name, 2));
                keys.setMany(comes);
                keys.increment("stays" + i % 3_000);
                keys.deleteMany(named("comes" + (i + 10) % 20 + "-", 300));
            }
        });
        changes.start();
        try {
            for (int round = 0; round < 3; round++) {
                List<String> seen = new ArrayList<>();
                keys.<String, Integer>scan(200, page -> page.forEach(entry -> seen.add(entry.getKey())));
                assertThat(seen.stream().filter(key -> key.startsWith("stays")).toList())
                        .containsExactlyInAnyOrderElementsOf(stays.keySet());
                assertThat(keys.scanPrefix("stays").count()).isEqualTo(3_000);
            }
        } finally {
            done.set(true);
            changes.join();
        }
    }

    @Test
    void what_the_consumer_throws_ends_the_scan_and_reaches_the_caller() {
        keys.setMany(Map.of("a", 1, "b", 2, "c", 3));
        List<Object> seen = new ArrayList<>();
        assertThatThrownBy(() -> keys.scan("*", 1, page -> {
                    seen.addAll(page);
                    throw new IllegalStateException("enough");
                }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("enough");
        assertThat(seen).hasSize(1);
    }

    @Test
    void a_cleared_cache_is_empty_and_no_other_is() {
        Keyspace other = keyspace("another");
        other.set("k", "stays");
        keys.setMany(Map.of("a", 1, "b", 2, 3L, "c"));
        assertThat(keys.size()).isEqualTo(3);
        keys.clear();
        assertThat(keys.size()).isZero();
        assertThat(keys.scan().count()).isZero();
        assertThat(got("a")).isNull();
        assertThat(other.<Object>get("k")).isEqualTo("stays");
        keys.clear();
    }

    @Test
    void a_value_beyond_the_frame_is_refused_before_it_is_sent_and_one_within_is_stored() {
        keys.set("fits", new byte[(5 << 20) - 200]);
        assertRefused(Reason.TOO_LARGE, "at most 5242880", () -> keys.set("k", new byte[5 << 20]));
        assertRefused(Reason.TOO_LARGE, "at most 5242880", () -> keys.add("k", new byte[5 << 20]));
        assertRefused(Reason.TOO_LARGE, "at most 5242880", () -> keys.append("k", new byte[5 << 20]));
        assertThat(keys.exists("k")).isFalse();
        assertThat(((byte[]) got("fits")).length).isEqualTo((5 << 20) - 200);
        assertThat(Optional.of(keys.delete("fits"))).contains(true);
    }
}
