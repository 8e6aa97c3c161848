package io.distcache.server.consensus;

import static org.assertj.core.api.Assertions.assertThat;

import io.distcache.fixtures.Seed;
import io.distcache.server.consensus.Simulation.Result;
import java.time.Duration;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

/** Runs simulations of one kind from many seeds, and says what they were. Stateless. */
final class ManySimulations {
    private static final String COUNT = "distcache.testing.simulations";

    private ManySimulations() {}

    /**
     * Runs them, one after another in the build, on two threads if more are asked for.
     *
     * @param inTheBuild how many, if {@code distcache.testing.simulations} does not say so
     */
    static void run(Class<?> test, int from, int inTheBuild, LongFunction<SimulationOptions> options)
            throws InterruptedException {
        int count = Integer.getInteger(COUNT, inTheBuild);
        long first = Seed.of(test, from);
        long began = System.nanoTime();
        Queue<Result> results = new ConcurrentLinkedQueue<>();
        Thread[] threads = new Thread[count > inTheBuild ? 2 : 1];
        for (int i = 0; i < threads.length; i++) {
            int of = i;
            threads[i] = new Thread(() -> LongStream.range(first, first + count)
                    .filter(seed -> Math.floorMod(seed, threads.length) == of)
                    .forEach(seed ->
                            results.add(Simulation.run(options.apply(seed)).brief())));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        print(results, Duration.ofNanos(System.nanoTime() - began), options);
        assertThat(results)
                .hasSize(count)
                .allSatisfy(result -> assertThat(result.violation())
                        .as("replay with -Ddistcache.testing.seed=%d -D%s=1", result.seed(), COUNT)
                        .isEmpty());
    }

    private static void print(Queue<Result> results, Duration took, LongFunction<SimulationOptions> options) {
        Map<String, Long> counts = new TreeMap<>();
        results.forEach(result -> result.counts().forEach((what, count) -> counts.merge(what, count, Long::sum)));
        long virtual = results.stream()
                .mapToLong(result -> options.apply(result.seed()).seconds())
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
}
