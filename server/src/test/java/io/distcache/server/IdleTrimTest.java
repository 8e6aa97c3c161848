package io.distcache.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class IdleTrimTest {
    private static final Duration AT_ONCE = Duration.ofNanos(1);

    private final AtomicLong operations = new AtomicLong();
    private final AtomicInteger collections = new AtomicInteger();

    @Test
    void a_node_that_has_nothing_to_do_collects_once_for_each_spell_of_activity() {
        // Twice the heap's slack that is worth it is surely there: nothing is stored, and the test's own heap is
        // larger.
        byte[] ballast = new byte[128 << 20];
        IdleTrim trim = trim(AT_ONCE, 0);
        ticks(trim, 5);
        assertThat(collections).hasValue(1);

        operations.incrementAndGet();
        ticks(trim, 5);
        assertThat(collections).hasValue(2);
        assertThat(ballast[0]).isZero();
    }

    @Test
    void a_busy_node_a_large_store_and_a_limit_of_zero_are_left_alone() {
        IdleTrim busy = trim(AT_ONCE, 0);
        for (int i = 0; i < 5; i++) {
            operations.incrementAndGet();
            busy.tick();
        }
        ticks(trim(AT_ONCE, 1000), 5);
        ticks(trim(Duration.ZERO, 0), 5);
        assertThat(collections).hasValue(0);
    }

    private IdleTrim trim(Duration idle, long stored) {
        return new IdleTrim(idle, 999, operations::get, () -> stored, collections::incrementAndGet);
    }

    private static void ticks(IdleTrim trim, int count) {
        for (int i = 0; i < count; i++) {
            trim.tick();
        }
    }
}
