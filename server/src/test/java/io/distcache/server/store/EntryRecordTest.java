package io.distcache.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class EntryRecordTest {

    private static final Bytes KEY = Bytes.ofUtf8("key");
    private static final Bytes VALUE = Bytes.ofUtf8("value");

    @Test
    void the_layout_is_the_one_drawn() {
        assertThat(EntryRecord.create(KEY, VALUE, 0x0102030405060708L, EntryRecord.NO_DEADLINE))
                .isEqualTo(HexFormat.of().parseHex("00" + "0102030405060708" + "03" + "6b6579" + "76616c7565"));
        assertThat(EntryRecord.create(KEY, VALUE, 1, 0x1112131415161718L))
                .isEqualTo(HexFormat.of()
                        .parseHex("01" + "0000000000000001" + "1112131415161718" + "03" + "6b6579" + "76616c7565"));
    }

    @Test
    void what_was_put_in_comes_out_for_every_length_of_the_key_length() {
        for (int length : new int[] {0, 1, 127, 128, 16_383, 16_384, 2_097_151, 2_097_152}) {
            for (long deadline : new long[] {Long.MIN_VALUE, -1, 0, 1, Long.MAX_VALUE - 1, EntryRecord.NO_DEADLINE}) {
                Bytes key = Bytes.of(new byte[length]);
                byte[] record = EntryRecord.create(key, VALUE, -7, deadline);
                assertThat(EntryRecord.key(record)).isEqualTo(key);
                assertThat(EntryRecord.keyEquals(record, key)).isTrue();
                assertThat(EntryRecord.keyEquals(record, Bytes.of(new byte[length + 1])))
                        .isFalse();
                assertThat(EntryRecord.sameKey(record, EntryRecord.create(key, Bytes.EMPTY, 1, 5)))
                        .isTrue();
                assertThat(EntryRecord.value(record)).isEqualTo(VALUE);
                assertThat(EntryRecord.valueBytes(record)).isEqualTo(VALUE.length());
                assertThat(EntryRecord.version(record)).isEqualTo(-7);
                assertThat(EntryRecord.deadlineMillis(record)).isEqualTo(deadline);
            }
        }
    }

    @Test
    void key_and_value_may_be_slices_of_a_larger_array() {
        byte[] frame = "..keyvalue..".getBytes(StandardCharsets.UTF_8);
        byte[] record = EntryRecord.create(Bytes.of(frame, 2, 3), Bytes.of(frame, 5, 5), 1, EntryRecord.NO_DEADLINE);
        assertThat(EntryRecord.key(record)).isEqualTo(KEY);
        assertThat(EntryRecord.value(record)).isEqualTo(VALUE);
    }

    @Test
    void a_later_deadline_is_written_in_place_and_a_first_one_is_not() {
        byte[] forever = EntryRecord.create(KEY, VALUE, 9, EntryRecord.NO_DEADLINE);
        byte[] mortal = EntryRecord.withDeadline(forever, 100);
        assertThat(mortal).isEqualTo(EntryRecord.create(KEY, VALUE, 9, 100));
        assertThat(EntryRecord.withDeadline(mortal, 200)).isSameAs(mortal);
        assertThat(EntryRecord.deadlineMillis(mortal)).isEqualTo(200);
        assertThat(EntryRecord.withDeadline(mortal, EntryRecord.NO_DEADLINE)).isEqualTo(forever);
        assertThat(EntryRecord.withDeadline(forever, EntryRecord.NO_DEADLINE)).isSameAs(forever);
    }

    @Test
    void an_entry_is_gone_at_its_deadline() {
        byte[] record = EntryRecord.create(KEY, VALUE, 1, 100);
        assertThat(EntryRecord.isExpired(record, 99)).isFalse();
        assertThat(EntryRecord.isExpired(record, 100)).isTrue();
        byte[] forever = EntryRecord.create(KEY, VALUE, 1, EntryRecord.NO_DEADLINE);
        assertThat(EntryRecord.isExpired(forever, Long.MAX_VALUE - 1)).isFalse();
    }

    @Test
    void hits_saturate_and_touch_nothing_else() {
        byte[] record = EntryRecord.create(KEY, VALUE, 9, 100);
        for (int hits = 1; hits < 10; hits++) {
            EntryRecord.recordHit(record);
            assertThat(EntryRecord.frequency(record)).isEqualTo(Math.min(hits, EntryRecord.MAX_FREQUENCY));
        }
        EntryRecord.setVersion(record, 10);
        assertThat(EntryRecord.version(record)).isEqualTo(10);
        assertThat(EntryRecord.deadlineMillis(record)).isEqualTo(100);
        assertThat(EntryRecord.key(record)).isEqualTo(KEY);
        assertThat(EntryRecord.value(record)).isEqualTo(VALUE);
    }

    @Test
    void the_footprint_is_header_and_content_padded_to_eight() {
        assertThat(EntryRecord.footprint(new byte[17])).isEqualTo(40);
        assertThat(EntryRecord.footprint(new byte[24])).isEqualTo(40);
        assertThat(EntryRecord.footprint(new byte[25])).isEqualTo(48);
    }
}
