package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CacheDefinitionTest {
    private static final CacheDefinition PLAIN = CacheDefinition.of("shop", "users");

    @Test
    void equal_definitions_do_not_differ_and_names_are_not_compared() {
        assertThat(PLAIN.differences(CacheDefinition.of("shop", "users"))).isEmpty();
        assertThat(PLAIN.differences(CacheDefinition.of("other", "name"))).isEmpty();
    }

    @Test
    void every_setting_that_differs_is_named_with_both_values() {
        CacheDefinition other = new CacheDefinition(
                "shop",
                "users",
                new CacheDefinition.Expiry(1000, Ttl.UNCHANGED, Ttl.UNCHANGED, false),
                10,
                20,
                CacheDefinition.WhenFull.REFUSE,
                CacheDefinition.Durability.NONE,
                Map.of("keyType", "java.lang.String"));

        assertThat(PLAIN.differences(other)).hasSize(6);
        assertThat(String.join("; ", PLAIN.differences(other)))
                .contains("creationMillis=1000")
                .contains("maxEntries=0, not 10")
                .contains("maxBytes=0, not 20")
                .contains("whenFull=EVICT, not REFUSE")
                .contains("durability=LOGGED, not NONE")
                .contains("keyType=null, not java.lang.String");
        assertThat(other.differences(PLAIN)).hasSize(6).contains("keyType=java.lang.String, not null");
    }

    @Test
    void stale_reads_are_allowed_by_one_attribute_only_and_all_have_to_agree_on_it() {
        CacheDefinition allows = with(Map.of("staleReads", "allow"));

        assertThat(PLAIN.allowsStaleReads()).isFalse();
        assertThat(allows.allowsStaleReads()).isTrue();
        assertThat(allows.withoutTypes().allowsStaleReads()).isTrue();
        assertThat(with(Map.of("staleReads", "refuse")).allowsStaleReads()).isFalse();
        assertThat(with(Map.of("staleReads", "")).allowsStaleReads()).isFalse();
        assertThat(allows.differencesToShared(PLAIN)).containsExactly("staleReads=allow, not null");
    }

    private static CacheDefinition with(Map<String, String> attributes) {
        return new CacheDefinition(
                "shop",
                "users",
                CacheDefinition.Expiry.ETERNAL,
                0,
                0,
                CacheDefinition.WhenFull.EVICT,
                CacheDefinition.Durability.LOGGED,
                attributes);
    }

    @Test
    void names_have_a_bound() {
        CacheDefinition.of("n".repeat(CacheDefinition.MAX_NAME_LENGTH), "n".repeat(CacheDefinition.MAX_NAME_LENGTH));

        assertThatThrownBy(() -> CacheDefinition.of("", "n".repeat(CacheDefinition.MAX_NAME_LENGTH + 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("cache name has 1025 characters; at most 1024 are allowed");
    }

    @Test
    void bounds_are_not_negative() {
        assertThatThrownBy(() -> new CacheDefinition(
                        "",
                        "c",
                        CacheDefinition.Expiry.ETERNAL,
                        -1,
                        0,
                        CacheDefinition.WhenFull.EVICT,
                        CacheDefinition.Durability.LOGGED,
                        Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("maxEntries=-1");
    }

    @Test
    void an_expiry_is_made_of_durations() {
        assertThatThrownBy(() -> new CacheDefinition.Expiry(Ttl.UNCHANGED, 0, 0, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("creation");
        assertThatThrownBy(() -> new CacheDefinition.Expiry(0, Ttl.DEFINED, 0, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("update");
        assertThatThrownBy(() -> new CacheDefinition.Expiry(0, 0, Ttl.DEFINED, false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("access");
    }
}
