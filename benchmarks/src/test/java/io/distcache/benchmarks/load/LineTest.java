package io.distcache.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LineTest {

    @Test
    void a_line_survives_being_sent_with_spaces_and_equals_signs_in_its_values() {
        Line line = Line.of("failed").with("cause", "a = b & 100 %\nnext").with("count", 7);

        Line received = Line.parse(line.format());

        assertThat(line.format()).doesNotContain("\n");
        assertThat(received).isEqualTo(line);
        assertThat(received.integer("count")).isEqualTo(7);
    }

    @Test
    void a_missing_field_is_named() {
        assertThatThrownBy(() -> Line.of("run").text("millis")).hasMessageContaining("'run' has no millis");
    }
}
