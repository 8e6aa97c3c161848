package io.distcache.benchmarks;

import io.distcache.benchmarks.Arena.Contestant;
import io.distcache.benchmarks.Result.Metric;
import io.distcache.benchmarks.Result.Outcome;
import io.distcache.benchmarks.peer.Peer;
import io.distcache.benchmarks.peer.Replication;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Load on each replicated peer before the tables, until a call costs no less processor time than before: three nodes share the
 * processors with their compilers, which takes them as many times as long as one.
 */
record Warming(Slices slices, Replication how, Duration longest) implements Scenario {
    /** So much less is still getting warm. */
    private static final double CLEARLY = 0.95;
    /** Slices without that, one after the other: while the compiler is at something large, nothing gets faster for seconds. */
    private static final int STEADY = 8;

    private static final Metric SECONDS = new Metric("seconds", "seconds", 0, true);
    private static final Metric FIRST = new Metric("firstProcessorMicros", "processor us/call at first", 0, true);
    private static final Metric LEAST = new Metric("processorMicros", "at least", 0, true);

    @Override
    public String title() {
        return slices.title();
    }

    @Override
    public boolean usesDisk() {
        return true;
    }

    @Override
    public int steps(List<Peer> peers) {
        return Replicated.those(peers, how, Path.of("")).size();
    }

    @Override
    public Result run(Arena before) {
        Arena arena = Replicated.among(before, how);
        Result result = new Result(title(), List.of(SECONDS, FIRST, LEAST), Optional.empty(), List.of());
        for (Peer peer : arena.peers()) {
            arena.progress().step(title() + ": " + peer.name());
            arena.guard(peer, result, () -> warm(arena.contestant(peer), result.outcome(peer.name())));
        }
        return result;
    }

    private void warm(Contestant contestant, Outcome outcome) throws IOException {
        slices.prepare(contestant);
        long began = System.nanoTime();
        double first = micros(contestant);
        double least = first;
        int steady = 0;
        while (steady < STEADY && System.nanoTime() - began < longest.toNanos()) {
            double now = micros(contestant);
            steady = now < CLEARLY * least ? 0 : steady + 1;
            least = Math.min(least, now);
        }
        if (steady < STEADY) {
            outcome.remark("**STILL GETTING FASTER: what follows says too little of it**");
        }
        outcome.add(Map.of(SECONDS.key(), (System.nanoTime() - began) / 1e9, FIRST.key(), first, LEAST.key(), least));
    }

    private double micros(Contestant contestant) throws IOException {
        return slices.measure(contestant).getOrDefault(Slices.PROCESSOR.key(), 0.0);
    }
}
