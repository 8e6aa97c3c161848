package io.distcache.client.spi.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationLimits;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.UndecodableValueException;
import io.distcache.client.spi.codec.Samples.Link;
import io.distcache.client.spi.codec.Samples.Money;
import io.distcache.client.spi.codec.Samples.Point;
import io.distcache.client.spi.codec.Samples.Wide;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.lang.management.ManagementFactory;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A few bytes, whoever made them, cost their reader neither much time nor much memory; usual values are not refused. */
@SuppressWarnings("JdkObsolete") // Attackers still hold a Hashtable.
@Timeout(value = 60, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SerializationLimitsTest {
    private static final long BEARABLE_MILLIS = 1_000;
    private static final long BEARABLE_BYTES = 400L << 20;
    private static final int ROUNDS = Integer.getInteger("distcache.testing.hostile-bytes", 2_000);

    private final Codec codec = codec(SerializationLimits.DEFAULT);

    private static Codec codec(SerializationLimits limits) {
        return Codec.create(
                Object.class,
                new CodecContext(
                        SerializationLimitsTest.class.getClassLoader(), "io.distcache.client.spi.codec.S*", limits));
    }

    // --- streams ---

    /** Objects whose Java streams take long to read: each has few objects that stand in many places, or keys of the same hash. */
    static Stream<Arguments> hostileObjects() {
        return Stream.of(
                Arguments.of("nested sets", doubled(28, HashSet::new)),
                Arguments.of("nested linked sets", doubled(28, LinkedHashSet::new)),
                Arguments.of("nested lists in a set", within(new HashSet<>(), 40)),
                Arguments.of("nested lists in an immutable set", within(null, 40)),
                Arguments.of(
                        "nested wrappers",
                        doubled(
                                28,
                                HashSet<Object>::new,
                                set -> set.add("foo"),
                                (set, inner) ->
                                        set.add(Collections.unmodifiableSet(Collections.synchronizedSet(inner))))),
                Arguments.of(
                        "nested maps",
                        doubled(
                                28,
                                HashMap<Object, Object>::new,
                                map -> map.put("foo", 1),
                                (map, inner) -> map.put(inner, 1))),
                Arguments.of(
                        "nested hashtables",
                        doubled(
                                28,
                                Hashtable<Object, Object>::new,
                                map -> map.put("foo", 1),
                                (map, inner) -> map.put(inner, 1))),
                Arguments.of(
                        "nested concurrent maps",
                        doubled(
                                28,
                                ConcurrentHashMap<Object, Object>::new,
                                map -> map.put("foo", 1),
                                (map, inner) -> map.put(inner, 1))),
                Arguments.of(
                        "nested entries",
                        doubled(
                                28,
                                HashSet<Object>::new,
                                set -> set.add("foo"),
                                (set, inner) -> set.add(new AbstractMap.SimpleEntry<Object, Object>(inner, 1)))),
                Arguments.of("nested objects of the application", twins(40)),
                Arguments.of("wide and flat", wide(60, 6)),
                Arguments.of("lists of the same hash", setOfLists(30_000)),
                Arguments.of("objects of the same hash", new HashSet<>(collidingMoney(7_000))),
                Arguments.of("texts of the same hash in a hashtable", new Hashtable<>(mapOf(texts(8_000)))),
                Arguments.of("texts of the same hash in an immutable set", Set.copyOf(texts(8_000))),
                Arguments.of("long texts that are compared", new PriorityQueue<>(same(1_000))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostileObjects")
    void a_stream_that_would_take_long_to_read_is_refused_at_once(String name, Object hostile) throws IOException {
        Bytes stream = streamOf(hostile);
        bearable(
                name,
                () -> assertThatThrownBy(() -> codec.decode(stream))
                        .as("%s, %d bytes", name, stream.length())
                        .isInstanceOf(SerializationLimitException.class)
                        .hasMessageContaining("serialization.max-references"));
    }

    @Test
    void what_get_would_refuse_put_refuses_in_the_same_words() throws IOException {
        for (Object hostile : List.of(
                new Samples.Holder(List.of(doubled(28, HashSet::new))),
                new Samples.Holder(List.of(new Hashtable<>(mapOf(texts(8_000))))))) {
            Bytes stream = streamOf(hostile);
            Throwable refused = refused(() -> codec.decode(stream));
            assertThat(refused(() -> codec.encode(hostile))).hasMessage(refused.getMessage());
        }
        // Portable values have no objects that stand in two places.
        bearable(
                "put",
                () -> assertThatThrownBy(() -> codec.encode(doubled(40, ArrayList::new)))
                        .isInstanceOf(SerializationLimitException.class)
                        .hasMessageContaining("serialization.max-references"));
    }

    private static Throwable refused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        Throwable refused = org.assertj.core.api.Assertions.catchThrowable(call);
        assertThat(refused).isInstanceOf(SerializationLimitException.class);
        return refused;
    }

    @Test
    void tables_that_are_announced_and_do_not_come_are_not_allocated() throws IOException {
        Object nested = 1;
        for (int i = 0; i < 100; i++) {
            nested = new HashMap<>(Collections.singletonMap(i, nested));
        }
        byte[] stream = streamOf(new Object[] {nested, new byte[1 << 20]}).toByteArray();
        int patched = 0;
        for (int i = 0; i < stream.length - 10 && patched < 100; i++) {
            // Block data of eight bytes: buckets and entries.
            if (stream[i] == 0x77 && stream[i + 1] == 8 && stream[i + 9] == 1) {
                stream[i + 7] = 0x3f;
                patched++;
            }
        }
        assertThat(patched).isEqualTo(100);
        bearable(
                "announced tables",
                () -> assertThatThrownBy(() -> codec.decode(Bytes.of(stream)))
                        .isInstanceOf(UndecodableValueException.class));
    }

    @Test
    void a_set_that_holds_itself_is_refused() throws IOException {
        Set<Object> set = new HashSet<>();
        List<Object> list = new ArrayList<>();
        set.add(list);
        list.add(set);
        list.add(7);
        Bytes stream = streamOf(set);
        assertThatThrownBy(() -> codec.decode(stream)).isInstanceOf(SerializationLimitException.class);
    }

    @Test
    void a_class_that_leaves_out_its_fields_comes_back() {
        Fieldless value = new Fieldless(0x77, new HashMap<>(Map.of("a", 1)));
        assertThat(((Fieldless) codec.decode(codec.encode(value))).map).isEqualTo(value.map);
    }

    /** Writes itself without defaultWriteObject, so that its stream has no fields although its class has. */
    static final class Fieldless implements Serializable {
        private static final long serialVersionUID = 1L;
        private int number;
        private Map<String, Integer> map;

        Fieldless(int number, Map<String, Integer> map) {
            this.number = number;
            this.map = map;
        }

        private void writeObject(ObjectOutputStream out) throws IOException {
            out.writeInt(number);
            out.writeObject(map);
        }

        @SuppressWarnings("unchecked")
        private void readObject(java.io.ObjectInputStream in) throws IOException, ClassNotFoundException {
            number = in.readInt();
            map = (Map<String, Integer>) in.readObject();
        }
    }

    // --- portable values ---

    static Stream<Arguments> hostilePortables() {
        String limit = "serialization.max-references";
        return Stream.of(
                Arguments.of("empty lists", portable(repeated(20 << 20, 0x80)), limit),
                Arguments.of("empty sets", portable(repeated(20 << 20, 0xcf, 0x80)), limit),
                Arguments.of("empty maps", portable(repeated(20 << 20, 0xcd, 0x80)), limit),
                Arguments.of("sets of one", portable(repeated(20 << 20, 0xcf, 0x81, 0x01)), limit),
                Arguments.of("concurrent maps", portable(repeated(20 << 20, 0xd9, 0x44, 0x66, 0x80)), limit),
                Arguments.of("a long decimal", decimal(4 << 20), limit),
                Arguments.of("many decimals in a tree", portable(decimals(800, 20_000)), limit),
                Arguments.of("texts of the same hash in Set.of", portable(setOf(0x60, texts(40_000))), limit),
                Arguments.of("lists of the same hash", portable(setOf(0, lists(60_000))), limit),
                Arguments.of("deep lists", portable(repeated(100_000, 0x81)), "serialization.max-depth"));
    }

    /** What is measured is the decoder, and not the compiler, which may have other JVMs beside it: small values of the same shapes. */
    @BeforeAll
    static void compile() {
        Codec codec = codec(SerializationLimits.DEFAULT);
        for (int i = 0; i < 300; i++) {
            for (int[] shape : new int[][] {{0x80}, {0xcf, 0x80}, {0xcd, 0x80}, {0xcf, 0x81, 0x01}}) {
                codec.decode(portable(repeated(2000, shape)));
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostilePortables")
    void portable_bytes_that_become_much_are_refused(String name, Bytes hostile, String limit) {
        bearable(
                name,
                () -> assertThatThrownBy(() -> codec.decode(hostile))
                        .as("%s, %d bytes", name, hostile.length())
                        .isInstanceOf(SerializationLimitException.class)
                        .hasMessageContaining(limit));
    }

    @Test
    void sets_nested_deep_are_read_or_refused_but_not_for_long() {
        for (int depth : new int[] {28, 100, 400}) {
            ByteArrayOutputStream item = new ByteArrayOutputStream();
            for (int i = 0; i < depth; i++) {
                item.writeBytes(new byte[] {(byte) 0xcf, (byte) 0x82, 0x01});
            }
            item.writeBytes(new byte[] {(byte) 0xcf, (byte) 0x80});
            bearable("depth " + depth, () -> codec.decode(portable(item.toByteArray())));
        }
    }

    @Test
    void long_names_are_damage_and_are_not_looked_up() {
        for (int tag : new int[] {7, 11}) {
            ByteArrayOutputStream item = new ByteArrayOutputStream();
            item.write(0xc0 | tag);
            item.write(0x82);
            text(item, "x".repeat(5 << 20) + " a");
            text(item, "y");
            bearable(
                    "tag " + tag,
                    () -> assertThatThrownBy(() -> codec.decode(portable(item.toByteArray())))
                            .isInstanceOf(UndecodableValueException.class)
                            .satisfies(e -> assertThat(e.getMessage()).hasSizeLessThan(500)));
        }
    }

    @Test
    void a_shape_of_many_fields_is_taken_apart_once_for_all_its_objects() {
        // Each object names a field more than it has, so that the shape is not one to remember.
        String shape = Point.class.getName() + " " + "z,".repeat(20_000) + "x";
        ByteArrayOutputStream item = new ByteArrayOutputStream();
        item.write(0x9f);
        for (int i = 0; i < 100; i++) {
            item.writeBytes(new byte[] {(byte) 0xc7, (byte) 0x9f});
            if (i == 0) {
                text(item, shape);
            } else {
                item.write(0);
            }
            for (int f = 0; f < 20_001; f++) {
                item.write(1);
            }
            item.write(0xff);
        }
        item.write(0xff);
        bearable("shapes", () -> codec.decode(portable(item.toByteArray())));
    }

    @Test
    void odd_texts_take_no_time() {
        for (int tag : new int[] {32, 0x4443, 0x4444, 0x4440 + 21}) {
            for (String text : List.of("x".repeat(1 << 20), "a-b".repeat(300_000), "u-".repeat(300_000) + "ab-cd")) {
                ByteArrayOutputStream item = new ByteArrayOutputStream();
                if (tag < 256) {
                    item.writeBytes(new byte[] {(byte) 0xd8, (byte) tag});
                } else {
                    item.writeBytes(new byte[] {(byte) 0xd9, (byte) (tag >> 8), (byte) tag});
                }
                text(item, text);
                bearable("tag " + tag, () -> decodeOrRefuse(item.toByteArray()));
            }
        }
    }

    @Test
    void a_number_of_CBOR_that_is_too_long_is_not_written_out() {
        ByteArrayOutputStream item = new ByteArrayOutputStream();
        item.writeBytes(new byte[] {(byte) 0xc2, 0x5a, 0, (byte) 0xa0, 0, 0});
        byte[] digits = new byte[0xa00000];
        Arrays.fill(digits, (byte) 0x7f);
        item.writeBytes(digits);
        bearable("bignum", () -> decodeOrRefuse(item.toByteArray()));
    }

    private void decodeOrRefuse(byte[] item) {
        try {
            codec.decode(portable(item));
        } catch (UndecodableValueException | SerializationLimitException e) {
            assertThat(e.getMessage()).hasSizeLessThan(1_000);
        }
    }

    @Test
    void a_deep_list_that_the_stack_cannot_hold_is_refused_and_the_thread_lives() throws InterruptedException {
        Codec deep = codec(new SerializationLimits(1_000_000, 100_000_000, 1 << 26, 1 << 26));
        List<Throwable> thrown = Collections.synchronizedList(new ArrayList<>());
        Thread thread = new Thread(
                null,
                () -> {
                    try {
                        Link link = null;
                        for (int i = 0; i < 100_000; i++) {
                            Link next = link;
                            link = new Link();
                            link.setNext(next);
                        }
                        deep.encode(link);
                    } catch (RuntimeException e) {
                        thrown.add(e);
                    }
                },
                "small",
                512 << 10);
        thread.start();
        thread.join();
        assertThat(thrown)
                .hasSize(1)
                .allSatisfy(e -> assertThat(e)
                        .isInstanceOf(SerializationLimitException.class)
                        .hasMessageContaining("-Xss"));
    }

    // --- limits ---

    @Test
    void each_limit_is_asked_at_put_and_at_get_and_can_be_raised() {
        record Case(SerializationLimits limits, Object object, String option) {}
        for (Case c : List.of(
                new Case(new SerializationLimits(20, 10_000, 10_000, 10_000), deep(30), "serialization.max-depth"),
                new Case(
                        new SerializationLimits(100, 50, 10_000, 10_000),
                        IntStream.range(0, 60).boxed().toList(),
                        "serialization.max-references"),
                new Case(
                        new SerializationLimits(100, 10_000, 50, 10_000),
                        List.of(new long[60]),
                        "serialization.max-array-length"),
                new Case(
                        new SerializationLimits(100, 10_000, 50, 10_000),
                        new byte[60],
                        "serialization.max-array-length"),
                new Case(
                        new SerializationLimits(100, 10_000, 50, 10_000),
                        new Samples.Holder(List.of(new int[60])),
                        "serialization.max-array-length"),
                new Case(new SerializationLimits(100, 10_000, 10_000, 50), "x".repeat(60), "serialization.max-bytes"),
                new Case(
                        new SerializationLimits(100, 10_000, 10_000, 50),
                        List.of("x".repeat(60)),
                        "serialization.max-bytes"),
                new Case(new SerializationLimits(100, 10_000, 10_000, 50), new Money(5), "serialization.max-bytes"))) {
            Codec strict = codec(c.limits);
            Bytes stored = codec.encode(c.object);
            codec.decode(stored);
            assertThatThrownBy(() -> strict.encode(c.object))
                    .isInstanceOf(SerializationLimitException.class)
                    .hasMessageContaining(c.option);
            assertThatThrownBy(() -> strict.decode(stored))
                    .isInstanceOf(SerializationLimitException.class)
                    .hasMessageContaining(c.option);
        }
    }

    /** Else put could take what get refuses, or the other way round. */
    @Test
    void a_writer_counts_as_the_reader_of_its_bytes_does() throws IOException {
        TypeResolver resolver = new TypeResolver(
                ClassSources.of(List.of(), getClass().getClassLoader()),
                AllowList.of("io.distcache.client.spi.codec.S*"),
                SerializationLimits.DEFAULT);
        List<Object> objects = new ArrayList<>();
        for (long seed = 0; seed < 300; seed++) {
            objects.add(new RandomValues(seed).next());
        }
        objects.add(new LinkedHashSet<>(lists(500)));
        objects.add(new HashMap<>(mapOf(texts(300))));
        objects.add(Set.copyOf(texts(300)));
        objects.add(new HashSet<>(points(60)));
        objects.add(List.of(new BigDecimal(BigInteger.ONE.shiftLeft(20_000)), new BigDecimal("1E+2147483647")));
        objects.add(new Wide(new HashSet<>(texts(40)), new HashMap<>(), new HashSet<>(points(9))));
        objects.add(new ArrayList<>(List.of("lone \uD800".repeat(90), "x".repeat(1000))));
        for (Object object : objects) {
            for (boolean canonical : new boolean[] {false, true}) {
                Cost writing = new Cost(SerializationLimits.DEFAULT);
                Bytes bytes = PortableForm.write(object, canonical, writing, StoredClasses.ALL);
                Cost reading = new Cost(SerializationLimits.DEFAULT);
                PortableForm.read(bytes.array(), bytes.offset() + 1, bytes.length() - 1, resolver, reading);
                assertThat(reading.mark()).as("%s", object).isEqualTo(writing.mark());
            }
        }
    }

    // --- usual values ---

    static Stream<Arguments> usual() {
        return Stream.of(
                Arguments.of(
                        "a million numbers",
                        IntStream.range(0, 1_000_000).boxed().toList()),
                Arguments.of("half a million entries", numbered(500_000)),
                Arguments.of("an immutable map", Map.copyOf(numbered(100_000))),
                Arguments.of("a set of records", new HashSet<>(points(300))),
                Arguments.of(
                        "a million records",
                        IntStream.range(0, 1_000_000)
                                .mapToObj(i -> new Point(i, i))
                                .toList()),
                Arguments.of(
                        "empty lists",
                        IntStream.range(0, 200_000).mapToObj(i -> List.of()).toList()),
                Arguments.of("a deep list", deep(400)),
                Arguments.of("serialized: a map", new Samples.Holder(List.of(numbered(200_000)))),
                Arguments.of(
                        "serialized: a set of texts",
                        new Samples.Holder(List.of(Set.copyOf(numbered(50_000).keySet())))),
                Arguments.of("serialized: many objects", new Samples.Holder(new ArrayList<>(money(200_000)))),
                Arguments.of("serialized: a set of objects", new Samples.Holder(List.of(new HashSet<>(money(5_000))))),
                Arguments.of("serialized: a graph that everybody shares", new Samples.Holder(List.of(shared()))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("usual")
    void usual_values_come_back(String name, Object value) {
        Object back = codec.decode(codec.encode(value));
        if (value instanceof Samples.Holder) {
            assertThat(back).isInstanceOf(Samples.Holder.class);
        } else {
            assertThat(back.equals(value)).isTrue();
        }
    }

    // --- any bytes ---

    @Test
    void bytes_that_make_a_class_throw_an_error_are_unreadable_as_others_are() throws IOException {
        byte[] stream = streamOf(Map.of(1, 2L)).toByteArray();
        int length = new String(stream, StandardCharsets.ISO_8859_1).indexOf("w\4\0\0\0\2") + 5;
        stream[length] = 1;
        assertThatThrownBy(() -> codec.decode(Bytes.of(stream)))
                .isInstanceOf(UndecodableValueException.class)
                .hasMessageContaining("InternalError: length is odd");
        Bytes asserting = codec.encode(new Asserting(1));
        Asserting.broken = true;
        assertThatThrownBy(() -> codec.decode(asserting))
                .isInstanceOf(UndecodableValueException.class)
                .hasMessageContaining("AssertionError: 1 is out of range");
    }

    /** Asserts, as some do, what it is made with. */
    record Asserting(int number) {
        private static volatile boolean broken;

        Asserting {
            if (broken) {
                throw new AssertionError(number + " is out of range");
            }
        }
    }

    @Test
    void mutated_streams_and_portables_end_soon_with_a_value_or_a_named_error() {
        List<byte[]> samples = new ArrayList<>();
        for (Object sample : List.of(
                new Samples.Holder(
                        List.of(new HashMap<>(Map.of("a", 1, "b", List.of(2))), new HashSet<>(points(2)).size())),
                new Samples.Holder(List.of(
                        Set.of("a", "b"),
                        Map.of(1, 2L),
                        new Money(3),
                        Optional.of("x").get())),
                new Samples.Holder(List.of(new Hashtable<>(Map.of("a", "b")), new PriorityQueue<>(List.of(3, 1, 2)))),
                new Samples.Holder(List.of(new long[] {1, 2}, new String[] {"a", "b"}, TimeUnit.DAYS)),
                new ArrayList<>(List.of(new HashSet<>(List.of(1, 2)), Map.of("k", new Point(1, 2)), new Money(1))),
                new Fieldless(5, new HashMap<>(Map.of("a", 1))))) {
            samples.add(codec.encode(sample).toByteArray());
        }
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        for (int seed = 0; seed < ROUNDS; seed++) {
            Random random = new Random(seed);
            byte[] bytes = samples.get(random.nextInt(samples.size())).clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt(256);
            }
            long began = threads.getCurrentThreadCpuTime();
            try {
                codec.decode(Bytes.of(bytes));
            } catch (UndecodableValueException | SerializationRefusedException | SerializationLimitException e) {
                assertThat(e.getMessage()).isNotEmpty();
            } catch (Throwable e) {
                throw new AssertionError("seed " + seed, e);
            }
            assertThat(threads.getCurrentThreadCpuTime() - began)
                    .as("seed %d: nanoseconds of the processor", seed)
                    .isLessThan(BEARABLE_MILLIS * 1_000_000);
        }
    }

    // --- what the tests are made of ---

    /** Runs it for at most so long, allocating at most so much; once more if the compiler may have been at work the first time. */
    private static void bearable(String name, Runnable decoding) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long millis = Long.MAX_VALUE;
        for (int i = 0; i < 2 && millis >= BEARABLE_MILLIS; i++) {
            long allocated = threads.getCurrentThreadAllocatedBytes();
            long began = threads.getCurrentThreadCpuTime();
            decoding.run();
            millis = (threads.getCurrentThreadCpuTime() - began) / 1_000_000;
            assertThat(threads.getCurrentThreadAllocatedBytes() - allocated)
                    .as("%s: bytes allocated", name)
                    .isLessThan(BEARABLE_BYTES);
        }
        assertThat(millis).as("%s: milliseconds of the processor", name).isLessThan(BEARABLE_MILLIS);
    }

    private static Bytes streamOf(Object object) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(ValueTag.SERIALIZED);
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(object);
        }
        return Bytes.of(bytes.toByteArray());
    }

    private static Bytes portable(byte[] item) {
        byte[] bytes = new byte[item.length + 1];
        bytes[0] = ValueTag.PORTABLE;
        System.arraycopy(item, 0, bytes, 1, item.length);
        return Bytes.of(bytes);
    }

    /** A list of indefinite length of these bytes again and again. */
    private static byte[] repeated(int length, int... unit) {
        byte[] bytes = new byte[length / unit.length * unit.length + 2];
        bytes[0] = (byte) 0x9f;
        for (int i = 1; i < bytes.length - 1; i++) {
            bytes[i] = (byte) unit[(i - 1) % unit.length];
        }
        bytes[bytes.length - 1] = (byte) 0xff;
        return bytes;
    }

    private static Bytes decimal(int bytes) {
        ByteArrayOutputStream item = new ByteArrayOutputStream();
        decimal(item, bytes, 7);
        return portable(item.toByteArray());
    }

    private static void decimal(ByteArrayOutputStream item, int bytes, int scale) {
        item.writeBytes(
                new byte[] {(byte) 0xd9, 0x44, 0x42, (byte) 0x82, 0x19, (byte) (scale >> 8), (byte) scale, 0x5a});
        item.writeBytes(new byte[] {(byte) (bytes >> 24), (byte) (bytes >> 16), (byte) (bytes >> 8), (byte) bytes});
        byte[] digits = new byte[bytes];
        Arrays.fill(digits, (byte) 0x5a);
        item.writeBytes(digits);
    }

    private static byte[] decimals(int bytes, int count) {
        ByteArrayOutputStream item = new ByteArrayOutputStream();
        item.writeBytes(new byte[] {(byte) 0xd9, 0x44, 0x5f, (byte) 0x9f});
        for (int i = 0; i < count; i++) {
            decimal(item, bytes, i);
        }
        item.write(0xff);
        return item.toByteArray();
    }

    /** Under the tag of Set.of, or without one as the elements of a HashSet. */
    private static byte[] setOf(int kind, Collection<?> elements) {
        ByteArrayOutputStream item = new ByteArrayOutputStream();
        item.writeBytes(kind == 0 ? new byte[] {(byte) 0xcf} : new byte[] {(byte) 0xd9, 0x44, 0x60});
        item.write(0x9f);
        for (Object element : elements) {
            if (element instanceof List<?> list) {
                item.write(0x80 | list.size());
                list.forEach(part -> text(item, (String) part));
            } else {
                text(item, (String) element);
            }
        }
        item.write(0xff);
        return item.toByteArray();
    }

    private static void text(ByteArrayOutputStream item, String text) {
        item.write(0x7a);
        int length = text.length();
        item.writeBytes(new byte[] {(byte) (length >> 24), (byte) (length >> 16), (byte) (length >> 8), (byte) length});
        item.writeBytes(text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    }

    /** Put in while it is empty, too. */
    private static Object within(@Nullable Set<Object> set, int depth) {
        List<Object> list = new ArrayList<>();
        Set<Object> within = set == null ? Set.of(list) : set;
        if (set != null) {
            set.add(list);
        }
        list.add(doubled(depth, ArrayList::new));
        return within;
    }

    private static Object doubled(int depth, Supplier<Collection<Object>> kind) {
        return doubled(depth, kind, c -> c.add("foo"), Collection::add);
    }

    /** Each refers to both of the next two. What is nested is put in while it is empty, or building would take as long as reading. */
    private static <C> Object doubled(int depth, Supplier<C> kind, Consumer<C> mark, BiConsumer<C, C> put) {
        C root = kind.get();
        C left = root;
        C right = kind.get();
        for (int i = 0; i < depth; i++) {
            C nextLeft = kind.get();
            C nextRight = kind.get();
            mark.accept(nextLeft);
            put.accept(left, nextLeft);
            put.accept(left, nextRight);
            put.accept(right, nextLeft);
            put.accept(right, nextRight);
            left = nextLeft;
            right = nextRight;
        }
        return root;
    }

    /** Levels of lists, each of which has all lists of the next level. */
    private static Object wide(int width, int levels) {
        List<Object> root = new ArrayList<>();
        Set<Object> set = new HashSet<>(Collections.singleton(root));
        List<List<Object>> above = List.of(root);
        for (int level = 0; level < levels; level++) {
            List<List<Object>> here = IntStream.range(0, width)
                    .mapToObj(i -> (List<Object>) new ArrayList<Object>(List.of(i)))
                    .toList();
            above.forEach(list -> list.addAll(here));
            above = here;
        }
        return set;
    }

    /** Each refers twice to the next. */
    static final class Twins implements Serializable {
        private static final long serialVersionUID = 1L;
        private Object first;
        private Object second;

        Twins(Object first) {
            this.first = first;
            this.second = first;
        }

        @Override
        public boolean equals(Object o) {
            return o instanceof Twins t && first.equals(t.first) && second.equals(t.second);
        }

        @Override
        public int hashCode() {
            return 31 * first.hashCode() + second.hashCode();
        }
    }

    private static Object twins(int depth) {
        Twins root = new Twins("end");
        Set<Object> set = new HashSet<>(Set.of(root));
        for (int i = 0; i < depth; i++) {
            Twins next = new Twins("end");
            root.first = next;
            root.second = next;
            root = next;
        }
        return set;
    }

    /** Texts of one hash: each is made of "Aa" and "BB". */
    private static List<String> texts(int count) {
        List<String> texts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            StringBuilder text = new StringBuilder();
            for (int bit = 0; bit < 16; bit++) {
                text.append((i >> bit & 1) == 0 ? "Aa" : "BB");
            }
            texts.add(text.toString());
        }
        return texts;
    }

    private static List<List<String>> lists(int count) {
        return texts(count).stream()
                .map(List::of)
                .map(l -> (List<String>) new ArrayList<>(l))
                .toList();
    }

    /** They get their hash when they are in. */
    private static Set<List<String>> setOfLists(int count) {
        Set<List<String>> set = new HashSet<>();
        for (int i = 0; i < count; i++) {
            set.add(new ArrayList<>(List.of("" + i)));
        }
        java.util.Iterator<String> texts = texts(count).iterator();
        set.forEach(list -> list.set(0, texts.next()));
        return set;
    }

    private static List<Money> collidingMoney(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Money((long) i << 32 | i))
                .toList();
    }

    private static List<Money> money(int count) {
        return IntStream.range(0, count).mapToObj(Money::new).toList();
    }

    private static List<Point> points(int side) {
        return IntStream.range(0, side * side)
                .mapToObj(i -> new Point(i / side, i % side))
                .toList();
    }

    private static Map<Object, Object> mapOf(Collection<?> keys) {
        Map<Object, Object> map = new HashMap<>();
        keys.forEach(key -> map.put(key, 1));
        return map;
    }

    private static Map<String, Integer> numbered(int count) {
        Map<String, Integer> map = new HashMap<>();
        for (int i = 0; i < count; i++) {
            map.put("key " + i, i);
        }
        return map;
    }

    private static List<String> same(int count) {
        String[] long2 = {"x".repeat(1 << 20), "x".repeat(1 << 20) + "y"};
        return IntStream.range(0, count).mapToObj(i -> long2[i % 2]).toList();
    }

    private static Object deep(int depth) {
        Object value = 1;
        for (int i = 0; i < depth; i++) {
            value = new ArrayList<>(Collections.singletonList(value));
        }
        return value;
    }

    /** Orders of products in categories that refer back, as a mapper of objects to tables makes them. */
    private static Object shared() {
        List<Map<String, Object>> orders = new ArrayList<>();
        List<Map<String, Object>> products = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            products.add(new HashMap<>(Map.of("id", i, "texts", new HashSet<>(texts(20)))));
        }
        for (int i = 0; i < 2_000; i++) {
            Map<String, Object> order = new HashMap<>();
            order.put("products", new ArrayList<>(products.subList(i % 100, i % 100 + 50)));
            order.put("all", orders);
            orders.add(order);
        }
        return orders;
    }
}
