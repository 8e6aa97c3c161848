package io.distcache.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.benchmarks.Result.Metric;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ResultTest {
    private final Metric calls = new Metric("calls", "calls/s", 0, true);
    private final Result result = new Result("mix", List.of(calls), Optional.of(calls));

    @Test
    void ratios_are_taken_per_round_before_their_median() {
        rounds("distcache", 100, 10, 100);
        rounds("peer", 50, 5, 50);

        assertThat(result.ratio(result.outcome("peer"), "distcache")).contains(0.5);
    }

    @Test
    void a_peer_that_failed_is_compared_over_the_rounds_it_had() {
        rounds("distcache", 100, 100, 100);
        rounds("peer", 20);
        result.outcome("peer").fail("gone");

        assertThat(result.ratio(result.outcome("peer"), "distcache")).contains(0.2);
        assertThat(Report.table(result)).contains("| peer | 20 | 20-20 | 0.20 |  | **FAILED**: gone |");
    }

    @Test
    void without_distcache_there_is_no_ratio() {
        rounds("peer", 20);

        assertThat(result.ratio(result.outcome("peer"), "distcache")).isEmpty();
    }

    @Test
    void a_table_compares_with_the_rows_that_its_scenario_names() {
        Result restart = new Result("restart", List.of(calls), Optional.of(calls), List.of("redis from RDB"));
        restart.outcome("distcache from snapshot").add(Map.of("calls", 30.0));
        restart.outcome("redis from RDB").add(Map.of("calls", 60.0));

        assertThat(Report.table(restart))
                .contains("| peer | calls/s | min-max | of redis from RDB | remarks |")
                .contains("| distcache from snapshot | 30 | 30-30 | 0.50 |  |");
    }

    private void rounds(String peer, double... values) {
        for (double value : values) {
            result.outcome(peer).add(Map.of("calls", value));
        }
    }
}
