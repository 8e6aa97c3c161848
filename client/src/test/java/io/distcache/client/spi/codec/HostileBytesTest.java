package io.distcache.client.spi.codec;

import static io.distcache.client.spi.codec.Samples.flagged;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.distcache.client.SerializationLimitException;
import io.distcache.client.SerializationRefusedException;
import io.distcache.client.UndecodableValueException;
import io.distcache.client.spi.codec.Samples.Money;
import io.distcache.client.spi.codec.Samples.Pair;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.ValueTag;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever the bytes, decoding ends with a value or one of the three named exceptions. */
class HostileBytesTest {
    private final Codec codec = Codec.create(
            Object.class, new CodecContext(getClass().getClassLoader(), "io.distcache.client.spi.codec.Samples*"));

    private void decode(byte[] bytes, String what) {
        try {
            codec.decode(Bytes.of(bytes));
        } catch (UndecodableValueException | SerializationRefusedException | SerializationLimitException e) {
            assertThat(e.getMessage()).isNotEmpty();
        } catch (Throwable e) {
            throw new AssertionError(what + ": " + HexFormat.of().formatHex(bytes), e);
        }
    }

    @Test
    void values_cut_anywhere_are_undecodable() {
        for (Object value : values()) {
            byte[] whole = codec.encode(value).toByteArray();
            for (int length = 0; length < whole.length; length++) {
                Bytes cut = Bytes.of(whole, 0, length);
                assertThatThrownBy(() -> codec.decode(cut)).isInstanceOf(UndecodableValueException.class);
            }
            byte[] longer = Arrays.copyOf(whole, whole.length + 1);
            if (whole[0] == ValueTag.PORTABLE) {
                assertThatThrownBy(() -> codec.decode(Bytes.of(longer))).isInstanceOf(UndecodableValueException.class);
            }
        }
    }

    @Test
    void a_flagged_value_cut_anywhere_is_undecodable() {
        byte[] whole = flagged(codec.encode(7L)).toByteArray();
        assertThat(codec.decode(Bytes.of(whole))).isEqualTo(7L);
        for (int length = 0; length < whole.length; length++) {
            Bytes cut = Bytes.of(whole, 0, length);
            assertThatThrownBy(() -> codec.decode(cut)).isInstanceOf(UndecodableValueException.class);
        }
    }

    @Test
    void a_flagged_value_in_a_flagged_value_is_undecodable() {
        Bytes twice = flagged(flagged(codec.encode("text")));
        assertThatThrownBy(() -> codec.decode(twice)).isInstanceOf(UndecodableValueException.class);
    }

    @Test
    void mutated_bytes_end_with_a_value_or_a_named_error() {
        List<Object> values = values();
        for (long seed = 0; seed < 12_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes =
                    codec.encode(values.get(random.nextInt(values.size()))).toByteArray();
            for (int i = random.nextInt(3); i >= 0; i--) {
                bytes[1 + random.nextInt(bytes.length - 1)] = (byte) random.nextInt(256);
            }
            decode(bytes, "seed " + seed);
        }
    }

    @Test
    void random_bytes_end_with_a_value_or_a_named_error() {
        for (long seed = 0; seed < 12_000; seed++) {
            Random random = new Random(seed);
            byte[] bytes = new byte[1 + random.nextInt(60)];
            random.nextBytes(bytes);
            bytes[0] = random.nextBoolean() ? ValueTag.PORTABLE : (byte) random.nextInt(0x13);
            decode(bytes, "seed " + seed);
        }
    }

    @Test
    void a_length_beyond_the_bytes_allocates_nothing() {
        for (String hex : List.of(
                "5a7fffffff", // byte string of 2 GiB
                "5b7fffffffffffffff",
                "7a7fffffff", // text
                "9a7fffffff", // array
                "9b7fffffffffffffff",
                "ba7fffffff", // map
                "d9446e5a7fffffff", // int[]
                "c282427fff", // bignum tag on an array
                "c4827f00",
                "d9446a82617880")) {
            byte[] item = HexFormat.of().parseHex(hex);
            byte[] bytes = new byte[item.length + 1];
            bytes[0] = ValueTag.PORTABLE;
            System.arraycopy(item, 0, bytes, 1, item.length);
            assertThatThrownBy(() -> codec.decode(Bytes.of(bytes)))
                    .as(hex)
                    .isInstanceOf(UndecodableValueException.class);
        }
    }

    @Test
    void a_serialized_array_longer_than_the_bytes_is_not_allocated() {
        byte[] bytes = SerializedForm.write(
                new long[0],
                ValueTag.SERIALIZED,
                false,
                new Cost(io.distcache.client.SerializationLimits.DEFAULT),
                StoredClasses.ALL);
        bytes[bytes.length - 4] = 0x7f;
        assertThatThrownBy(() -> codec.decode(Bytes.of(bytes))).isInstanceOf(UndecodableValueException.class);
    }

    @Test
    void nesting_without_end_is_refused() {
        for (byte[] unit : List.of(
                new byte[] {(byte) 0x81},
                new byte[] {(byte) 0x9f},
                new byte[] {(byte) 0xc6},
                new byte[] {(byte) 0xd9, 0x44, 0x45, (byte) 0x81},
                new byte[] {(byte) 0xa1, 0x61, 0x61})) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            bytes.write(ValueTag.PORTABLE);
            for (int i = 0; i < 200_000; i++) {
                bytes.writeBytes(unit);
            }
            assertThatThrownBy(() -> codec.decode(Bytes.of(bytes.toByteArray())))
                    .isInstanceOfAny(SerializationLimitException.class, UndecodableValueException.class);
        }
    }

    private static List<Object> values() {
        List<Object> values = new ArrayList<>();
        for (long seed = 0; seed < 40; seed++) {
            values.add(new RandomValues(seed).next());
        }
        values.add(new Money(5));
        values.add(new Pair<>(new int[] {1, 2}, new Pair<>(new String[] {"a"}, Map.of(1, 2L))));
        values.add(new HashMap<>(Map.of(1, new Money(5))));
        values.add(new java.util.concurrent.CopyOnWriteArrayList<>(List.of("a", 1, 2L)));
        return values;
    }
}
