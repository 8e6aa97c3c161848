package io.distcache.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class IdleTrimTest {
    private static final Duration IDLE = Duration.ofSeconds(5);

    private final AtomicLong operations = new AtomicLong();
    private final AtomicInteger collections = new AtomicInteger();
    private long seconds = -100;
    // Twice the heap's slack that is worth it is surely there: nothing is stored, and the test's own heap is larger.
    private final byte[] ballast = new byte[128 << 20];

    @Test
    void a_node_that_has_nothing_to_do_collects_once_for_each_spell_of_activity() {
        IdleTrim trim = trim(IDLE, 0);
        ticks(trim, 6);
        assertThat(collections).hasValue(0);
        ticks(trim, 100);
        assertThat(collections).hasValue(1);

        operations.incrementAndGet();
        ticks(trim, 100);
        assertThat(collections).hasValue(2);
        assertThat(ballast[0]).isZero();
    }

    @Test
    void a_node_that_was_busy_again_soon_after_a_trim_waits_twice_as_long_each_time() {
        IdleTrim trim = trim(IDLE, 0);
        for (int idle : new int[] {5, 10, 20, 40, 80, 160, 320, 320}) {
            int before = collections.get();
            operations.incrementAndGet();
            ticks(trim, idle + 1);
            assertThat(collections).as("after %d s", idle).hasValue(before);
            ticks(trim, 1);
            assertThat(collections).as("after %d s", idle + 1).hasValue(before + 1);
        }

        ticks(trim, 5 * IdleTrim.LONG_REST);
        operations.incrementAndGet();
        ticks(trim, 7);
        assertThat(collections).as("after a long rest").hasValue(9);
    }

    @Test
    void a_rest_too_short_for_a_trim_changes_nothing() {
        IdleTrim trim = trim(IDLE, 0);
        for (int i = 0; i < 5; i++) {
            operations.incrementAndGet();
            ticks(trim, 6);
        }
        ticks(trim, 1);
        assertThat(collections).hasValue(1);
    }

    @Test
    void a_busy_node_a_large_store_and_a_limit_of_zero_are_left_alone() {
        IdleTrim busy = trim(IDLE, 0);
        for (int i = 0; i < 20; i++) {
            operations.incrementAndGet();
            ticks(busy, 1);
        }
        ticks(trim(IDLE, 1000), 20);
        ticks(trim(Duration.ZERO, 0), 20);
        assertThat(collections).hasValue(0);
    }

    private IdleTrim trim(Duration idle, long stored) {
        return new IdleTrim(
                idle, 999, operations::get, () -> stored, collections::incrementAndGet, () -> seconds * 1_000_000_000);
    }

    private void ticks(IdleTrim trim, int count) {
        for (int i = 0; i < count; i++) {
            trim.tick();
            seconds++;
        }
    }
}
