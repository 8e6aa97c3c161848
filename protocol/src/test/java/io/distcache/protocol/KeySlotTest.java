package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected slots are what {@code CLUSTER KEYSLOT} of Redis answers. */
class KeySlotTest {

    @ParameterizedTest
    @CsvSource({"123456789, 12739", "foo, 12182", "bar, 5061", "hello, 866", "somekey, 11058", "'', 0"})
    void a_text_has_the_slot_that_redis_gives_it(String key, int slot) {
        assertThat(KeySlot.of(tagged(ValueTag.TEXT, key))).isEqualTo(slot);
        assertThat(KeySlot.of(tagged(ValueTag.BYTES, key))).isEqualTo(slot);
    }

    @ParameterizedTest
    @CsvSource({
        "{user1000}.following, user1000",
        "{user1000}.followers, user1000",
        "foo{bar}zap, bar",
        "foo{{bar}}zap, {bar",
        "foo{bar}{zap}, bar",
        "a}b{c}d, c"
    })
    void only_what_stands_in_the_first_braces_counts(String key, String counted) {
        assertThat(KeySlot.of(tagged(ValueTag.TEXT, key))).isEqualTo(KeySlot.of(tagged(ValueTag.TEXT, counted)));
    }

    @ParameterizedTest
    @CsvSource({"foo{}{bar}, 8363", "foo{bar, 0", "foo}bar{, 0", "{}, 0"})
    void without_anything_between_braces_the_whole_key_counts(String key, int redis) {
        Bytes text = tagged(ValueTag.TEXT, key);

        assertThat(KeySlot.of(text)).isEqualTo(crc16(key) % KeySlot.SLOTS);
        if (redis != 0) {
            assertThat(KeySlot.of(text)).isEqualTo(redis);
        }
    }

    @Test
    void other_types_count_with_their_tag_and_know_no_braces() {
        assertThat(KeySlot.of(tagged(ValueTag.PORTABLE, "{a}b"))).isNotEqualTo(KeySlot.of(tagged(ValueTag.TEXT, "a")));
        assertThat(KeySlot.of(tagged(ValueTag.INT64, "12345678")))
                .isNotEqualTo(KeySlot.of(tagged(ValueTag.INT32, "12345678")));
    }

    @Test
    void a_slice_has_the_slot_of_its_bytes() {
        byte[] around = "xx\u0002fooyy".getBytes(StandardCharsets.UTF_8);

        assertThat(KeySlot.of(Bytes.of(around, 2, 4))).isEqualTo(12182);
    }

    @Test
    void no_bytes_at_all_have_slot_0() {
        assertThat(KeySlot.of(Bytes.EMPTY)).isZero();
    }

    private static Bytes tagged(byte tag, String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        byte[] key = new byte[utf8.length + 1];
        key[0] = tag;
        System.arraycopy(utf8, 0, key, 1, utf8.length);
        return Bytes.of(key);
    }

    /** CRC16/XMODEM bit by bit, as in its definition. */
    private static int crc16(String text) {
        int crc = 0;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            crc ^= (b & 0xff) << 8;
            for (int bit = 0; bit < 8; bit++) {
                crc = (crc & 0x8000) != 0 ? (crc << 1 ^ 0x1021) & 0xffff : crc << 1;
            }
        }
        return crc;
    }
}
