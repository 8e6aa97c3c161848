package io.distcache.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.distcache.client.ClientConfig;
import io.distcache.client.DistCacheClient;
import io.distcache.client.NodeAddress;
import io.distcache.client.NodeListener;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.client.SerializationRefusedException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.Month;
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
import java.util.Collections;
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
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is stored by the native API comes back equal and of the same class, over the wire and from a node of its own process. */
@Timeout(120)
@SuppressWarnings({"JdkObsolete", "JavaUtilDate"}) // such values are stored too
class NativeValuesIT {
    private static final int MIB = 1 << 20;
    /** A value of 64 MiB is on its way for seconds if the machine is busy. */
    private static final Duration LONG = Duration.ofSeconds(60);

    private static NodeProcess node;
    private static DistCacheClient client;
    private static DistCacheClient trusting;

    @BeforeAll
    static void start() {
        node = NodeSetup.of().withJvmFlags("-Xmx768m").start();
        client = connect("");
        trusting = connect(NativeValuesIT.class.getName() + "*");
    }

    private static DistCacheClient connect(String allow) {
        return DistCacheClient.connect(ClientConfig.of(NodeAddress.parse(node.address())).toBuilder()
                .callTimeout(LONG)
                .allow(allow)
                .build());
    }

    @AfterAll
    static void stop() {
        client.close();
        trusting.close();
        node.close();
    }

    private static void assertComesBack(Object... values) {
        assertComesBack(client, values);
    }

    private static void assertComesBack(DistCacheClient by, Object... values) {
        for (Object value : values) {
            by.set("k", value);
            assertSame(by.get("k"), value);
            by.set("k", Arrays.asList(value, List.of(Optional.of(1)), value));
            List<Object> inside = by.get("k");
            assertSame(inside.get(0), value);
            assertSame(inside.get(2), value);
        }
        Map<String, Object> many = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            many.put("many" + i, values[i]);
        }
        by.setMany(many);
        Map<String, Object> found = by.gets(many.keySet());
        many.forEach((key, value) -> assertSame(found.get(key), value));
    }

    private static void assertSame(Object found, Object value) {
        assertThat(Objects.deepEquals(found, value))
                .as("%s is %s", found, value)
                .isTrue();
        assertThat(found.getClass()).isEqualTo(value.getClass());
    }

    // --- scalars

    @Test
    void text_comes_back_to_the_last_unit() {
        StringBuilder every = new StringBuilder();
        for (int unit = 0; unit <= 0xffff; unit++) {
            every.append((char) unit);
        }
        assertComesBack(
                "",
                " ",
                "text",
                "\0",
                "\u00fcber",
                "\ud83d\ude00 emoji \ud83d\udc69\u200d\ud83d\udc67",
                "e\u0301",
                "\ud800",
                "\udc00",
                "a\udc00\ud800b",
                every.toString(),
                every.reverse().toString(),
                "x".repeat(MIB),
                "\u20ac".repeat(100_000),
                "42",
                "null",
                "true");
    }

    @Test
    void whole_numbers_come_back_with_their_width() {
        assertComesBack(
                0,
                1,
                -1,
                Integer.MIN_VALUE,
                Integer.MAX_VALUE,
                0L,
                1L,
                -1L,
                Long.MIN_VALUE,
                Long.MAX_VALUE,
                (long) Integer.MAX_VALUE + 1,
                (short) 0,
                Short.MIN_VALUE,
                Short.MAX_VALUE,
                (byte) 0,
                Byte.MIN_VALUE,
                Byte.MAX_VALUE,
                'a',
                '\0',
                '\uffff',
                '\ud800',
                BigInteger.ZERO,
                BigInteger.TWO.pow(200).negate());
        client.set("k", 1);
        assertThat(client.<Object>get("k")).isNotEqualTo(1L);
        client.set("k", List.of(1, 1L, (short) 1, (byte) 1, '1', "1", 1.0, 1.0f));
        assertThat(client.<Object>get("k")).isEqualTo(List.of(1, 1L, (short) 1, (byte) 1, '1', "1", 1.0, 1.0f));
    }

    @Test
    void doubles_come_back_bit_by_bit() {
        assertComesBack(
                0.0,
                -0.0,
                1.5,
                -1.5,
                1e300,
                Double.MIN_VALUE,
                Double.MAX_VALUE,
                Double.NaN,
                Double.POSITIVE_INFINITY,
                Double.NEGATIVE_INFINITY,
                0.1 + 0.2,
                0.0f,
                -0.0f,
                0.1f,
                Float.NaN,
                Float.MIN_VALUE,
                Float.MAX_VALUE,
                Float.NEGATIVE_INFINITY,
                new BigDecimal("1.10"),
                new BigDecimal("1.1"),
                new BigDecimal("-1E+1000"));
    }

    @Test
    void truth_and_nothing_come_back() {
        assertComesBack(true, false);
        client.set("k", null);
        assertThat(client.<Object>get("k")).isNull();
        client.set("k", Arrays.asList(null, true, null));
        assertThat(client.<Object>get("k")).isEqualTo(Arrays.asList(null, true, null));
    }

    // --- bytes

    @Test
    void an_image_comes_back_and_can_be_shown() throws IOException {
        BufferedImage image = new BufferedImage(120, 80, BufferedImage.TYPE_INT_RGB);
        Random random = new Random(1);
        for (int x = 0; x < 120; x++) {
            for (int y = 0; y < 80; y++) {
                image.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        assertThat(ImageIO.write(image, "png", png)).isTrue();
        client.set("logo.png", png.toByteArray());
        byte[] stored = client.get("logo.png");
        assertThat(stored).isEqualTo(png.toByteArray()).startsWith(0x89, 'P', 'N', 'G');
        BufferedImage shown = ImageIO.read(new ByteArrayInputStream(stored));
        assertThat(shown.getRGB(0, 0, 120, 80, null, 0, 120)).isEqualTo(image.getRGB(0, 0, 120, 80, null, 0, 120));
    }

    @Test
    void a_pdf_comes_back() {
        byte[] pdf = pdf("Invoice 4711");
        client.set("invoice.pdf", pdf);
        assertThat(client.get("invoice.pdf", byte[].class)).isEqualTo(pdf);
    }

    private static byte[] pdf(String text) {
        String content = "BT /F1 24 Tf 72 720 Td (" + text + ") Tj ET";
        List<String> objects = List.of(
                "<< /Type /Catalog /Pages 2 0 R >>",
                "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
                        + " /Resources << /Font << /F1 5 0 R >> >> >>",
                "<< /Length " + content.length() + " >>\nstream\n" + content + "\nendstream",
                "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
        StringBuilder file = new StringBuilder("%PDF-1.4\n%\u00e2\u00e3\u00cf\u00d3\n");
        StringBuilder table = new StringBuilder("0000000000 65535 f \n");
        for (int i = 0; i < objects.size(); i++) {
            table.append(String.format(Locale.ROOT, "%010d 00000 n \n", file.length()));
            file.append(i + 1).append(" 0 obj\n").append(objects.get(i)).append("\nendobj\n");
        }
        int start = file.length();
        file.append("xref\n0 6\n").append(table).append("trailer << /Size 6 /Root 1 0 R >>\nstartxref\n");
        return file.append(start).append("\n%%EOF\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    @Test
    void arrays_come_back() {
        byte[] all = new byte[256];
        for (int i = 0; i < all.length; i++) {
            all[i] = (byte) i;
        }
        assertComesBack(
                all,
                new byte[0],
                new int[] {1, -1},
                new int[0],
                new long[] {Long.MIN_VALUE},
                new double[] {Double.NaN},
                new boolean[] {true, false},
                new char[] {'\ud800'},
                new String[] {"a", null},
                new Object[] {1, "a", null},
                new Integer[] {1, null},
                new byte[][] {{1}, {}, {2, 3}},
                new LocalDate[] {LocalDate.EPOCH});
    }

    @Test
    void the_callers_array_and_the_stored_one_are_two() {
        byte[] mine = {1, 2, 3};
        client.set("k", mine);
        mine[0] = 9;
        byte[] found = client.get("k");
        assertThat(found).containsExactly(1, 2, 3);
        found[0] = 9;
        assertThat(client.get("k", byte[].class)).containsExactly(1, 2, 3);
    }

    // --- collections

    @Test
    void lists_sets_and_maps_come_back_as_what_they_were() {
        Map<String, Integer> map = new HashMap<>();
        map.put("one", 1);
        map.put(null, 0);
        map.put("none", null);
        EnumMap<Color, Integer> byColor = new EnumMap<>(Color.class);
        byColor.put(Color.GREEN, 1);
        assertComesBack(
                List.of(),
                List.of(1),
                List.of(1, 2),
                List.of(1, 2, 3, 4),
                Set.of(),
                Set.of(1),
                Set.of(1, "2", 3L),
                Map.of(),
                Map.of(1, 2),
                Map.of(1, 2, 3L, List.of()),
                new ArrayList<>(),
                new ArrayList<>(Arrays.asList(1, null)),
                new LinkedList<>(List.of(1)),
                new HashSet<>(Arrays.asList(1, null)),
                new LinkedHashSet<>(List.of(3, 1, 2)),
                new TreeSet<>(List.of(3, 1, 2)),
                new TreeSet<>(Collections.reverseOrder()),
                map,
                new LinkedHashMap<>(map),
                new TreeMap<>(Map.of("b", 1, "a", 2)),
                Arrays.asList(1, null, "x"),
                new AbstractMap.SimpleEntry<>("k", 1),
                BitSet.valueOf(new long[] {5, 7}));
        assertComesBack(trusting, byColor, EnumSet.of(Color.RED, Color.BLUE), EnumSet.noneOf(Color.class));
        for (List<?> view : List.of(List.of(), Collections.emptyList(), Collections.nCopies(3, "x"))) {
            client.set("k", view);
            List<Object> found = client.get("k");
            assertThat(found).isEqualTo(view);
            assertThatThrownBy(() -> found.add(1)).isInstanceOf(UnsupportedOperationException.class);
        }
        client.set("k", new LinkedHashSet<>(List.of(3, 1, 2)));
        assertThat(new ArrayList<>(client.<Set<Integer>>get("k"))).containsExactly(3, 1, 2);
        client.set("k", new ArrayDeque<>(List.of(1, 2)));
        assertThat(client.get("k", ArrayDeque.class).toArray()).containsExactly(1, 2);
    }

    @Test
    void nested_empty_collections_come_back() {
        assertComesBack(
                List.of(List.of(), Set.of(), Map.of(), new byte[0].length, ""),
                List.of(List.of(List.of(List.of()))),
                new ArrayList<>(List.of(new ArrayList<>(), new HashMap<>(), new TreeSet<>())),
                Map.of(List.of(), Map.of(), "", Set.of(List.of())),
                new HashMap<>(Map.of("list", new LinkedList<>(), "map", new TreeMap<>(), "array", "")),
                Optional.of(List.of()));
        Object deep = List.of();
        for (int i = 0; i < 60; i++) {
            deep = i % 2 == 0 ? List.of(deep, i) : Map.of("k", deep);
        }
        assertComesBack(deep);
    }

    // --- time and the rest of the JDK

    @Test
    void dates_and_times_come_back_to_the_nanosecond() {
        ZoneId berlin = ZoneId.of("Europe/Berlin");
        LocalDateTime leap = LocalDateTime.of(2024, 2, 29, 23, 59, 59, 999_999_999);
        LocalDateTime twice = LocalDateTime.of(2024, 10, 27, 2, 30);
        Date date = new Date(1_700_000_000_123L);
        assertComesBack(
                LocalDate.MIN,
                LocalDate.MAX,
                LocalDate.of(2024, 2, 29),
                LocalTime.MIDNIGHT,
                LocalTime.MAX,
                leap,
                LocalDateTime.MIN,
                Instant.EPOCH,
                Instant.MIN,
                Instant.MAX,
                Instant.ofEpochSecond(-1, 999_999_999),
                leap.atZone(berlin),
                ZonedDateTime.ofLocal(twice, berlin, ZoneOffset.ofHours(1)),
                ZonedDateTime.ofLocal(twice, berlin, ZoneOffset.ofHours(2)),
                leap.atOffset(ZoneOffset.ofHoursMinutes(5, 45)),
                OffsetTime.of(LocalTime.NOON, ZoneOffset.MIN),
                OffsetDateTime.MAX,
                Duration.ZERO,
                Duration.ofSeconds(Long.MIN_VALUE),
                Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
                Period.of(-1, 2, 3),
                Year.of(-44),
                YearMonth.of(2024, 2),
                MonthDay.of(2, 29),
                berlin,
                ZoneOffset.UTC,
                DayOfWeek.FRIDAY,
                Month.MAY,
                date,
                new java.sql.Date(date.getTime()),
                new java.sql.Timestamp(date.getTime()));
    }

    @Test
    void other_values_of_the_jdk_come_back() {
        assertComesBack(
                new UUID(1, -1),
                URI.create("https://example.org/a?b#c"),
                Locale.GERMANY,
                Locale.ROOT,
                Locale.forLanguageTag("zh-Hant-TW"),
                Currency.getInstance("EUR"),
                Optional.empty(),
                Optional.of("x"),
                Optional.of(Optional.of(1)),
                OptionalInt.of(1),
                OptionalInt.empty(),
                OptionalLong.of(1),
                OptionalDouble.of(-0.0),
                TimeUnit.DAYS);
    }

    // --- records, beans, enums

    enum Color {
        RED,
        GREEN {
            @Override
            int weight() {
                return 2;
            }
        },
        BLUE;

        int weight() {
            return 1;
        }
    }

    record Item(String name, BigDecimal price, int count) {}

    record Order(
            UUID id, Instant at, List<Item> items, Map<String, List<Item>> byShelf, Color color, Optional<Item> gift) {}

    record Pair<A, B>(A first, B second) {}

    record Nothing() {}

    /** A bean, as frameworks have them. */
    static class Person {
        private String name = "";
        private List<Order> orders = List.of();
        private Person boss;

        Person() {}

        Person(String name, List<Order> orders, Person boss) {
            this.name = name;
            this.orders = orders;
            this.boss = boss;
        }

        public String getName() {
            return name;
        }

        public void setName(String name) {
            this.name = name;
        }

        public List<Order> getOrders() {
            return orders;
        }

        public void setOrders(List<Order> orders) {
            this.orders = orders;
        }

        public Person getBoss() {
            return boss;
        }

        public void setBoss(Person boss) {
            this.boss = boss;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Person p
                    && name.equals(p.name)
                    && orders.equals(p.orders)
                    && Objects.equals(boss, p.boss);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    private static Order order() {
        Item item = new Item("nail", new BigDecimal("0.10"), 100);
        return new Order(
                new UUID(7, 7),
                Instant.EPOCH,
                List.of(item),
                Map.of("a1", List.of(item), "empty", List.of()),
                Color.GREEN,
                Optional.of(item));
    }

    @Test
    void records_beans_and_enums_that_are_allowed_come_back() {
        assertComesBack(
                trusting,
                Color.RED,
                Color.GREEN,
                order(),
                new Item(null, null, 0),
                new Nothing(),
                new Pair<>(1, 1L),
                new Pair<>(new Pair<>(List.of(), null), new Pair<>("a", Map.of(1, order()))),
                new Person(),
                new Person("Ann", List.of(order(), order()), new Person("Bob", List.of(), null)),
                List.of(order(), order()),
                Map.of("k", new Pair<>(Color.BLUE, new byte[0].length)),
                new Item[] {null},
                new TreeMap<>(Map.of(Color.BLUE, order(), Color.RED, order())));
    }

    @Test
    void a_class_that_is_asked_for_is_made_with_all_that_its_fields_declare() {
        client.set("order", order());
        assertThat(client.get("order", Order.class)).isEqualTo(order());
        Person ann = new Person("Ann", List.of(order()), new Person("Bob", List.of(), null));
        client.set("ann", ann);
        assertThat(client.get("ann", Person.class)).isEqualTo(ann);
        client.set("color", Color.GREEN);
        assertThat(client.get("color", Color.class)).isEqualTo(Color.GREEN);
        client.set("items", order().items().toArray(Item[]::new));
        assertThat(client.get("items", Item[].class)).containsExactlyElementsOf(order().items());
    }

    @Test
    void a_class_that_nobody_asked_for_or_allowed_is_refused_and_it_is_told_how_to_allow_it() {
        client.set("item", new Item("nail", BigDecimal.ONE, 1));
        assertThatThrownBy(() -> client.get("item"))
                .isInstanceOf(SerializationRefusedException.class)
                .hasMessageContaining(Item.class.getName())
                .hasMessageContaining("distcache.serialization.allow=" + Item.class.getName())
                .hasMessageContaining("ClientConfig.allow")
                .hasMessageContaining("get(key, Type.class)");
        assertThatThrownBy(() -> client.get("item", Order[].class)).isInstanceOf(RuntimeException.class);
        assertThatThrownBy(() -> client.gets(List.of("item"))).isInstanceOf(SerializationRefusedException.class);
        assertThat(trusting.<Item>get("item")).isEqualTo(new Item("nail", BigDecimal.ONE, 1));
        assertThat(client.exists("item")).isTrue();
    }

    // --- sizes

    @Test
    void sixty_four_mebibytes_come_back_and_more_is_refused_before_it_is_sent() {
        byte[] large = new byte[64 * MIB];
        new Random(1).nextBytes(large);
        long start = System.nanoTime();
        client.set("large", large);
        long stored = System.nanoTime();
        byte[] found = client.get("large");
        System.out.println("64 MiB stored in " + (stored - start) / 1_000_000 + " ms, read in "
                + (System.nanoTime() - stored) / 1_000_000 + " ms");
        assertThat(Arrays.equals(found, large)).isTrue();

        List<NodeListener.State> states = new CopyOnWriteArrayList<>();
        NodeListener listener = new NodeListener() {
            @Override
            public void stateChanged(String name, State state, String reason) {
                states.add(state);
            }
        };
        client.addListener(listener);
        byte[] larger = new byte[66 * MIB];
        long refusedFrom = System.nanoTime();
        RequestRefusedException refused =
                catchThrowableOfType(RequestRefusedException.class, () -> client.set("large", larger));
        assertThat(Duration.ofNanos(System.nanoTime() - refusedFrom)).isLessThan(LONG.dividedBy(6));
        assertThat(refused.reason()).isEqualTo(Reason.TOO_LARGE);
        assertThat(refused)
                .hasMessageContaining("was not sent")
                .hasMessageContaining("its frame takes 692060")
                .hasMessageContaining(Integer.toString(65 * MIB));
        assertThat(catchThrowableOfType(RequestRefusedException.class, () -> client.add("other", larger)))
                .hasMessageContaining("was not sent");
        assertThat(client.exists("other")).isFalse();
        assertThat(states).isEmpty();
        client.removeListener(listener);
        assertThat(client.delete("large")).isTrue();
    }
}
