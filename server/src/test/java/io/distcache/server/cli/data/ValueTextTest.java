package io.distcache.server.cli.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import com.fasterxml.jackson.dataformat.cbor.CBORGenerator;
import io.distcache.protocol.Bytes;
import io.distcache.server.cli.RunningNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.math.BigDecimal;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ValueTextTest {

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            value = {
                "00,               NULL,   null",
                "01cafe,           BYTES,  0xcafe",
                "02c3a4,           TEXT,   \"ä\"",
                "020a2209,         TEXT,   \"\\n\\\"\\t\"",
                "02,               TEXT,   \"\"",
                "030000000000000011, INT64, 17L",
                "043ff8000000000000, DOUBLE, 1.5",
                "05,               FALSE,  false",
                "06,               TRUE,   true",
                "07ffffffff,       INT32,  -1",
                "080011,           INT16,  17s",
                "0980,             INT8,   -128b",
                "0a0041,           CHAR16, 'A'",
                "0b3fc00000,       FLOAT,  1.5f",
                // Not what the tag says, tags of a later version, and nothing at all.
                "0711,             INT32,  0x11",
                "4201,             0x42,   0x01",
                "10ff,             PORTABLE, 0xff",
                "10,               PORTABLE, 0x"
            })
    void every_tag_is_readable(String hex, String type, String shown) {
        ValueText text = ValueText.of(Bytes.of(HexFormat.of().parseHex(hex.strip())));

        assertThat(text.type()).isEqualTo(type);
        assertThat(text.shown(100)).isEqualTo(shown);
    }

    @Test
    void no_bytes_are_no_value() {
        assertThat(ValueText.of(Bytes.EMPTY).type()).isEqualTo("EMPTY");
    }

    @Test
    void a_portable_value_is_shown_as_its_items() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(0x10);
        try (CBORGenerator out = new CBORFactory().createGenerator(bytes)) {
            out.writeTag(7);
            out.writeStartArray();
            out.writeString("com.acme.Order,,id,total");
            out.writeNumber(17);
            out.writeTag(0x4442);
            out.writeStartArray();
            out.writeNumber(2);
            out.writeBinary(new byte[] {1, 2});
            out.writeEndArray();
            out.writeEndArray();
        }

        assertThat(ValueText.of(Bytes.of(bytes.toByteArray())).plain())
                .isEqualTo("[\"com.acme.Order,,id,total\",17,[2,\"AQI=\"]]");
    }

    @Test
    void of_a_java_object_the_class_is_told_and_nothing_is_deserialized() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.write(0x11);
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new BigDecimal("1.5"));
        }

        assertThat(ValueText.of(Bytes.of(bytes.toByteArray())).shown(100))
                .startsWith("<object of class java.math.BigDecimal, ");
        assertThat(ValueText.of(Bytes.of(new byte[] {0x11, 1, 2})).plain()).isEqualTo("object, 2 bytes");
    }

    @Test
    void long_values_are_shortened() {
        assertThat(ValueText.of(RunningNode.text("x".repeat(1000))).shown(20))
                .isEqualTo("\"xxxxxxxxxxxxxxxx... (1000 characters)");
    }

    @Test
    void a_key_is_meant_with_or_without_its_type() {
        ValueText key = ValueText.of(RunningNode.number(17));

        assertThat(key.isWrittenAs("17")).isTrue();
        assertThat(key.isWrittenAs("17L")).isTrue();
        assertThat(key.isWrittenAs("\"17\"")).isFalse();
        assertThat(key.isWrittenAs("1")).isFalse();
    }
}
