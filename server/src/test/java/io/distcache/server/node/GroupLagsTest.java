package io.distcache.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.protocol.HealthReport.Figure;
import io.distcache.server.consensus.Consensus.Progress;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is told of how far groups are behind their log. */
class GroupLagsTest {
    private static final List<Long> LEADS = List.of(0L, 0L, 0L);
    private static final List<Long> FOLLOWS = List.of();

    private final GroupLags lags = new GroupLags(2);

    private void look(int second, Progress... groups) {
        lags.look(List.of(groups), TimeUnit.SECONDS.toNanos(second));
    }

    private long told(Figure figure) {
        return lags.figures().get(figure).getAsLong();
    }

    @Test
    void the_most_entries_count_and_only_a_leader_tells_what_is_not_committed() {
        look(1, new Progress(10, 7, 7, LEADS), new Progress(50, 30, 29, FOLLOWS));
        assertThat(told(Figure.COMMIT_LAG_ENTRIES)).isEqualTo(3);
        assertThat(told(Figure.APPLY_LAG_ENTRIES)).isEqualTo(21);
        assertThat(told(Figure.APPLY_LAG_MILLIS)).isZero();
    }

    @Test
    void entries_that_are_not_applied_grow_old_until_they_are() {
        Progress idle = new Progress(5, 5, 5, LEADS);
        look(1, idle, new Progress(50, 40, 40, FOLLOWS));
        look(2, idle, new Progress(60, 49, 49, FOLLOWS));
        assertThat(told(Figure.APPLY_LAG_MILLIS)).isEqualTo(1_000);
        look(4, idle, new Progress(60, 49, 49, FOLLOWS));
        assertThat(told(Figure.APPLY_LAG_MILLIS)).isEqualTo(3_000);
        look(5, idle, new Progress(60, 50, 50, FOLLOWS));
        assertThat(told(Figure.APPLY_LAG_MILLIS))
                .as("what was there is applied")
                .isZero();
        look(6, idle, new Progress(60, 60, 60, FOLLOWS));
        assertThat(told(Figure.APPLY_LAG_MILLIS)).isZero();
    }

    @Test
    void what_another_leader_has_cut_off_is_not_waited_for() {
        Progress idle = new Progress(5, 5, 5, LEADS);
        look(1, idle, new Progress(50, 40, 40, FOLLOWS));
        look(2, idle, new Progress(42, 42, 42, FOLLOWS));
        look(9, idle, new Progress(42, 42, 42, FOLLOWS));
        assertThat(told(Figure.APPLY_LAG_MILLIS)).isZero();
    }
}
