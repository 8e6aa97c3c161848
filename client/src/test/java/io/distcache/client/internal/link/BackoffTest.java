package io.distcache.client.internal.link;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class BackoffTest {

    @Test
    void pauses_double_up_to_the_longest_with_jitter() {
        Backoff backoff = new Backoff(Duration.ofMillis(20), Duration.ofMillis(100));
        for (long full : new long[] {20, 40, 80, 100, 100}) {
            assertThat(backoff.nextMillis()).isBetween(full < 100 ? full / 4 : full / 2, full);
        }
        backoff.reset();
        assertThat(backoff.nextMillis()).isBetween(5L, 20L);
    }
}
