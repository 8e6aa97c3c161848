package io.distcache.client.spi.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.Bytes;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import javax.xml.namespace.QName;
import org.junit.jupiter.api.Test;

/** The bytes of keys are part of the format, for they decide where an entry lives: those of {@code formats/v1/keys.txt} are for ever. */
class KeyFormatTest {
    private final Codec codec = Codec.create(
            Object.class,
            new CodecContext(getClass().getClassLoader(), "io.distcache.client.spi.codec.*;javax.xml.namespace.QName"));

    @SuppressWarnings("JavaUtilDate")
    private static Map<String, Object> keys() {
        Map<String, Object> keys = new LinkedHashMap<>();
        keys.put("text", "user:1");
        keys.put("long", 42L);
        keys.put("int", 42);
        keys.put("uuid", new UUID(1, 2));
        keys.put("decimal", new BigDecimal("1.50"));
        keys.put("instant", Instant.ofEpochSecond(5, 7));
        keys.put("enum", TimeUnit.DAYS);
        keys.put("list", List.of("a", 1, 2L));
        keys.put("set", Set.of("a", "bb", "ccc"));
        keys.put("map", Map.of("a", 1, "b", List.of()));
        keys.put("record", new Samples.Point(1, -2));
        keys.put("record-of-collections", new Samples.Wide(Set.of("y", "x"), Map.of("b", 2L, "a", 1L), Set.of()));
        keys.put("bean", new Samples.Person("p", 1, true, 2, List.of("t")));
        keys.put("array", new Object[] {"a", 1, null});
        keys.put("serializable", new SerializableKeys.Money(7));
        keys.put("serializable-pair", new SerializableKeys.Pair<>("de", "de"));
        keys.put("serializable-with-collections", new SerializableKeys.Pair<>(List.of("a"), Map.of(1, Set.of(2L))));
        keys.put("serializable-with-record", new SerializableKeys.Pair<>(new Samples.Point(1, 2), null));
        keys.put("serializable-params", new SerializableKeys.Params("a", 1L));
        keys.put("serializable-hierarchy", new SerializableKeys.Derived("b", "d", new ArrayList<>(List.of("t"))));
        keys.put("writes-itself", new SerializableKeys.WritesItself("a", "b", 3));
        keys.put("writes-fields", new SerializableKeys.ByFields("a", 3));
        keys.put("externalizable", new SerializableKeys.Outside("a", List.of(1)));
        keys.put("replaced", new SerializableKeys.Disguised("a"));
        keys.put("of-jdk-class", new SerializableKeys.Identified(new Date(5), "a"));
        keys.put("sorted", new SerializableKeys.Sorted(new TreeSet<>(Set.of("b", "a"))));
        keys.put("kinds-of-collections", SerializableKeys.KindsOfCollections.of(10, true));
        keys.put("stream", new QName("n", "n"));
        keys.put("stream-in-key", new SerializableKeys.Pair<>(new QName("n", "n"), 1));
        return keys;
    }

    @Test
    void keys_have_the_bytes_that_they_always_had() throws IOException {
        StringBuilder written = new StringBuilder();
        keys().forEach((name, key) -> written.append(name)
                .append(' ')
                .append(HexFormat.of().formatHex(codec.encodeKey(key).toByteArray()))
                .append('\n'));
        assertThat(written.toString()).isEqualTo(golden());
    }

    @Test
    void keys_that_were_written_once_can_be_read() throws IOException {
        Map<String, Object> keys = keys();
        assertThat(golden().lines()).hasSameSizeAs(keys.keySet()).allSatisfy(line -> {
            String[] parts = line.split(" ", -1);
            Object key = codec.decode(Bytes.of(HexFormat.of().parseHex(parts[1])));
            assertThat(key).as(parts[0]).isEqualTo(keys.get(parts[0]));
        });
    }

    private static String golden() throws IOException {
        try (InputStream in = KeyFormatTest.class.getResourceAsStream("/formats/v1/keys.txt")) {
            return in == null ? "" : new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** Prints the file, for whoever adds a line. */
    public static void main(String[] arguments) {
        KeyFormatTest test = new KeyFormatTest();
        keys().forEach((name, key) -> System.out.println(
                name + " " + HexFormat.of().formatHex(test.codec.encodeKey(key).toByteArray())));
    }
}
