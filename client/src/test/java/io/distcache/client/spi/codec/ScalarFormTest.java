package io.distcache.client.spi.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.UndecodableValueException;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScalarFormTest {
    private final Codec codec =
            Codec.create(Object.class, new CodecContext(getClass().getClassLoader(), ""));

    @Test
    void the_same_number_in_two_types_is_two_keys() {
        assertThat(codec.encodeKey(1)).isNotEqualTo(codec.encodeKey(1L));
        assertThat(codec.encodeKey((short) 1)).isNotEqualTo(codec.encodeKey((byte) 1));
        assertThat(codec.encodeKey("1")).isNotEqualTo(codec.encodeKey('1'));
    }

    @Test
    void numbers_are_big_endian_after_their_tag() {
        assertThat(codec.encode(0x0102030405060708L).toByteArray())
                .containsExactly(ValueTag.INT64, 1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(codec.encode(-2).toByteArray()).containsExactly(ValueTag.INT32, -1, -1, -1, -2);
        assertThat(codec.encode('\u1234').toByteArray()).containsExactly(ValueTag.CHAR16, 0x12, 0x34);
        assertThat(codec.encode("hé").toByteArray()).containsExactly(ValueTag.TEXT, 'h', 0xc3, 0xa9);
    }

    @Test
    void doubles_that_are_equal_have_equal_bytes_and_no_others() {
        double otherNaN = Double.longBitsToDouble(0x7ff8000000000123L);
        assertThat(codec.encodeKey(otherNaN)).isEqualTo(codec.encodeKey(Double.NaN));
        assertThat(codec.encodeKey(-0.0)).isNotEqualTo(codec.encodeKey(0.0));
        assertThat(codec.encodeKey(Float.intBitsToFloat(0x7fc00123))).isEqualTo(codec.encodeKey(Float.NaN));
        assertThat(codec.encodeKey(-0.0f)).isNotEqualTo(codec.encodeKey(0.0f));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "plain",
                "é",
                "\0",
                "\uD83D\uDE00",
                "a\uD83D\uDE00b",
                "\uFFFD",
                "\uD83D",
                "x\uDE00",
                "\uDE00\uD83D"
            })
    void any_text_comes_back_even_with_unpaired_surrogates(String text) {
        assertThat(codec.decode(codec.encode(text))).isEqualTo(text);
    }

    @Test
    void sixty_four_mebibytes_come_back_and_are_not_shared() {
        byte[] raw = new byte[64 << 20];
        new Random(42).nextBytes(raw);
        Bytes encoded = codec.encode(raw);
        byte first = raw[0];
        raw[0]++;
        byte[] decoded = (byte[]) codec.decode(encoded);
        assertThat(decoded[0]).isEqualTo(first);
        raw[0]--;
        assertThat(decoded).isEqualTo(raw);
        decoded[1]++;
        assertThat(codec.decode(encoded)).isEqualTo(raw);
    }

    @Test
    void scalars_can_be_compared_by_a_node_and_objects_cannot() {
        for (Object scalar : new Object[] {1, 1L, "text", new byte[] {1}, 1.0, 1f, 'c', true, (short) 1, (byte) 1}) {
            assertThat(Codec.byteEqual(codec.encode(scalar))).isTrue();
        }
        assertThat(Codec.byteEqual(codec.encode(new java.util.ArrayList<>()))).isFalse();
        assertThat(Codec.byteEqual(codec.encode(new java.util.concurrent.ConcurrentHashMap<>())))
                .isFalse();
    }

    @Test
    void wrong_lengths_unknown_tags_and_bad_utf8_are_undecodable() {
        for (byte[] bytes : new byte[][] {
            {},
            {ValueTag.NULL},
            {ValueTag.INT64, 1},
            {ValueTag.TRUE, 0},
            {99},
            {ValueTag.TEXT, (byte) 0xff},
            {ValueTag.SERIALIZED}
        }) {
            assertThatThrownBy(() -> codec.decode(Bytes.of(bytes))).isInstanceOf(UndecodableValueException.class);
        }
    }
}
