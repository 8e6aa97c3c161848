package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class BytesTest {

    @Test
    void bytes_are_equal_by_content_wherever_they_lie() {
        Bytes whole = Bytes.ofUtf8("abc");
        Bytes slice = Bytes.of("xabcy".getBytes(java.nio.charset.StandardCharsets.UTF_8), 1, 3);

        assertThat(slice).isEqualTo(whole).hasSameHashCodeAs(whole).isEqualByComparingTo(whole);
        assertThat(slice).isNotEqualTo(Bytes.ofUtf8("abd")).isNotEqualTo(Bytes.ofUtf8("ab"));
        assertThat(slice.equals(null)).isFalse();
        assertThat(Bytes.of(new byte[0])).isEqualTo(Bytes.EMPTY);
    }

    @Test
    void order_is_that_of_unsigned_bytes_and_a_prefix_comes_first() {
        Bytes high = Bytes.of(new byte[] {(byte) 0x80});

        List<Bytes> sorted = Stream.of(high, Bytes.ofUtf8("b"), Bytes.ofUtf8("ab"), Bytes.ofUtf8("a"), Bytes.EMPTY)
                .sorted()
                .toList();

        assertThat(sorted).containsExactly(Bytes.EMPTY, Bytes.ofUtf8("a"), Bytes.ofUtf8("ab"), Bytes.ofUtf8("b"), high);
    }

    @Test
    void a_range_must_lie_in_the_array() {
        byte[] array = new byte[4];

        assertThat(Bytes.of(array, 4, 0).length()).isZero();
        for (int[] range : new int[][] {{-1, 1}, {0, 5}, {5, 0}, {1, -1}, {2, Integer.MAX_VALUE}}) {
            assertThatThrownBy(() -> Bytes.of(array, range[0], range[1])).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void a_slice_is_read_from_its_own_start() {
        Bytes slice = Bytes.of(new byte[] {1, 2, 3, 4}, 1, 2);

        assertThat(slice.get(0)).isEqualTo((byte) 2);
        assertThat(slice.toByteArray()).containsExactly(2, 3);
        assertThatThrownBy(() -> slice.get(2)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> slice.get(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void text_is_utf8() {
        assertThat(Bytes.ofUtf8("\u20ac").length()).isEqualTo(3);
        assertThat(Bytes.ofUtf8("\u20ac").toUtf8()).isEqualTo("\u20ac");
    }

    @Test
    void its_string_is_short_however_long_it_is() {
        assertThat(Bytes.of(new byte[] {0x0a, (byte) 0xff})).hasToString("2 bytes: 0aff");
        assertThat(Bytes.of(new byte[1000])).hasToString("1000 bytes: " + "00".repeat(32) + "...");
    }
}
