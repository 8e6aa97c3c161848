package io.distcache.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.server.consensus.Simulation.Result;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Nodes that agree, on networks, disks, clocks and processes that fail: what clients were told is linearizable, nothing that was acknowledged
 * is lost, all members are equal in the end. {@code -Ddistcache.testing.simulations=N} runs so many seeds, on two threads.
 */
class ConsensusSimulationTest {
    private static final String COUNT = "distcache.testing.simulations";
    private static final int IN_THE_BUILD = 40;
    private static final int FROM = 100_000;
    private static final int SHOWN = 6_000;

    @Test
    void clients_cannot_tell_the_nodes_from_one_that_never_fails() throws InterruptedException {
        int count = Integer.getInteger(COUNT, IN_THE_BUILD);
        long first = Seed.of(ConsensusSimulationTest.class, FROM);
        long began = System.nanoTime();
        Queue<Result> results = new ConcurrentLinkedQueue<>();
        Thread[] threads = new Thread[count > IN_THE_BUILD ? 2 : 1];
        for (int i = 0; i < threads.length; i++) {
            int of = i;
            threads[i] = new Thread(() -> LongStream.range(first, first + count)
                    .filter(seed -> Math.floorMod(seed, threads.length) == of)
                    .forEach(seed -> results.add(
                            Simulation.run(SimulationOptions.of(seed)).brief())));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        print(results, took);
        assertThat(results)
                .hasSize(count)
                .allSatisfy(result -> assertThat(result.violation())
                        .as("replay with -Ddistcache.testing.seed=%d -D%s=1", result.seed(), COUNT)
                        .isEmpty());
    }

    private static void print(Queue<Result> results, Duration took) {
        Map<String, Long> counts = new TreeMap<>();
        results.forEach(result -> result.counts().forEach((what, count) -> counts.merge(what, count, Long::sum)));
        long virtual = results.stream()
                .mapToLong(result -> SimulationOptions.of(result.seed()).seconds())
                .sum();
        System.out.printf(
                "%d seeds, %d virtual s, %d virtual s/s, %d events, %d answers, %d violations; %s%n",
                results.size(),
                virtual,
                virtual * 1000 / Math.max(1, took.toMillis()),
                results.stream().mapToLong(Result::events).sum(),
                results.stream().mapToLong(Result::answered).sum(),
                results.stream().filter(result -> !result.violation().isEmpty()).count(),
                counts);
    }

    @Test
    void the_same_seed_gives_the_same_run_byte_for_byte() {
        SimulationOptions options = SimulationOptions.of(4711).tracedToo();
        Result once = Simulation.run(options);
        Result again = Simulation.run(options);
        assertThat(once.trace()).hasSizeGreaterThan(100_000).isEqualTo(again.trace());
        assertThat(again).isEqualTo(once);
    }

    @Test
    void another_seed_gives_another_run() {
        assertThat(Simulation.run(SimulationOptions.of(1)).digest())
                .isNotEqualTo(Simulation.run(SimulationOptions.of(2)).digest());
    }

    /** Of the seeds from 1 on, the first with which it shows, so that the test is cheap. */
    @ParameterizedTest
    @CsvSource({
        "EPOCH, 10, VIOLATED",
        "VOTE_DELAY, 181, VIOLATED",
        "OWN_LEASE, 40, VIOLATED",
        "CLOCK_DRIFT, 20, VIOLATED",
    })
    void without_one_guard_something_goes_wrong(String guards, long seed, String what) {
        SimulationOptions options = SimulationOptions.of(seed);
        assertThat(Simulation.run(options).violation()).isEmpty();
        String violation = Simulation.run(options.without(guards.split("\\+"))).violation();
        System.out.println("without " + guards + ", seed " + seed + ": "
                + violation
                        .substring(0, Math.min(violation.length(), SHOWN))
                        .lines()
                        .limit(10)
                        .toList());
        assertThat(violation).contains(what);
    }
}
