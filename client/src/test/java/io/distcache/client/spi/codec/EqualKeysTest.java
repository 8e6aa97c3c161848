package io.distcache.client.spi.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.NotEncodableException;
import io.distcache.client.spi.codec.SerializableKeys.Base;
import io.distcache.client.spi.codec.SerializableKeys.Bounded;
import io.distcache.client.spi.codec.SerializableKeys.ByFields;
import io.distcache.client.spi.codec.SerializableKeys.Derived;
import io.distcache.client.spi.codec.SerializableKeys.Disguised;
import io.distcache.client.spi.codec.SerializableKeys.Identified;
import io.distcache.client.spi.codec.SerializableKeys.KindsOfCollections;
import io.distcache.client.spi.codec.SerializableKeys.Money;
import io.distcache.client.spi.codec.SerializableKeys.Outside;
import io.distcache.client.spi.codec.SerializableKeys.Pair;
import io.distcache.client.spi.codec.SerializableKeys.Params;
import io.distcache.client.spi.codec.SerializableKeys.Singleton;
import io.distcache.client.spi.codec.SerializableKeys.Validated;
import io.distcache.client.spi.codec.SerializableKeys.WritesItself;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.GregorianCalendar;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.Vector;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.xml.namespace.QName;
import org.junit.jupiter.api.Test;

/** Keys that are equal are one entry, whatever Java serialization would write of them. */
@SuppressWarnings({"JavaUtilDate", "JdkObsolete", "StringOperationCanBeSimplified"})
class EqualKeysTest {
    private final Codec codec = Codec.create(
            Object.class,
            new CodecContext(
                    getClass().getClassLoader(),
                    "io.distcache.client.spi.codec.*;javax.xml.namespace.QName;java.io.File;java.lang.Throwable"));

    private void assertOneKey(Object... keys) {
        for (Object key : keys) {
            assertThat(key).isEqualTo(keys[0]);
            Bytes encoded = codec.encodeKey(key);
            assertThat(hex(encoded)).as("%s", key).isEqualTo(hex(codec.encodeKey(keys[0])));
            Object again = codec.decode(encoded);
            assertThat(again).isEqualTo(key);
            assertThat(again.hashCode()).isEqualTo(key.hashCode());
            assertThat(codec.encodeKey(again)).isEqualTo(encoded);
        }
    }

    private static String hex(Bytes bytes) {
        return HexFormat.of().formatHex(bytes.toByteArray());
    }

    private void assertSameBytes(String what, Object key, Object other) {
        assertThat(other).as(what).isEqualTo(key);
        assertThat(hex(codec.encodeKey(other))).as(what).isEqualTo(hex(codec.encodeKey(key)));
    }

    private static String copy(String text) {
        return new String(text);
    }

    @Test
    void one_text_twice_is_the_same_as_two_equal_texts() {
        String text = "de";
        assertOneKey(new Pair<>(text, text), new Pair<>(copy("de"), copy("de")));
    }

    @Test
    void one_object_twice_is_the_same_as_two_equal_objects() {
        Money money = new Money(7);
        Long large = 1L << 40;
        assertOneKey(new Pair<>(money, money), new Pair<>(new Money(7), new Money(7)));
        assertOneKey(new Pair<>(large, large), new Pair<>(1L << 40, 1L << 40));
        assertOneKey(
                new Pair<>(new Pair<>(money, List.of(money)), money),
                new Pair<>(new Pair<>(new Money(7), List.of(new Money(7))), new Money(7)));
    }

    @Test
    void collections_in_a_key_count_by_their_content() {
        HashMap<Object, Object> roomy = new HashMap<>(10_000);
        LinkedHashMap<Object, Object> backward = new LinkedHashMap<>();
        for (int i = 0; i < 40; i++) {
            roomy.put("k" + i, new Money(i));
            backward.put("k" + (39 - i), new Money(39 - i));
        }
        assertOneKey(
                new Pair<>(roomy, 1),
                new Pair<>(backward, 1),
                new Pair<>(new HashMap<>(backward), 1),
                new Pair<>(new TreeMap<>(roomy), 1),
                new Pair<>(Map.copyOf(roomy), 1));
        ArrayList<Object> grown = new ArrayList<>(1000);
        grown.addAll(List.of("a", new Money(1)));
        assertOneKey(
                new Pair<>(List.of("a", new Money(1)), Set.of("x", "y")),
                new Pair<>(grown, new TreeSet<>(List.of("y", "x"))),
                new Pair<>(Arrays.asList("a", new Money(1)), new HashSet<>(List.of("x", "y"))),
                new Pair<>(new LinkedList<>(grown), new LinkedHashSet<>(List.of("y", "x"))),
                new Pair<>(
                        Collections.unmodifiableList(grown),
                        Collections.synchronizedSet(new HashSet<>(Set.of("x", "y")))),
                new Pair<>(new Vector<>(grown), Set.copyOf(List.of("y", "x"))),
                new Pair<>(new CopyOnWriteArrayList<>(grown), Set.of("y", "x")));
        assertOneKey(
                new Pair<>(List.of(List.of(Map.of("a", Set.of(1, 2)))), null),
                new Pair<>(
                        Arrays.asList(new ArrayList<>(
                                List.of(new TreeMap<>(Map.of("a", new TreeSet<>(Set.of(2, 1))))))),
                        null));
    }

    @Test
    void a_field_that_insists_on_a_kind_of_collection_gets_it_and_counts_by_content() {
        assertOneKey(KindsOfCollections.of(10, false), KindsOfCollections.of(10_000, true));
    }

    @Test
    void arrays_of_parameters_count_by_their_content() {
        assertOneKey(
                new Params(
                        "a",
                        new Money(1),
                        new int[] {1, 2},
                        new Object[] {"x", null},
                        UUID.fromString("00000000-0000-0001-0000-000000000002")),
                new Params(copy("a"), new Money(1), new int[] {1, 2}, new Object[] {copy("x"), null}, new UUID(1, 2)));
    }

    @Test
    void value_types_of_the_jdk_keep_their_place_in_a_key() {
        for (Object value : List.of(
                new BigDecimal("1.50"),
                Instant.ofEpochSecond(5, 7),
                LocalDate.of(2026, 11, 29),
                ZonedDateTime.of(2026, 1, 2, 3, 4, 5, 6, ZoneId.of("Europe/Berlin")),
                new Date(77),
                Optional.of(new Money(3)),
                TimeUnit.DAYS,
                EnumSet.of(TimeUnit.DAYS, TimeUnit.HOURS),
                new EnumMap<>(Map.of(TimeUnit.DAYS, new Money(1))),
                'c',
                (short) 3,
                1.5f)) {
            assertOneKey(new Pair<>(value, value), new Pair<>(codec.decode(codec.encode(value)), value));
        }
        assertOneKey(new Pair<>(new QName(copy("n"), "n"), 1), new Pair<>(new QName("n", copy("n")), 1));
        assertOneKey(new QName(copy("n"), "n"), new QName("n", copy("n")));
        GregorianCalendar set = new GregorianCalendar(TimeZone.getTimeZone("UTC"));
        set.setTimeInMillis(0);
        set.set(1999, 11, 31, 23, 59, 58);
        GregorianCalendar told = new GregorianCalendar(TimeZone.getTimeZone("UTC"));
        told.setTimeInMillis(set.getTimeInMillis());
        assertOneKey(new Pair<>(set, 1), new Pair<>(told, 1));
    }

    @Test
    void superclasses_count_each_with_its_fields() {
        assertOneKey(
                new Derived("x", "x", List.of("x")), new Derived(copy("x"), copy("x"), new LinkedList<>(List.of("x"))));
        assertThat(codec.encodeKey(new Derived("x", "y", List.of())))
                .isNotEqualTo(codec.encodeKey(new Derived("y", "x", List.of())));
        Derived read = (Derived) codec.decode(codec.encodeKey(new Derived("x", "y", List.of())));
        assertThat(read.unserialized)
                .as("set by the constructor of the class that is not Serializable")
                .isEqualTo("made");
        assertThat((Object) read).isInstanceOf(Base.class);
    }

    @Test
    void classes_that_write_themselves_are_asked_to() {
        assertOneKey(new WritesItself("a", "a", 5), new WritesItself(copy("a"), copy("a"), 5));
        assertOneKey(new ByFields("a", 3), new ByFields(copy("a"), 3));
        assertOneKey(
                new Outside("a", List.of("a", 1)), new Outside(copy("a"), new LinkedList<>(List.of(copy("a"), 1))));
        assertOneKey(new Disguised("a"), new Disguised(copy("a")));
        assertOneKey(new Identified(new Date(5), "a"), new Identified(new Date(5), copy("a")));
        assertOneKey(
                new Bounded<>(Map.entry("k", new Money(1))),
                new Bounded<>(new HashMap<>(Map.of("k", new Money(1)))
                        .entrySet()
                        .iterator()
                        .next()));
    }

    @Test
    void what_a_class_checks_or_resolves_when_it_is_read_is_done() {
        assertThat(codec.decode(codec.encodeKey(Singleton.INSTANCE))).isSameAs(Singleton.INSTANCE);
        assertThat(codec.decode(codec.encodeKey(new Pair<>(Singleton.INSTANCE, 1))))
                .satisfies(pair -> assertThat(((Pair<?, ?>) pair).first).isSameAs(Singleton.INSTANCE));
        Validated key = new Validated(3);
        Validated.validated = 0;
        assertThat(codec.decode(codec.encodeUnwatched(new Pair<>(key, key)))).isEqualTo(new Pair<>(key, key));
        assertThat(Validated.validated).isEqualTo(2);
    }

    record Wrapped(Pair<?, ?> pair, Money money) {}

    @Test
    void records_and_serializable_classes_may_lie_in_one_another() {
        assertOneKey(
                new Wrapped(new Pair<>(new Wrapped(null, new Money(1)), List.of("a")), new Money(1)),
                new Wrapped(
                        new Pair<>(new Wrapped(null, new Money(1)), new ArrayList<>(List.of(copy("a")))),
                        new Money(1)));
        assertOneKey(List.of(new Pair<>("a", "a")), new Vector<>(List.of(new Pair<>(copy("a"), copy("a")))));
        assertOneKey(Map.of(new Pair<>("a", "a"), 1), new HashMap<>(Map.of(new Pair<>(copy("a"), copy("a")), 1)));
    }

    @Test
    void keys_that_differ_have_different_bytes() {
        List<Object> keys = List.of(
                new Pair<>("a", "b"),
                new Pair<>("b", "a"),
                new Pair<>("ab", ""),
                new Pair<>(null, "a"),
                new Pair<>("a", null),
                new Pair<>(1, 2L),
                new Pair<>(1L, 2),
                new Pair<>(List.of(1), List.of()),
                new Pair<>(List.of(), List.of(1)),
                new Params(1, 2),
                new Params(List.of(1, 2)),
                new Params(),
                new Outside("a", List.of()),
                new Outside("", List.of("a")),
                new WritesItself("a", "b", 1),
                new WritesItself("a", "b", 2),
                new ByFields("a", 1),
                new ByFields("a", 2),
                new Disguised("a"),
                new Disguised("b"),
                new Money(1));
        assertThat(keys.stream().map(codec::encodeKey).map(EqualKeysTest::hex).distinct())
                .hasSize(keys.size());
    }

    @Test
    void random_keys_of_equal_content_are_one_key() {
        for (long seed = 0; seed < 300; seed++) {
            assertSameBytes("seed " + seed, random(new Random(seed), 4, false), random(new Random(seed), 4, true));
        }
    }

    /** The same content for the same seed, of other kinds of collections and with other identities if {@code other}. */
    private static Object random(Random random, int depth, boolean other) {
        int kind = random.nextInt(depth == 0 ? 3 : 9);
        String text = "t" + random.nextInt(3);
        return switch (kind) {
            case 0 -> other ? copy(text) : text.intern();
            case 1 -> (long) random.nextInt(1000);
            case 2 -> new Money(random.nextInt(4));
            case 3 -> new Pair<>(random(random, depth - 1, other), random(random, depth - 1, other));
            case 4 -> new Params(random(random, depth - 1, other), random(random, depth - 1, other));
            case 5 -> new Outside(text, List.of(random(random, depth - 1, other)));
            default -> collection(kind, random, depth, other);
        };
    }

    private static Object collection(int kind, Random random, int depth, boolean other) {
        List<Object> parts = new ArrayList<>();
        int count = random.nextInt(5);
        for (int i = 0; i < count; i++) {
            parts.add(random(random, depth - 1, other));
        }
        if (kind == 6) {
            return other ? new LinkedList<>(parts) : parts;
        }
        if (other) {
            Collections.reverse(parts);
        }
        if (kind == 7) {
            return new HashSet<>(parts);
        }
        Map<Object, Object> map = other ? new HashMap<>(1000) : new LinkedHashMap<>();
        parts.forEach(part -> map.put(part, "v"));
        return map;
    }

    @Test
    void a_key_that_refers_to_itself_is_an_error_that_says_so() {
        List<Object> ring = new ArrayList<>();
        ring.add(ring);
        Pair<Object, Object> pair = new Pair<>(ring, 1);
        ring.set(0, pair);
        assertThatThrownBy(() -> codec.encodeKey(pair))
                .isInstanceOf(NotEncodableException.class)
                .hasMessageContaining("pair is nested deeper than 500 or refers to itself");
    }

    @Test
    void a_part_that_cannot_be_stored_is_named_with_its_place() {
        assertThatThrownBy(() -> codec.encodeKey(new Pair<>(1, List.of(new Samples.Opaque(1)))))
                .isInstanceOf(NotEncodableException.class)
                .hasMessageContaining("pair.second[0] cannot be stored: class " + Samples.Opaque.class.getName());
    }

    @Test
    void a_tree_with_an_order_of_its_own_is_kept_where_a_field_wants_one() {
        TreeSet<Money> one = new TreeSet<>(new SerializableKeys.ByCents());
        one.addAll(List.of(new Money(2), new Money(1)));
        TreeSet<Money> other = new TreeSet<>(new SerializableKeys.ByCents());
        other.addAll(List.of(new Money(1), new Money(2)));
        assertOneKey(new SerializableKeys.Sorted(one), new SerializableKeys.Sorted(other));
        TreeSet<String> down = new TreeSet<>(Comparator.reverseOrder());
        down.addAll(List.of("a", "b"));
        assertOneKey(new SerializableKeys.Sorted(down), new SerializableKeys.Sorted(new TreeSet<>(Set.of("b", "a"))));
    }

    @Test
    void concurrent_maps_in_records_count_by_content() {
        record Counts(ConcurrentHashMap<String, Long> counts) {}
        ConcurrentHashMap<String, Long> roomy = new ConcurrentHashMap<>(10_000);
        ConcurrentHashMap<String, Long> small = new ConcurrentHashMap<>(1);
        for (long i = 0; i < 50; i++) {
            roomy.put("k" + i, i);
            small.put("k" + (49 - i), 49 - i);
        }
        assertThat(hex(codec.encodeKey(new Counts(roomy)))).isEqualTo(hex(codec.encodeKey(new Counts(small))));
        assertThat(new Hashtable<>(roomy)).isEqualTo(new ConcurrentSkipListMap<>(small));
    }

    @Test
    void values_are_written_as_ever() {
        assertThat(codec.encode(new Money(1)).get(0)).isEqualTo(ValueTag.SERIALIZED);
        assertThat(codec.encodeKey(new Money(1)).get(0)).isEqualTo(ValueTag.PORTABLE);
    }
}
