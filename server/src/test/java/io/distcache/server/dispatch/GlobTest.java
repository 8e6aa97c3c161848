package io.distcache.server.dispatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GlobTest {

    private static boolean matches(String pattern, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return new Glob(pattern.getBytes(StandardCharsets.ISO_8859_1), false).matches(bytes, 0, bytes.length);
    }

    @Test
    void many_stars_cost_no_more_than_pattern_times_text() {
        assertThat(matches("*a".repeat(400) + "b", "a".repeat(10_000))).isFalse();
        assertThat(matches("*a".repeat(400), "a".repeat(10_000))).isTrue();
    }

    @Test
    void what_takes_too_long_is_given_up_with_what_to_do() {
        assertThat(matches("*x*", "a".repeat(1 << 24))).isFalse();
        assertThatThrownBy(() -> matches("*" + "a".repeat(1000) + "b", "a".repeat(1 << 20)))
                .isInstanceOf(Glob.TooCostly.class)
                .hasMessageContaining("a pattern of 1002 bytes takes too long to match with 1048576 bytes");
        assertThatThrownBy(() -> matches("*[" + "b".repeat(1000) + "]", "a".repeat(1 << 20)))
                .isInstanceOf(Glob.TooCostly.class);
    }
}
