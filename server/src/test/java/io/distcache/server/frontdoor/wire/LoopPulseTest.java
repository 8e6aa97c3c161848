package io.distcache.server.frontdoor.wire;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LoopPulseTest {
    private static final long MILLI = 1_000_000;
    private static final long LONG_AGO = Long.MIN_VALUE / 2;

    private final LoopPulse pulse = new LoopPulse(0);

    private long stoodStillMillis(long nowMillis) {
        return pulse.stoodStillNanos(nowMillis * MILLI, LONG_AGO) / MILLI;
    }

    @Test
    void a_loop_that_beats_in_time_never_stood_still() {
        for (int millis = 100; millis <= 10_000; millis += 100) {
            assertThat(stoodStillMillis(millis)).isEqualTo(100);
            assertThat(pulse.beat(millis * MILLI)).isZero();
        }
    }

    @Test
    void a_loop_that_reads_before_its_timer_fires_finds_out() {
        pulse.beat(100 * MILLI);
        assertThat(stoodStillMillis(5_100)).isEqualTo(5_000);
    }

    @Test
    void a_timer_that_comes_first_but_late_hides_nothing_until_the_next() {
        pulse.beat(100 * MILLI);
        assertThat(pulse.beat(5_100 * MILLI)).isEqualTo(4_900 * MILLI);
        assertThat(pulse.isLate()).isTrue();
        assertThat(stoodStillMillis(5_101)).isEqualTo(5_001);
        pulse.beat(5_200 * MILLI);
        assertThat(pulse.isLate()).isFalse();
        assertThat(stoodStillMillis(5_201)).isEqualTo(1);
    }

    @Test
    void what_a_new_connection_sends_is_not_older_than_it() {
        pulse.beat(100 * MILLI);
        assertThat(pulse.stoodStillNanos(5_101 * MILLI, 5_100 * MILLI)).isEqualTo(MILLI);
    }

    @Test
    void the_limit_is_three_reports_and_not_less_than_300_ms() {
        assertThat(LoopPulse.limitNanos(0)).isEqualTo(3000 * MILLI);
        assertThat(LoopPulse.limitNanos(500)).isEqualTo(1500 * MILLI);
        assertThat(LoopPulse.limitNanos(10)).isEqualTo(300 * MILLI);
    }
}
