package io.distcache.client.spi.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.NotEncodableException;
import io.distcache.client.SerializationLimitException;
import io.distcache.client.spi.codec.Samples.Color;
import io.distcache.client.spi.codec.Samples.Employee;
import io.distcache.client.spi.codec.Samples.Empty;
import io.distcache.client.spi.codec.Samples.Everything;
import io.distcache.client.spi.codec.Samples.Holder;
import io.distcache.client.spi.codec.Samples.Line;
import io.distcache.client.spi.codec.Samples.Link;
import io.distcache.client.spi.codec.Samples.Money;
import io.distcache.client.spi.codec.Samples.Opaque;
import io.distcache.client.spi.codec.Samples.Order;
import io.distcache.client.spi.codec.Samples.Pair;
import io.distcache.client.spi.codec.Samples.Person;
import io.distcache.client.spi.codec.Samples.Point;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;
import java.io.Serializable;
import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.MonthDay;
import java.time.OffsetDateTime;
import java.time.OffsetTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.AbstractMap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Currency;
import java.util.Date;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

@SuppressWarnings({"JavaUtilDate", "JdkObsolete"}) // Applications still hold them.
class CodecTest {
    private final Codec codec = Codec.create(
            Object.class, new CodecContext(getClass().getClassLoader(), "io.distcache.client.spi.codec.Samples*"));

    /** Come back equal and of the same class. */
    static Stream<Object> exact() {
        return Stream.of(
                new BigInteger("-123456789012345678901234567890"),
                BigInteger.ONE.shiftLeft(20_000),
                new BigDecimal("1.00"),
                new BigDecimal("-1e-300"),
                new UUID(1, -2),
                URI.create("http://a.example/b?c=%20d"),
                Locale.GERMANY,
                Locale.ROOT,
                new Locale.Builder()
                        .setLanguage("zh")
                        .setScript("Hant")
                        .setRegion("TW")
                        .build(),
                new Locale("ja", "JP", "JP"),
                Currency.getInstance("EUR"),
                Instant.MIN,
                Instant.MAX,
                Instant.parse("2024-02-29T12:34:56.123456789Z"),
                LocalDate.MIN,
                LocalDate.of(2024, 2, 29),
                LocalTime.MAX,
                LocalTime.of(1, 2),
                LocalDateTime.MAX,
                OffsetTime.of(LocalTime.NOON, ZoneOffset.ofHours(-5)),
                OffsetDateTime.MAX,
                ZonedDateTime.of(2024, 10, 27, 2, 30, 0, 5, ZoneId.of("Europe/Berlin")),
                ZonedDateTime.of(2024, 10, 27, 2, 30, 0, 5, ZoneId.of("Europe/Berlin"))
                        .withLaterOffsetAtOverlap(),
                ZonedDateTime.of(2024, 1, 1, 0, 0, 0, 0, ZoneOffset.ofHoursMinutes(5, 30)),
                ZoneId.of("UTC+2"),
                ZoneOffset.UTC,
                Duration.ofSeconds(-5, 3),
                Period.of(-1, 2, 3),
                Year.of(-44),
                YearMonth.of(2024, 2),
                MonthDay.of(2, 29),
                DayOfWeek.FRIDAY,
                TimeUnit.DAYS,
                new Date(123456789L),
                new java.sql.Date(5),
                new java.sql.Time(6),
                timestamp(-1, 999_999_999),
                TimeZone.getTimeZone("Europe/Paris"),
                new BitSet(),
                BitSet.valueOf(new long[] {5, 0, 1L << 63}),
                Optional.empty(),
                Optional.of(List.of(1)),
                OptionalInt.of(-7),
                OptionalInt.empty(),
                OptionalLong.of(Long.MIN_VALUE),
                OptionalDouble.of(0.5),
                OptionalDouble.empty(),
                Color.RED,
                Color.GREEN,
                EnumSet.of(Color.BLUE, Color.GREEN),
                EnumSet.noneOf(Color.class),
                EnumSet.allOf(DayOfWeek.class),
                new EnumMap<>(Map.of(Color.RED, 1, Color.GREEN, 2L)),
                new EnumMap<>(Color.class),
                new ArrayList<>(
                        Arrays.asList(1, 1L, (short) 1, (byte) 1, '1', 1f, 1d, "1", true, null, new ArrayList<>())),
                new ArrayList<>(List.of(Float.NaN, Double.NaN, -0.0, -0f, Double.MIN_VALUE, Float.MAX_VALUE)),
                new ArrayList<>(List.of(Integer.MIN_VALUE, Integer.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE, 0L, -1L)),
                new LinkedList<>(List.of(1, 2)),
                List.of(),
                List.of(1),
                List.of(1, 2, 3),
                Arrays.asList("a", null),
                Collections.unmodifiableList(new ArrayList<>(List.of("x"))),
                new HashSet<>(Arrays.asList(1, null, "x")),
                new LinkedHashSet<>(List.of(3, 1, 2)),
                new TreeSet<>(List.of("b", "a")),
                Set.of(1, 2, 3),
                new HashMap<>(Map.of(List.of(1), Map.of("k", Set.of()))),
                new LinkedHashMap<>(Map.of(1L, 1)),
                new TreeMap<>(Map.of("b", 1, "a", 2)),
                new TreeMap<>(Map.of(new Point(1, 2).x(), new Point(3, 4))),
                Map.of(),
                Map.of("a", 1),
                Map.of("a", 1, "b", 2),
                new ConcurrentHashMap<>(Map.of("a", 1)),
                new CopyOnWriteArrayList<>(List.of(1)),
                new ConcurrentSkipListMap<>(Map.of("a", 1)),
                new AbstractMap.SimpleEntry<>("k", null),
                new AbstractMap.SimpleImmutableEntry<>(1, 2),
                caseInsensitive(),
                new Point(-1, Integer.MAX_VALUE),
                new Empty(),
                new Pair<>(new Pair<>(1, 1L), List.of(new Pair<>(null, 'c'))),
                everything(),
                new Person("Zoë \uD83D\uDE00", 41, true, 1L << 40, List.of("a", "b")),
                new Employee(new Employee(null)),
                new Money(995),
                new ArrayList<>(List.of(new Money(1), new Money(2), new Point(1, 2))),
                new ArrayList<>(List.of("lone \uD800", "\uDFFF")));
    }

    @ParameterizedTest
    @MethodSource("exact")
    void comes_back_equal_and_of_the_same_class(Object value) {
        Object back = codec.decode(codec.encode(value));
        assertThat(back).isEqualTo(value).hasSameClassAs(value);
        assertThat(codec.decode(codec.encodeKey(value))).isEqualTo(value);
        if (value instanceof Collection<?> c) {
            List<?> expected = new ArrayList<>(c);
            List<?> actual = new ArrayList<>((Collection<?>) back);
            assertThat(actual.stream().map(CodecTest::className).toList())
                    .isEqualTo(expected.stream().map(CodecTest::className).toList());
        }
    }

    private static String className(Object o) {
        return o == null ? "null" : o.getClass().getName();
    }

    static Stream<Object> equalOnly() {
        return Stream.of(
                Collections.emptyList(),
                Collections.emptySet(),
                Collections.emptyMap(),
                Collections.singletonList(null),
                Collections.singleton(1),
                Collections.singletonMap(1, 2),
                Collections.nCopies(3, "x"),
                Collections.unmodifiableSet(new LinkedHashSet<>(List.of(2, 1))),
                Collections.unmodifiableMap(new TreeMap<>(Map.of(2, 1))),
                Collections.unmodifiableSortedMap(new TreeMap<>(Map.of(2, 1))),
                Collections.emptySortedSet(),
                Collections.emptyNavigableMap(),
                Collections.synchronizedList(new ArrayList<>(List.of(1))),
                Stream.of(1, null).toList(),
                new HashMap<>(Map.of(1, 2)).keySet(),
                new HashMap<>(Map.of(1, 2)).entrySet(),
                new ArrayList<>(List.of(1, 2, 3)).subList(1, 2),
                new TreeMap<>(Map.of(1, 2, 3, 4)).headMap(2),
                new TreeMap<>(caseInsensitive()).descendingMap(),
                new TreeSet<>(List.of(1, 2, 3)).tailSet(2),
                new TreeSet<>(List.of(1, 2, 3)).descendingSet(),
                Map.entry("k", "v"));
    }

    @ParameterizedTest
    @MethodSource("equalOnly")
    void comes_back_equal(Object value) {
        assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
        assertThat(codec.decode(codec.encodeKey(value))).isEqualTo(value);
    }

    static Stream<Arguments> arrays() {
        return Stream.<Object>of(
                        new byte[] {1, -1},
                        new short[] {1, -1},
                        new char[] {'a', '\uD800'},
                        new int[] {1, Integer.MIN_VALUE},
                        new long[] {1, Long.MIN_VALUE},
                        new float[] {1, Float.NaN},
                        new double[] {-0.0, 2},
                        new boolean[] {true, false},
                        new int[0],
                        new int[][] {{1}, {}, null},
                        new String[] {"a", null},
                        new Object[] {1, 1L, new byte[] {1}},
                        new Point[] {new Point(1, 2)},
                        new Number[][] {{1, 2L}},
                        new Comparable<?>[] {"a", 1})
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("arrays")
    void arrays_keep_their_component_type(Object array) {
        Object back = codec.decode(codec.encode(array));
        assertThat(Arrays.deepEquals(new Object[] {back}, new Object[] {array})).isTrue();
        assertThat(back).hasSameClassAs(array).isNotSameAs(array);
    }

    @Test
    @SuppressWarnings("unchecked")
    void a_deque_keeps_its_elements() {
        assertThat((Iterable<Object>) codec.decode(codec.encode(new ArrayDeque<>(List.of(1, 2)))))
                .containsExactly(1, 2);
        assertThat((Iterable<Object>) codec.decode(codec.encode(new PriorityQueue<>(List.of(2, 1)))))
                .containsExactly(1, 2);
    }

    @Test
    void random_structures_come_back() {
        for (long seed = 0; seed < 1500; seed++) {
            Object value = new RandomValues(seed).next();
            assertThat(codec.decode(codec.encode(value))).as("seed %d", seed).isEqualTo(value);
            assertThat(codec.decode(codec.encodeKey(value))).as("seed %d", seed).isEqualTo(value);
        }
    }

    @Test
    void what_memcached_keeps_beside_a_value_is_left_out() {
        for (Object value : List.of("text", "", 5L, true, everything(), new Money(5), List.of(1, "a"))) {
            assertThat(codec.decode(Samples.flagged(codec.encode(value)))).isEqualTo(value);
        }
        assertThat((byte[]) codec.decode(Samples.flagged(codec.encode(new byte[] {1, -1}))))
                .containsExactly(1, -1);
    }

    @Test
    void a_node_cannot_compare_by_what_memcached_keeps_beside_a_value() {
        assertThat(Codec.byteEqual(codec.encode("text"))).isTrue();
        assertThat(Codec.byteEqual(Samples.flagged(codec.encode("text")))).isFalse();
    }

    @Test
    void a_list_of_records_names_their_class_once() {
        List<Point> points = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            points.add(new Point(i, i));
        }
        assertThat(codec.encode(points).length())
                .isLessThan(codec.encode(points.get(0)).length() + 20 * 6);
        assertThat(codec.decode(codec.encode(points))).isEqualTo(points);
    }

    @Test
    void more_classes_than_are_remembered_come_back() {
        List<Object> types = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            for (int dimensions = 1; dimensions < 100; dimensions++) {
                types.add(java.lang.reflect.Array.newInstance(Point.class, new int[dimensions]));
            }
            types.add(new Point(1, 2));
        }
        List<?> back = (List<?>) codec.decode(codec.encode(types));
        assertThat(back.stream().map(CodecTest::className).toList())
                .isEqualTo(types.stream().map(CodecTest::className).toList());
    }

    @Test
    void what_is_cached_is_not_what_the_caller_holds() {
        byte[] inner = {1};
        List<Object> value = new ArrayList<>(List.of(inner));
        Bytes encoded = codec.encode(value);
        inner[0] = 9;
        value.clear();
        List<?> first = (List<?>) codec.decode(encoded);
        assertThat((byte[]) first.get(0)).containsExactly(1);
        ((byte[]) first.get(0))[0] = 7;
        assertThat((byte[]) ((List<?>) codec.decode(encoded)).get(0)).containsExactly(1);
    }

    @Test
    void bytes_are_read_from_the_middle_of_an_array() {
        for (Object value : List.of(everything(), new Money(5), "text", 5L)) {
            Bytes encoded = codec.encode(value);
            byte[] wider = new byte[encoded.length() + 10];
            System.arraycopy(encoded.array(), encoded.offset(), wider, 3, encoded.length());
            assertThat(codec.decode(Bytes.of(wider, 3, encoded.length()))).isEqualTo(value);
        }
    }

    @Test
    void records_and_beans_are_portable_and_others_serialized() {
        assertThat(codec.encode(new Point(1, 2)).get(0)).isEqualTo(ValueTag.PORTABLE);
        assertThat(codec.encode(new Person()).get(0)).isEqualTo(ValueTag.PORTABLE);
        assertThat(codec.encode(List.of(new Money(1))).get(0)).isEqualTo(ValueTag.PORTABLE);
        assertThat(codec.encode(new Money(1)).get(0)).isEqualTo(ValueTag.SERIALIZED);
    }

    @Test
    void large_text_and_arrays_inside_a_list_come_back() {
        String text = "häß".repeat(3_000_000);
        byte[] raw = new byte[10 << 20];
        new Random(1).nextBytes(raw);
        List<?> back = (List<?>) codec.decode(codec.encode(List.of(text, raw)));
        assertThat(back.get(0).equals(text)).isTrue();
        assertThat(Arrays.equals((byte[]) back.get(1), raw)).isTrue();
    }

    @Test
    void a_class_without_a_form_is_named_with_its_path() {
        Order order = new Order(
                "o1", List.of(new Line(1, null), new Line(2, null), new Line(3, null), new Line(4, new Opaque(5))));
        assertThatThrownBy(() -> codec.encode(order))
                .isInstanceOf(NotEncodableException.class)
                .hasMessageContaining("order.lines[3].product")
                .hasMessageContaining("Samples$Opaque")
                .hasMessageContaining("java.io.Serializable");
        assertThatThrownBy(() -> codec.encode(new Opaque(1)))
                .isInstanceOf(NotEncodableException.class)
                .hasMessageStartingWith("opaque cannot be stored");
    }

    @Test
    void a_class_inside_a_serialized_object_is_named_with_its_path_too() {
        Holder holder = new Holder(new ArrayList<>(List.of(1, new Opaque(2))));
        assertThatThrownBy(() -> codec.encode(holder))
                .isInstanceOf(NotEncodableException.class)
                .hasMessageContaining("holder.parts[1] ");
        assertThatThrownBy(() -> codec.encode(new Pair<>(1, holder)))
                .isInstanceOf(NotEncodableException.class)
                .hasMessageContaining("pair.second.parts[1] ");
    }

    @Test
    void lambdas_and_proxies_are_not_stored() {
        Comparator<String> lambda = (Comparator<String> & Serializable) String::compareTo;
        Object proxy =
                Proxy.newProxyInstance(getClass().getClassLoader(), new Class<?>[] {Runnable.class}, (p, m, a) -> null);
        assertThatThrownBy(() -> codec.encode(lambda)).hasMessageContaining("lambda");
        assertThatThrownBy(() -> codec.encode(List.of(proxy))).hasMessageContaining("proxy");
    }

    @Test
    void a_cycle_goes_through_java_serialization() {
        Link a = new Link();
        Link b = new Link();
        a.setNext(b);
        b.setNext(a);
        Link back = (Link) codec.decode(codec.encode(a));
        assertThat(back.getNext().getNext()).isSameAs(back);
        List<Object> self = new ArrayList<>();
        self.add(self);
        assertThat(((List<?>) codec.decode(codec.encode(self))).get(0)).isInstanceOf(List.class);
    }

    @Test
    void a_cycle_that_cannot_be_serialized_is_a_named_error() {
        Employee boss = new Employee(null);
        boss.setBoss(boss);
        assertThatThrownBy(() -> codec.encode(boss))
                .isInstanceOf(NotEncodableException.class)
                .hasMessageContaining("refers to itself");
    }

    @Test
    void depth_ends_in_a_value_or_a_named_error() {
        assertThat(codec.decode(codec.encode(nested(400)))).isEqualTo(nested(400));
        for (int depth = 490; depth < 1500; depth += 10) {
            Bytes encoded;
            try {
                encoded = codec.encode(nested(depth));
            } catch (SerializationLimitException e) {
                break;
            }
            assertThat(codec.decode(encoded)).isNotNull();
        }
        assertThatThrownBy(() -> codec.encode(nested(200_000)))
                .isInstanceOf(SerializationLimitException.class)
                .hasMessageContaining("serialization.max-depth");
    }

    private static Object nested(int depth) {
        Object value = 1;
        for (int i = 0; i < depth; i++) {
            value = new ArrayList<>(Collections.singletonList(value));
        }
        return value;
    }

    private static java.sql.Timestamp timestamp(long millis, int nanos) {
        java.sql.Timestamp timestamp = new java.sql.Timestamp(millis);
        timestamp.setNanos(nanos);
        return timestamp;
    }

    private static Map<String, Integer> caseInsensitive() {
        TreeMap<String, Integer> map = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        map.put("A", 1);
        return map;
    }

    private static Everything everything() {
        return new Everything(
                true,
                (byte) -1,
                Short.MIN_VALUE,
                '\uFFFF',
                -5,
                Long.MAX_VALUE,
                0.1f,
                Double.NEGATIVE_INFINITY,
                "t",
                5L,
                Color.GREEN,
                List.of(new Point(1, 2), new Point(3, 4)),
                new HashMap<>(Map.of(new Point(5, 6), List.of(Color.RED))),
                new TreeMap<>(Map.of("a", new Point(7, 8))),
                new int[0].length);
    }
}
