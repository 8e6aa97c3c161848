package io.distcache.client.spi.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.NotEncodableException;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.spi.codec.Samples.Color;
import io.distcache.client.spi.codec.Samples.Gadget;
import io.distcache.client.spi.codec.Samples.Money;
import io.distcache.client.spi.codec.Samples.Opaque;
import io.distcache.client.spi.codec.Samples.Order;
import io.distcache.client.spi.codec.Samples.Point;
import io.distcache.client.spi.codec.Samples.RecordGadget;
import io.distcache.protocol.Bytes;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeoutException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AllowListTest {
    private static final String HERE = "io.distcache.client.spi.codec.";

    private static Codec codec(Class<?> declared, String allow) {
        return Codec.create(declared, new CodecContext(AllowListTest.class.getClassLoader(), allow));
    }

    private final Codec any = codec(Object.class, "");

    @Test
    void a_gadget_is_refused_before_it_runs() {
        for (Object value : List.of(new Gadget(), List.of(new Gadget()), new Object[] {new Gadget()})) {
            Gadget.ran = false;
            Bytes stored = any.encodeForOthers(value);
            assertThatThrownBy(() -> any.decode(stored))
                    .isInstanceOf(SerializationRefusedException.class)
                    .hasMessageContaining(HERE + "Samples$Gadget")
                    .hasMessageContaining("distcache.serialization.allow=" + HERE + "Samples$Gadget");
            assertThat(Gadget.ran).isFalse();
            codec(Object.class, HERE + "*").decode(stored);
            assertThat(Gadget.ran).isTrue();
        }
    }

    @Test
    void what_would_be_refused_when_read_is_refused_when_written() {
        Codec orders = Codec.create(
                "orders", Object.class, List.of(), new CodecContext(getClass().getClassLoader(), ""));
        for (Object value : List.of(
                new Gadget(),
                new RecordGadget(1),
                Color.RED,
                List.of(new Point(1, 2)),
                EnumSet.of(Color.RED),
                new EnumMap<>(Map.of(Color.RED, 1)),
                new Point[0],
                new Object[] {new Gadget()},
                new CopyOnWriteArrayList<>(List.of(new Gadget())),
                new CopyOnWriteArrayList<>(List.of(new Point(1, 2))),
                new Semaphore(1),
                Point.class)) {
            String refused = assertThatThrownBy(() -> orders.decode(orders.encodeForOthers(value)))
                    .isInstanceOf(SerializationRefusedException.class)
                    .hasMessageContaining("cache orders")
                    .hasMessageContaining("distcache.serialization.allow=")
                    .actual()
                    .getMessage();
            for (ThrowingCallable writing :
                    List.<ThrowingCallable>of(() -> orders.encode(value), () -> orders.encodeKey(value))) {
                assertThatThrownBy(writing)
                        .as("%s", value.getClass())
                        .isInstanceOf(SerializationRefusedException.class)
                        .hasMessage(refused);
            }
        }
    }

    @Test
    void a_part_that_cannot_be_serialized_is_told_before_one_that_is_not_allowed() {
        assertThatThrownBy(() -> any.encode(new Samples.Holder(new ArrayList<>(List.of(new Opaque(1))))))
                .isInstanceOf(NotEncodableException.class);
    }

    @Test
    void exceptions_and_enums_of_the_jdk_are_allowed() {
        Exception failure = new UncheckedIOException("x", new FileNotFoundException("y"));
        failure.addSuppressed(new TimeoutException("z"));
        assertThat(any.decode(any.encode(failure))).isInstanceOfSatisfying(Exception.class, e -> {
            assertThat(e.getCause()).hasMessage("y");
            assertThat(e.getSuppressed()).hasSize(1);
            assertThat(e.getStackTrace()).isEqualTo(failure.getStackTrace());
        });
        for (Object constant : List.of(Thread.State.NEW, StandardOpenOption.READ)) {
            assertThat(any.decode(any.encode(constant))).isSameAs(constant);
        }
        assertThatThrownBy(() ->
                        codec(Object.class, "!java.io.UncheckedIOException").encode(failure))
                .isInstanceOf(SerializationRefusedException.class);
    }

    @Test
    void what_an_allowed_class_writes_in_its_place_is_allowed_unless_it_is_refused_itself() {
        String mask = SerializableKeys.class.getName() + "$Disguised$Mask";
        SerializableKeys.Disguised disguised = new SerializableKeys.Disguised("x");
        Codec masks = codec(Object.class, mask);
        for (Object value : List.of(disguised, new CopyOnWriteArrayList<>(List.of(disguised)))) {
            assertThat(masks.decode(masks.encode(value))).isEqualTo(value);
            assertThat(masks.decode(masks.encodeKey(value))).isEqualTo(value);
        }
        Codec refusing = codec(Object.class, "!" + SerializableKeys.class.getName() + "$Disguised;" + mask);
        assertThatThrownBy(() -> refusing.decode(masks.encode(disguised)))
                .isInstanceOf(SerializationRefusedException.class);
        assertThatThrownBy(() -> refusing.decode(masks.encodeKey(disguised)))
                .isInstanceOf(SerializationRefusedException.class);
        assertThatThrownBy(() -> refusing.encode(disguised)).isInstanceOf(SerializationRefusedException.class);
        assertThatThrownBy(() -> refusing.encodeKey(disguised)).isInstanceOf(SerializationRefusedException.class);
    }

    @Test
    void the_curated_list_names_classes_and_no_patterns() {
        assertThat(CuratedTypes.NAMES).allSatisfy(name -> {
            assertThat(name).matches("[A-Za-z0-9_.$]+");
            if (name.startsWith("java.") && !NEWER_THAN_17.contains(name)) {
                Class<?> type = Class.forName(name, false, ClassLoader.getPlatformClassLoader());
                assertThat(type.getName()).isEqualTo(name);
            }
        });
        assertThatThrownBy(() -> CuratedTypes.parse("java.io.: File | \n")).isInstanceOf(IllegalStateException.class);
    }

    private static final List<String> NEWER_THAN_17 = List.of(
            "java.lang.MatchException",
            "java.util.Collections$UnmodifiableSequencedCollection",
            "java.util.Collections$UnmodifiableSequencedMap",
            "java.util.Collections$UnmodifiableSequencedSet");

    @Test
    void a_gadget_inside_an_allowed_object_is_refused_before_it_runs() {
        Gadget.ran = false;
        Codec holders = codec(Samples.Holder.class, "");
        Bytes stored = holders.encodeForOthers(new Samples.Holder(new ArrayList<>(List.of(new Gadget()))));
        assertThatThrownBy(() -> holders.decode(stored)).isInstanceOf(SerializationRefusedException.class);
        assertThat(Gadget.ran).isFalse();
    }

    @Test
    void a_record_is_refused_before_its_constructor_runs() {
        Bytes stored = any.encodeForOthers(new RecordGadget(666));
        RecordGadget.ran = false;
        assertThatThrownBy(() -> any.decode(stored)).isInstanceOf(SerializationRefusedException.class);
        assertThat(RecordGadget.ran).isFalse();
    }

    @Test
    void jdk_classes_beyond_values_are_refused() {
        for (Object value : List.of(new File("x"), File.class, new Semaphore(1))) {
            assertThatThrownBy(() -> any.decode(any.encodeForOthers(value)))
                    .as("%s", value.getClass())
                    .isInstanceOf(SerializationRefusedException.class);
        }
        assertThat(codec(File.class, "").decode(any.encodeForOthers(new File("x"))))
                .isEqualTo(new File("x"));
    }

    @Test
    void declared_exceptions_come_back_with_their_trace() {
        Exception original = new IllegalStateException("x", new IllegalArgumentException("y"));
        Codec declared = codec(Exception.class, "java.lang.Illegal*");
        assertThat(declared.decode(declared.encode(original)))
                .isInstanceOfSatisfying(IllegalStateException.class, e -> {
                    assertThat(e.getStackTrace()).isEqualTo(original.getStackTrace());
                    assertThat(e.getCause()).hasMessage("y");
                });
    }

    @Test
    void a_named_class_brings_its_superclasses() {
        Codec named = codec(Object.class, HERE + "AllowListTest$Special");
        assertThat(named.decode(named.encode(new Special()))).isInstanceOf(Special.class);
    }

    static final class Special extends IllegalStateException {
        private static final long serialVersionUID = 1L;
    }

    @Test
    void serialized_lambdas_are_refused_whatever_is_allowed() {
        Comparator<String> lambda = (Comparator<String> & Serializable) String::compareTo;
        byte[] stream = SerializedForm.write(
                lambda,
                io.distcache.protocol.ValueTag.SERIALIZED,
                false,
                new Cost(io.distcache.client.SerializationLimits.DEFAULT),
                StoredClasses.ALL);
        assertThatThrownBy(() -> codec(Object.class, "**").decode(Bytes.of(stream)))
                .isInstanceOf(SerializationRefusedException.class)
                .hasMessageContaining("SerializedLambda");
    }

    @Test
    void serialized_proxies_are_refused_whatever_is_allowed() {
        Object proxy = java.lang.reflect.Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {Runnable.class}, new Handler());
        byte[] stream = SerializedForm.write(
                proxy,
                io.distcache.protocol.ValueTag.SERIALIZED,
                false,
                new Cost(io.distcache.client.SerializationLimits.DEFAULT),
                StoredClasses.ALL);
        assertThatThrownBy(() -> codec(Object.class, "**").decode(Bytes.of(stream)))
                .isInstanceOf(SerializationRefusedException.class);
    }

    private static final class Handler implements java.lang.reflect.InvocationHandler, Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public Object invoke(Object proxy, java.lang.reflect.Method method, Object[] arguments) {
            return null;
        }
    }

    sealed interface Shape permits Circle, Square {}

    record Circle(int radius) implements Shape {}

    record Square(Money side) implements Shape {}

    static class Base<T> {
        Map<Color, List<? extends T[]>> parts = new HashMap<>();
    }

    static final class Derived extends Base<Order> {
        Shape shape = new Circle(1);
        transient Gadget gadget = new Gadget();
    }

    @Test
    void what_the_declared_type_reaches_is_allowed_and_no_more() {
        AllowList list = AllowList.of("", Derived.class);
        for (Class<?> type : List.of(
                Derived.class,
                Base.class,
                Color.class,
                Order.class,
                Samples.Line.class,
                Opaque.class,
                Shape.class,
                Circle.class,
                Square.class,
                Money.class,
                Order[].class,
                String.class,
                int[][].class)) {
            assertThat(list.allows(type)).as("%s", type).isTrue();
        }
        for (Class<?> type : List.of(Gadget.class, Point.class, Thread.class, File.class, ProcessBuilder.class)) {
            assertThat(list.allows(type)).as("%s", type).isFalse();
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    com.acme.*                        | com.acme.Order      | true
                    com.acme.*                        | com.acme.sub.Order  | false
                    com.acme.**                       | com.acme.sub.Order  | true
                    com.acme.**                       | com.acmex.Order     | false
                    com.acme.Order                    | com.acme.Order      | true
                    com.acme.Order                    | com.acme.Order$Line | false
                    com.acme.Order*                   | com.acme.Order$Line | true
                    !com.acme.Secret;com.acme.*       | com.acme.Secret     | false
                    !com.acme.Secret , com.acme.*     | com.acme.Order      | true
                    com.acme.*;!com.acme.Secret       | com.acme.Secret     | true
                    com.acme.*;!*                     | com.acme.Order      | true
                    com.acme.*;!*                     | org.Other           | false
                    com.acme.*;!*                     | java.lang.Long      | true
                    !java.util.**                     | java.util.ArrayList | false
                    *                                 | org.Other           | true
                    """)
    void patterns_mean_what_they_mean_to_the_jdk(String patterns, String name, boolean allowed) {
        assertThat(AllowList.of(patterns).allowsName(name)).isEqualTo(allowed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"maxdepth=5", "java.base/java.lang.*", "com.*.Order", "com.acme**", "!", "a b"})
    void a_pattern_that_is_not_understood_is_named(String pattern) {
        assertThatThrownBy(() -> AllowList.of("com.acme.*;" + pattern))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"" + pattern + "\"");
    }
}
