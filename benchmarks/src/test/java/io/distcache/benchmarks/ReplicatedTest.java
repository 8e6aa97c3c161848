package io.distcache.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.benchmarks.peer.Jvm;
import io.distcache.benchmarks.peer.Keeping;
import io.distcache.benchmarks.peer.Peer;
import io.distcache.benchmarks.peer.Peers;
import io.distcache.benchmarks.peer.Replication;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicatedTest {
    private final Jvm jvm = new Jvm("3g", "1g", List.of(), List.of());
    private final Plan plan = new Plan(false, 5, Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofSeconds(3));

    @Test
    void those_who_replicate_take_part_beside_one_node() {
        assertThat(those(16))
                .extracting(Peer::name)
                .containsExactly("distcache", "distcache-pool", "redis-wait", "hazelcast-backup");
        assertThat(those(4, 64))
                .extracting(Peer::name)
                .containsExactly(
                        "distcache", "distcache-pool of 4", "distcache-pool of 64", "redis-wait", "hazelcast-backup");
    }

    @Test
    void the_tables_share_their_processes() {
        assertThat(those(16)).isEqualTo(those(16));
    }

    @Test
    void tables_of_four_peers_take_three_minutes() {
        List<Scenario> scenarios = new ReplicatedCommand().scenarios(plan);

        assertThat(scenarios)
                .extracting(Scenario::title)
                .containsExactly(
                        "replicated, warming up, 64 threads, half get",
                        "replicated put, 8 threads, 20,000 entries of 100 B, slices of 1500 ms",
                        "replicated put, 64 threads, 20,000 entries of 100 B, slices of 1500 ms",
                        "replicated 90 % get, 8 threads, 20,000 entries of 100 B, slices of 1500 ms",
                        "replicated 90 % get, 64 threads, 20,000 entries of 100 B, slices of 1500 ms",
                        "at rest for 20 s after the load, each server process");
        long millis = scenarios.stream()
                .filter(Replicated.class::isInstance)
                .map(scenario -> ((Replicated) scenario).slices().plan())
                .mapToLong(each -> 4
                        * (each.firstWarmUp().toMillis()
                                + each.rounds()
                                        * (each.warmUp().toMillis()
                                                + each.slice().toMillis())))
                .sum();
        assertThat(Duration.ofMillis(millis)).isLessThan(Duration.ofMinutes(3));
    }

    private List<Peer> those(Integer... groups) {
        return Replicated.those(
                Peers.all(jvm), new Replication("512m", Keeping.INTERVAL, List.of(groups)), Path.of("data"));
    }
}
