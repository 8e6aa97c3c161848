package io.distcache.client.spi.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.NotEncodableException;
import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.spi.codec.Samples.Holder;
import io.distcache.client.spi.codec.Samples.Line;
import io.distcache.client.spi.codec.Samples.Opaque;
import io.distcache.client.spi.codec.Samples.Person;
import io.distcache.client.spi.codec.Samples.Point;
import io.distcache.client.spi.codec.SerializableKeys.Money;
import io.distcache.client.spi.codec.SerializableKeys.Outside;
import io.distcache.client.spi.codec.SerializableKeys.Pair;
import io.distcache.client.spi.codec.SerializableKeys.Params;
import io.distcache.protocol.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Hashtable;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.Vector;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** Portable classes in Serializable ones in portable ones, and so on, as values and as keys. */
@SuppressWarnings("JdkObsolete")
class MixedValuesTest {
    private final Codec codec = Codec.create(
            Object.class, new CodecContext(getClass().getClassLoader(), "io.distcache.client.spi.codec.*"));

    record Wrapped(Object inside) {}

    private static final Point POINT = new Point(1, 2);

    private void assertStored(Object value) {
        assertThat(codec.decode(codec.encode(value))).isEqualTo(value);
        assertThat(codec.decode(codec.encodeKey(value))).isEqualTo(value);
    }

    @Test
    void a_record_inside_a_serializable_class_is_stored() {
        assertStored(new Pair<>(POINT, POINT));
        assertStored(new Params("f", new java.util.UUID(1, 2), POINT, new Point[] {POINT}));
        assertStored(new Outside("page", List.of(POINT, new Point(3, 4))));
        assertStored(new Pair<>(new ArrayList<>(List.of(POINT)), Map.of(POINT, POINT)));
        assertStored(new Pair<>(new Person("p", 1, true, 2, List.of()), null));
    }

    @Test
    void records_and_serializable_classes_are_stored_in_one_another_at_any_depth() {
        Object value = POINT;
        for (int i = 0; i < 20; i++) {
            value = i % 3 == 0
                    ? new Pair<>(value, i)
                    : i % 3 == 1 ? new Wrapped(value) : new ArrayList<>(List.of(value, new Money(i)));
        }
        assertStored(value);
    }

    @Test
    void collections_that_only_java_serialization_can_write_hold_records() {
        assertStored(new Vector<>(List.of(POINT)));
        assertStored(new CopyOnWriteArrayList<>(List.of(POINT, new Wrapped(new Pair<>(POINT, 1)))));
        assertStored(new Hashtable<>(Map.of(POINT, POINT)));
        assertStored(Collections.synchronizedMap(new HashMap<>(Map.of("k", POINT))));
        TreeMap<String, Point> backward = new TreeMap<>(Comparator.reverseOrder());
        backward.put("a", POINT);
        backward.put("b", POINT);
        assertStored(backward);
        assertStored(new Pair<>(new Vector<>(List.of(POINT)), new HashSet<>(List.of(POINT))));
    }

    @Test
    void queues_and_references_hold_records() {
        ConcurrentLinkedQueue<?> queue =
                (ConcurrentLinkedQueue<?>) codec.decode(codec.encode(new ConcurrentLinkedQueue<>(List.of(POINT))));
        assertThat(queue.toArray()).containsExactly(POINT);
        PriorityQueue<Point> byX = new PriorityQueue<>(new ByX());
        byX.add(POINT);
        assertThat(((PriorityQueue<?>) codec.decode(codec.encode(byX))).toArray())
                .containsExactly(POINT);
        assertThat((AtomicReference<?>) codec.decode(codec.encode(new AtomicReference<>(POINT))))
                .hasValueMatching(POINT::equals);
    }

    static final class ByX implements Comparator<Point>, java.io.Serializable {
        private static final long serialVersionUID = 1L;

        @Override
        public int compare(Point a, Point b) {
            return Integer.compare(a.x(), b.x());
        }
    }

    static final class Failed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        @SuppressWarnings("serial") // A record that is not Serializable is the point.
        private final Wrapped why;

        Failed(Wrapped why) {
            super("failed");
            this.why = why;
        }
    }

    @Test
    void an_exception_holds_a_record() {
        Failed failed = (Failed) codec.decode(codec.encode(new Failed(new Wrapped(new Pair<>(POINT, 1)))));
        assertThat(failed.why).isEqualTo(new Wrapped(new Pair<>(POINT, 1)));
        assertThat(failed).hasMessage("failed");
    }

    @Test
    void a_record_inside_is_asked_for_as_one_outside_is() {
        Codec pairs = Codec.create(Object.class, new CodecContext(getClass().getClassLoader(), Pair.class.getName()));
        Bytes stored = pairs.encodeForOthers(new Pair<>(POINT, 1));
        assertThatThrownBy(() -> pairs.decode(stored))
                .isInstanceOf(SerializationRefusedException.class)
                .hasMessageContaining(Point.class.getName());
        assertThatThrownBy(() -> pairs.encode(new Pair<>(POINT, 1)))
                .isInstanceOf(SerializationRefusedException.class)
                .hasMessageContaining(Point.class.getName());
    }

    @Test
    void what_cannot_be_stored_inside_is_named_with_its_place() {
        assertThatThrownBy(() -> codec.encode(new Holder(List.of(1, new Line(1, new Opaque(2))))))
                .isInstanceOf(NotEncodableException.class)
                .hasMessageContaining("holder.parts[1].product cannot be stored: class " + Opaque.class.getName());
    }

    @Test
    void a_ring_through_a_record_is_an_error_and_no_end_of_the_stack() {
        ArrayList<Object> inside = new ArrayList<>();
        Holder holder = new Holder(inside);
        inside.add(new Wrapped(holder));
        assertThatThrownBy(() -> codec.encode(holder))
                .isInstanceOfAny(NotEncodableException.class, SerializationLimitException.class)
                .hasMessageContaining("nested deeper");
    }

    @Test
    void thousands_of_records_in_a_serializable_class_are_within_the_limits() {
        List<Object> many = new ArrayList<>();
        HashSet<Object> set = new HashSet<>();
        for (int i = 0; i < 3000; i++) {
            many.add(new Wrapped(new Point(i, i)));
            if (i < 1000) {
                set.add(new Point(i, i));
            }
        }
        Holder holder = new Holder(many);
        assertThat(((Holder) codec.decode(codec.encode(holder))).parts).isEqualTo(many);
        assertStored(new Pair<>(set, 1));
    }

    @Test
    void bytes_embedded_in_themselves_without_end_are_refused() {
        byte[] inner = codec.encode(POINT).toByteArray();
        byte[] item = java.util.Arrays.copyOfRange(inner, 1, inner.length);
        for (int i = 0; i < 2000 && item.length < 4_000_000; i++) {
            byte[] stream = SerializedForm.write(
                    new EmbeddedPart(item),
                    -1,
                    false,
                    new Cost(io.distcache.client.SerializationLimits.DEFAULT),
                    StoredClasses.ALL);
            item = embedded(stream);
        }
        byte[] bytes = new byte[item.length + 1];
        bytes[0] = io.distcache.protocol.ValueTag.PORTABLE;
        System.arraycopy(item, 0, bytes, 1, item.length);
        assertThatThrownBy(() -> codec.decode(Bytes.of(bytes))).isInstanceOf(SerializationLimitException.class);
    }

    /** A byte string under the tag SERIALIZED. */
    private static byte[] embedded(byte[] stream) {
        java.nio.ByteBuffer item = java.nio.ByteBuffer.allocate(stream.length + 8);
        item.put((byte) 0xd9)
                .putShort((short) PortableTag.SERIALIZED)
                .put((byte) 0x5a)
                .putInt(stream.length);
        item.put(stream);
        return item.array();
    }
}
