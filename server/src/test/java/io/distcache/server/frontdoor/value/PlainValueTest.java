package io.distcache.server.frontdoor.value;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PlainValueTest {

    private static String plain(Bytes value) {
        return PlainValue.plain(value).toUtf8();
    }

    private static Bytes tagged(int tag, byte... rest) {
        byte[] bytes = new byte[rest.length + 1];
        bytes[0] = (byte) tag;
        System.arraycopy(rest, 0, bytes, 1, rest.length);
        return Bytes.of(bytes);
    }

    /** The event loop makes the JSON, and everybody on it waits. */
    @Test
    void a_composite_that_would_become_much_is_shown_as_it_is_stored() {
        byte[] lists = new byte[20 << 20];
        Arrays.fill(lists, (byte) 0x80);
        lists[0] = (byte) 0x9f;
        lists[lists.length - 1] = (byte) 0xff;
        byte[] digits = new byte[4 << 20];
        Arrays.fill(digits, (byte) 0x5a);
        for (byte[] item : new byte[][] {
            lists, under(0x4441, digits), under(0x4449, digits), under(0x446e, digits), nestedNumber(digits)
        }) {
            Bytes value = tagged(ValueTag.PORTABLE, item);
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long began = threads.getCurrentThreadCpuTime();
            assertThat(PlainValue.plain(value).equals(Bytes.of(item))).isTrue();
            assertThat((threads.getCurrentThreadCpuTime() - began) / 1_000_000).isLessThan(1_000);
        }
    }

    /** A byte string under a tag. */
    private static byte[] under(int tag, byte[] bytes) {
        return ByteBuffer.allocate(bytes.length + 8)
                .put((byte) 0xd9)
                .putShort((short) tag)
                .put((byte) 0x5a)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    /** A decimal of these digits. */
    private static byte[] nestedNumber(byte[] digits) {
        return ByteBuffer.allocate(digits.length + 10)
                .put(new byte[] {(byte) 0xd9, 0x44, 0x42, (byte) 0x82, 0x01, 0x5a})
                .putInt(digits.length)
                .put(digits)
                .array();
    }

    @Test
    void bytes_that_are_utf8_become_text_as_the_jdk_sees_it() {
        Random random = new Random(1);
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = new byte[random.nextInt(12)];
            for (int k = 0; k < bytes.length; k++) {
                // Leading and trailing bytes and the edges of their ranges, more often than chance would have them.
                int[] edges = {
                    0x00, 0x7f, 0x80, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xa0, 0x9f, 0xed, 0xef, 0xf0, 0x90, 0x8f, 0xf4, 0xf5
                };
                bytes[k] = (byte) (random.nextBoolean() ? edges[random.nextInt(edges.length)] : random.nextInt(256));
            }
            byte expected = isUtf8(bytes) ? ValueTag.TEXT : ValueTag.BYTES;
            assertThat(PlainValue.of(bytes, 0, bytes.length).get(0)).isEqualTo(expected);
        }
    }

    private static boolean isUtf8(byte[] bytes) {
        try {
            CharBuffer unused = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "0,0",
        "1.5,1.5",
        "3.0,3",
        "-0.1,-0.1",
        "1e20,100000000000000000000",
        "1e-7,0.0000001",
        "NaN,nan",
        "Infinity,inf"
    })
    void doubles_read_back_as_the_same(double number, String text) {
        assertThat(plain(PlainValue.ofDouble(number))).isEqualTo(text);
    }

    @Test
    void scalars_read_as_words_and_numbers() {
        assertThat(plain(tagged(ValueTag.NULL))).isEmpty();
        assertThat(plain(tagged(ValueTag.TRUE))).isEqualTo("true");
        assertThat(plain(tagged(ValueTag.FALSE))).isEqualTo("false");
        assertThat(plain(tagged(ValueTag.INT32, (byte) -1, (byte) -1, (byte) -1, (byte) -2)))
                .isEqualTo("-2");
        assertThat(plain(tagged(ValueTag.INT16, (byte) 1, (byte) 0))).isEqualTo("256");
        assertThat(plain(tagged(ValueTag.INT8, (byte) -128))).isEqualTo("-128");
        assertThat(plain(tagged(ValueTag.CHAR16, (byte) 0, (byte) 'x'))).isEqualTo("x");
        assertThat(plain(PlainValue.ofInteger(Long.MIN_VALUE))).isEqualTo("-9223372036854775808");
        assertThat(PlainValue.whole(PlainValue.ofInteger(Long.MIN_VALUE))).isEqualTo(Long.MIN_VALUE);
    }

    @Test
    void flags_lie_beside_any_value_and_stay_when_it_changes() {
        Bytes flagged = PlainValue.flagged(PlainValue.ofInteger(7), 0xdeadbeef, 1);

        assertThat(plain(flagged)).isEqualTo("7");
        assertThat(PlainValue.flags(flagged)).isEqualTo(0xdeadbeef);
        assertThat(PlainValue.bits(flagged)).isEqualTo(1);
        assertThat(PlainValue.isWhole(flagged)).isTrue();
        assertThat(PlainValue.whole(flagged)).isEqualTo(7);
        Bytes changed = PlainValue.like(flagged, PlainValue.ofText("x"));
        assertThat(PlainValue.flags(changed)).isEqualTo(0xdeadbeef);
        assertThat(plain(changed)).isEqualTo("x");
        assertThat(PlainValue.flagged(PlainValue.ofText("x"), 0, 0)).isEqualTo(PlainValue.ofText("x"));
    }

    @Test
    void composites_read_as_json() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(ValueTag.PORTABLE);
        try (CBORGenerator cbor = new CBORFactory().createGenerator(out)) {
            cbor.writeTag(7); // OBJECT
            cbor.writeStartArray(null, 6);
            cbor.writeString("com.example.Person name,age,tags,born,id");
            cbor.writeString("Ada \"A\"");
            cbor.writeTag(6); // LONG
            cbor.writeNumber(36L);
            cbor.writeTag(15); // SET
            cbor.writeStartArray(null, 2);
            cbor.writeString("a");
            cbor.writeNull();
            cbor.writeEndArray();
            cbor.writeTag(100); // LOCAL_DATE
            cbor.writeNumber(-56_270);
            cbor.writeTag(13); // MAP
            cbor.writeStartArray(null, 2);
            cbor.writeNumber(1);
            cbor.writeBoolean(true);
            cbor.writeEndArray();
            cbor.writeEndArray();
        }
        assertThat(plain(Bytes.of(out.toByteArray())))
                .isEqualTo(
                        "{\"name\":\"Ada \\\"A\\\"\",\"age\":36,\"tags\":[\"a\",null],\"born\":\"1815-12-10\",\"id\":{\"1\":true}}");
    }

    @Test
    void what_is_no_cbor_is_shown_as_it_is() {
        assertThat(PlainValue.plain(tagged(ValueTag.PORTABLE, (byte) 0x82, (byte) 1))
                        .length())
                .isEqualTo(2);
        assertThat(PlainValue.plain(tagged(ValueTag.SERIALIZED, (byte) 1, (byte) 2))
                        .length())
                .isEqualTo(2);
    }

    @Test
    void keys_of_other_types_have_no_name_here() {
        assertThat(PlainValue.isNameable(PlainValue.ofText("k"))).isTrue();
        assertThat(PlainValue.isNameable(tagged(ValueTag.BYTES, (byte) 0xff))).isTrue();
        // To a client of Redis these bytes name the text.
        assertThat(PlainValue.isNameable(tagged(ValueTag.BYTES, (byte) 'k'))).isFalse();
        assertThat(PlainValue.isNameable(PlainValue.ofInteger(1))).isFalse();
    }

    @Test
    void a_composite_that_would_take_too_long_is_shown_as_it_is_stored() throws IOException {
        // One type with very many names of fields, and very many objects of it: of linear size, and quadratic as JSON.
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(ValueTag.PORTABLE);
        try (CBORGenerator out = new CBORFactory().createGenerator(bytes)) {
            out.writeStartArray();
            for (int i = 0; i < 20_000; i++) {
                out.writeTag(7);
                out.writeStartArray();
                if (i == 0) {
                    out.writeString("T " + "name,".repeat(100_000));
                } else {
                    out.writeNumber(0);
                }
                out.writeNumber(1);
                out.writeEndArray();
            }
            out.writeEndArray();
        }
        Bytes objects = Bytes.of(bytes.toByteArray());
        String shown = PlainValue.plain(objects).toUtf8();
        assertThat(shown).startsWith("[{\"name\":1},{\"name\":1}");

        byte[] number = new byte[1 << 20];
        java.util.Arrays.fill(number, (byte) 0x7f);
        bytes.reset();
        bytes.write(ValueTag.PORTABLE);
        try (CBORGenerator out = new CBORFactory().createGenerator(bytes)) {
            out.writeTag(0x4440 + 1);
            out.writeBinary(number);
        }
        Bytes large = Bytes.of(bytes.toByteArray());
        assertThat(PlainValue.plain(large).length()).isEqualTo(large.length() - 1);
    }
}
