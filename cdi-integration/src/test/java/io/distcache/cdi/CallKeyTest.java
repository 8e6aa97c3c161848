package io.distcache.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class CallKeyTest {

    @Test
    void arrays_are_equal_if_their_contents_are_however_deep() {
        CallKey one = CallKey.of(new Object[] {"a", new int[] {1, 2}, new Object[] {new long[] {3}}});
        CallKey other = CallKey.of(new Object[] {"a", new int[] {1, 2}, new Object[] {new long[] {3}}});
        assertThat(one).isEqualTo(other).hasSameHashCodeAs(other).hasToString("[a, [1, 2], [[3]]]");
        assertThat(one).isNotEqualTo(CallKey.of(new Object[] {"a", new int[] {1, 2}, new Object[] {new long[] {4}}}));
    }

    @Test
    void keys_of_other_types_differ() {
        assertThat(CallKey.of(1)).isNotEqualTo(CallKey.of(1L));
    }

    @Test
    void changing_an_array_afterwards_does_not_change_the_key() {
        int[] array = {1};
        Object[] nested = {array};
        CallKey key = CallKey.of(nested[0]);
        CallKey deep = CallKey.of((Object) new Object[] {array});
        array[0] = 2;
        assertThat(key).isEqualTo(CallKey.of(new int[] {1}));
        assertThat(deep).isEqualTo(CallKey.of((Object) new Object[] {new int[] {1}}));
    }

    /** Java's own serialization of it, as other providers use it, must not change between versions or JVMs. */
    @Test
    void its_serialized_bytes_are_these_on_every_JVM() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(CallKey.of(new Object[] {"a", 1}));
        }
        assertThat(HexFormat.of().formatHex(bytes.toByteArray())).isEqualTo(SERIALIZED);
        try (ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            assertThat(in.readObject()).isEqualTo(CallKey.of(new Object[] {"a", 1}));
        }
    }

    private static final String SERIALIZED =
            "aced000573720018696f2e6469737463616368652e6364692e43616c6c4b657900000000000000000200014c000a70617261"
                    + "6d65746572737400104c6a6176612f7574696c2f4c6973743b7870737200116a6176612e7574696c2e436f6c6c536572578e"
                    + "abb63a1ba81103000149000374616778700000000177040000000274000161737200116a6176612e6c616e672e496e746567"
                    + "657212e2a0a4f781873802000149000576616c7565787200106a6176612e6c616e672e4e756d62657286ac951d0b94e08b02"
                    + "000078700000000178";
}
