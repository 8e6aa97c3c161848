package io.distcache.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OneLineTest {

    @ParameterizedTest
    @ValueSource(strings = {"", "till-3", "K\u00e4se \u5bff\u53f8", "a \\ b", "\ud83d\ude00"})
    void harmless_text_is_itself(String text) {
        assertThat(OneLine.of(text)).isSameAs(text);
        assertThat(OneLine.isHarmless(text)).isTrue();
    }

    @Test
    void line_ends_escape_sequences_and_marks_of_direction_are_written_out() {
        assertThat(OneLine.of("a\r\nERROR\tb")).isEqualTo("a\\r\\nERROR\\tb");
        assertThat(OneLine.of("\u001b[2J\u001b]0;t\u0007")).isEqualTo("\\u001b[2J\\u001b]0;t\\u0007");
        assertThat(OneLine.of("\u009b2J\u0085x\u2028y\u202ez\u007f"))
                .isEqualTo("\\u009b2J\\u0085x\\u2028y\\u202ez\\u007f");
        assertThat(OneLine.of("\ud83d")).isEqualTo("\\ud83d");
        assertThat(OneLine.isHarmless("a\nb")).isFalse();
    }

    @Test
    void no_character_of_any_text_ends_a_line_or_controls_a_terminal() {
        for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
            String shown = OneLine.of("a" + Character.toString(c) + "b");
            assertThat(shown.chars().noneMatch(Character::isISOControl))
                    .as(Integer.toHexString(c))
                    .isTrue();
            assertThat(shown.lines().count()).as(Integer.toHexString(c)).isOne();
        }
    }

    @Test
    void a_long_text_is_cut() {
        assertThat(OneLine.of("x".repeat(5_000)))
                .hasSizeLessThan(OneLine.MAX_LENGTH + 40)
                .endsWith("x... (904 characters more)");
        assertThat(OneLine.of("\n".repeat(1_000_000))).hasSizeLessThan(OneLine.MAX_LENGTH + 40);
        assertThat(OneLine.of("abcdef", 3)).isEqualTo("abc... (3 characters more)");
    }
}
