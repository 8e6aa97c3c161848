package io.distcache.server.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** What is asked twice is done once: else a cache could be destroyed that somebody has made since. */
class DoneOnceTest {
    private final DoneOnce once = new DoneOnce();

    @Test
    void what_comes_again_is_not_done_again_whatever_came_between() {
        assertThat(once.isFirst(7, 1, 1)).isTrue();
        assertThat(once.isFirst(7, 3, 1)).isTrue();
        assertThat(once.isFirst(7, 1, 1)).isFalse();
        assertThat(once.isFirst(7, 2, 1)).isTrue();
        assertThat(once.isFirst(8, 1, 1)).isTrue();
    }

    @Test
    void what_its_process_does_not_wait_for_any_more_was_done_or_never_will_be() {
        assertThat(once.isFirst(7, 1, 1)).isTrue();
        assertThat(once.isFirst(7, 5, 5)).isTrue();
        assertThat(once.isFirst(7, 1, 1)).isFalse();
        assertThat(once.isFirst(7, 4, 1)).isFalse();
    }

    @Test
    void a_snapshot_knows_it_too() {
        assertThat(once.isFirst(7, 5, 5)).isTrue();
        assertThat(once.isFirst(9, 1, 1)).isTrue();
        ByteBuffer out = ByteBuffer.allocate(once.bytes());
        once.write(out);
        assertThat(out.hasRemaining()).isFalse();
        DoneOnce other = new DoneOnce();
        assertThat(other.isFirst(11, 1, 1)).isTrue();
        other.read(out.flip());
        assertThat(other.isFirst(7, 5, 5)).isFalse();
        assertThat(other.isFirst(7, 4, 4)).isFalse();
        assertThat(other.isFirst(7, 6, 6)).isTrue();
        assertThat(other.isFirst(9, 1, 1)).isFalse();
    }

    @Test
    void of_many_processes_the_first_are_forgotten() {
        for (int start = 0; start < 100; start++) {
            assertThat(once.isFirst(start, 1, 1)).isTrue();
        }
        assertThat(once.isFirst(99, 1, 1)).isFalse();
        assertThat(once.isFirst(0, 1, 1)).isTrue();
    }
}
