package io.distcache.client.spi.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.client.spi.codec.Samples.Color;
import io.distcache.client.spi.codec.Samples.Pair;
import io.distcache.client.spi.codec.Samples.Point;
import io.distcache.client.spi.codec.Samples.Wide;
import java.math.BigDecimal;
import java.net.URI;
import java.util.AbstractMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

@SuppressWarnings("JdkObsolete") // Applications still hold a LinkedList.
class KeyBytesTest {
    private final Codec codec = Codec.create(
            Object.class, new CodecContext(getClass().getClassLoader(), "io.distcache.client.spi.codec.Samples*"));

    private void assertSameKey(Object... keys) {
        for (Object key : keys) {
            assertThat(key).isEqualTo(keys[0]);
            assertThat(codec.encodeKey(key)).as("%s", key.getClass()).isEqualTo(codec.encodeKey(keys[0]));
            assertThat(codec.decode(codec.encodeKey(key))).isEqualTo(key);
        }
    }

    @Test
    void equal_lists_of_any_kind_are_one_key() {
        assertSameKey(
                List.of(1, 2L),
                new ArrayList<>(List.of(1, 2L)),
                new LinkedList<>(List.of(1, 2L)),
                Arrays.asList(1, 2L),
                Collections.unmodifiableList(new ArrayList<>(List.of(1, 2L))));
        assertSameKey(List.of(), Collections.emptyList(), new ArrayList<>());
    }

    @Test
    void equal_sets_of_any_kind_and_order_are_one_key() {
        assertSameKey(
                Set.of("a", "bb", "ccc"),
                new LinkedHashSet<>(List.of("ccc", "bb", "a")),
                new LinkedHashSet<>(List.of("bb", "a", "ccc")),
                new TreeSet<>(List.of("a", "bb", "ccc")),
                reversed(List.of("a", "bb", "ccc")),
                new HashSet<>(List.of("a", "bb", "ccc")));
        assertSameKey(EnumSet.of(Color.RED, Color.BLUE), Set.of(Color.BLUE, Color.RED));
    }

    @Test
    void equal_maps_of_any_kind_and_order_are_one_key() {
        Map<String, Object> forward = new LinkedHashMap<>();
        Map<String, Object> backward = new LinkedHashMap<>();
        for (int i = 0; i < 50; i++) {
            forward.put("k" + i, new Point(i, i));
            backward.put("k" + (49 - i), new Point(49 - i, 49 - i));
        }
        assertSameKey(
                forward,
                backward,
                new HashMap<>(forward),
                new TreeMap<>(forward),
                Map.copyOf(forward),
                new ConcurrentHashMap<>(forward));
        assertSameKey(new EnumMap<>(Map.of(Color.RED, 1)), Map.of(Color.RED, 1));
    }

    @Test
    void what_is_equal_inside_a_record_is_one_key() {
        assertSameKey(
                new Wide(
                        new TreeSet<>(List.of("x", "y")),
                        new TreeMap<>(Map.of("a", 1L, "b", 2L)),
                        new LinkedHashSet<>(List.of(new Point(1, 2), new Point(3, 4)))),
                new Wide(
                        new HashSet<>(List.of("y", "x")),
                        Map.of("b", 2L, "a", 1L),
                        new LinkedHashSet<>(List.of(new Point(3, 4), new Point(1, 2)))));
        assertSameKey(
                new Pair<>(Set.of(Map.of(1, Set.of(1, 2))), 1),
                new Pair<>(new HashSet<>(List.of(new TreeMap<>(Map.of(1, new TreeSet<>(Set.of(2, 1)))))), 1));
    }

    @Test
    void entries_and_addresses_are_one_key_when_they_are_equal() {
        assertSameKey(
                Map.entry(1, 2), new AbstractMap.SimpleEntry<>(1, 2), new AbstractMap.SimpleImmutableEntry<>(1, 2));
        assertSameKey(URI.create("http://u@Host.example/%aF"), URI.create("HTTP://u@hoST.example/%Af"));
    }

    @Test
    void keys_that_differ_have_different_bytes() {
        List<Object> keys = List.of(
                1,
                1L,
                (short) 1,
                (byte) 1,
                '1',
                "1",
                1.0,
                1f,
                List.of(1),
                List.of(1L),
                Set.of(1),
                Set.of(1L),
                Map.of(1, 1),
                Map.of(1L, 1),
                new BigDecimal("1.0"),
                new BigDecimal("1.00"),
                new Point(1, 1),
                new Pair<>(1, 1),
                new int[] {1},
                List.of(List.of()),
                List.of(),
                Set.of(),
                Map.of());
        assertThat(keys.stream().map(codec::encodeKey).distinct()).hasSize(keys.size());
    }

    @Test
    void random_maps_give_one_key_in_any_order() {
        for (long seed = 0; seed < 500; seed++) {
            List<Object> parts = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                parts.add(new RandomValues(seed * 100 + i).next());
            }
            Set<Object> forward = new LinkedHashSet<>(parts);
            Collections.shuffle(parts, new Random(seed));
            Set<Object> shuffled = new LinkedHashSet<>(parts);
            assertThat(codec.encodeKey(shuffled)).as("seed %d", seed).isEqualTo(codec.encodeKey(forward));
        }
    }

    private static Set<String> reversed(List<String> elements) {
        Set<String> set = new TreeSet<>(Comparator.reverseOrder());
        set.addAll(elements);
        return set;
    }
}
