package io.distcache.server.frontdoor.memcached;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WordsTest {
    private final Words words = new Words();

    @ParameterizedTest
    @ValueSource(ints = {-1, 2, 3, 16, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void a_word_that_a_line_does_not_have_cannot_be_read(int index) {
        byte[] buffer = "get secret secret secret".getBytes(StandardCharsets.ISO_8859_1);
        words.split(buffer, 0, buffer.length);
        assertThat(words.count()).isEqualTo(4);
        words.split(buffer, 0, "get s".length());
        assertThat(words.count()).isEqualTo(2);
        assertThat(words.text(1)).isEqualTo("s");
        assertThatThrownBy(() -> words.text(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> words.tagged(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> words.copy(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> words.length(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> words.first(index)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> words.is(index, "secret")).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
