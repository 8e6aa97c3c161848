package io.distcache.server.mutation;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Ttl;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MutationCodecTest {
    /** Of namespace s, name c, a ttl of 1000 ms from creation, 5 entries at most, REFUSE, NONE, keyType = K: as before there were stale reads. */
    private static final String BEFORE = "0173 0163 00000000000003e8 ffffffffffffffff ffffffffffffffff 00"
            + " 0000000000000005 0000000000000000 01 01 01 07 6b657954797065 01 4b";

    private static CacheDefinition definition(Map<String, String> attributes) {
        return new CacheDefinition(
                "s",
                "c",
                new CacheDefinition.Expiry(1000, Ttl.UNCHANGED, Ttl.UNCHANGED, false),
                5,
                0,
                CacheDefinition.WhenFull.REFUSE,
                CacheDefinition.Durability.NONE,
                attributes);
    }

    @Test
    void a_definition_from_before_there_were_stale_reads_does_not_allow_them_and_is_written_as_it_was() {
        byte[] bytes = HexFormat.of().parseHex(BEFORE.replace(" ", ""));

        CacheDefinition read = MutationCodec.definition(bytes);

        assertThat(read).isEqualTo(definition(Map.of("keyType", "K")));
        assertThat(read.allowsStaleReads()).isFalse();
        assertThat(MutationCodec.definition(read)).isEqualTo(bytes);
    }

    @Test
    void that_stale_reads_are_allowed_outlives_a_log() {
        CacheDefinition allowing = definition(Map.of("keyType", "K", "staleReads", "allow"));

        assertThat(MutationCodec.definition(MutationCodec.definition(allowing))).isEqualTo(allowing);
        assertThat(allowing.allowsStaleReads()).isTrue();
    }
}
