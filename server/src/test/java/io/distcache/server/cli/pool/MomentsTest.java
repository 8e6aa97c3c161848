package io.distcache.server.cli.pool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

class MomentsTest {
    @Test
    void what_passes_is_not_what_is_told() throws Exception {
        Iterator<String> seen =
                List.of("handed over", "handed over", "well", "not asked").iterator();

        assertThat(Moments.settled(seen::next, "handed over"::equals)).isEqualTo("well");
        assertThat(seen.next()).isEqualTo("not asked");
    }

    @Test
    void what_lasts_is_told_in_the_end() throws Exception {
        assertThat(Moments.settled(() -> "nobody leads", "nobody leads"::equals))
                .isEqualTo("nobody leads");
    }
}
