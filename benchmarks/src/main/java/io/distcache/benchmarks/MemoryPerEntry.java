package io.distcache.benchmarks;

import io.distcache.benchmarks.Arena.Contestant;
import io.distcache.benchmarks.Result.Metric;
import io.distcache.benchmarks.load.Dataset;
import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.Workload;
import io.distcache.benchmarks.peer.Peer;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Resident memory of a new server before and after it is filled, one peer after the other. */
record MemoryPerEntry(Dataset dataset, int rounds, Duration settle) implements Scenario {
    private static final int SAMPLES = 10_000;
    private static final Duration PATIENCE_TO_FILL = Duration.ofMinutes(10);
    private static final Metric ADDED = new Metric("addedBytesPerEntry", "added B/entry", 0, true);
    private static final List<Metric> METRICS = List.of(
            ADDED,
            new Metric("totalBytesPerEntry", "total B/entry", 0, true),
            new Metric("liveBytesPerEntry", "live on heap B/entry", 0, true),
            new Metric("emptyMegabytes", "empty server MB", 0, true),
            new Metric("missing", "missing of sampled", 0, false));

    @Override
    public String title() {
        return String.format("memory, %,d entries of 16 B keys and %d B values", dataset.keys(), dataset.valueBytes());
    }

    @Override
    public int steps(List<Peer> peers) {
        return peers.size() * rounds;
    }

    @Override
    public Result run(Arena arena) {
        Result result = new Result(title(), METRICS, Optional.of(ADDED));
        for (int i = 0; i < rounds; i++) {
            for (Peer peer : arena.inTurn(i)) {
                arena.progress().step(title() + ": " + peer.name());
                arena.guard(peer, result, () -> {
                    try (Contestant contestant = arena.enter(peer)) {
                        result.outcome(peer.name()).add(fill(contestant));
                    }
                });
            }
        }
        for (Result.Outcome outcome : result.outcomes()) {
            if (outcome.sum("missing") > 0) {
                outcome.remark("**ENTRIES ARE MISSING: the figure is for fewer**");
            }
        }
        return result;
    }

    private Map<String, Double> fill(Contestant contestant) throws IOException {
        contestant.open(dataset.kind());
        rest();
        double before = contestant.server().residentBytes();
        OptionalLong liveBefore = contestant.server().liveHeapBytes();
        Workload load = new Workload(Workload.Operation.MIX, dataset, 1, 0, 1);
        contestant.load(load, PATIENCE_TO_FILL);
        rest();
        double after = contestant.server().residentBytes();
        Line missing =
                contestant.ask(Line.of("missing").with("samples", Math.min(SAMPLES, dataset.keys())), Duration.ZERO);
        OptionalLong liveAfter = contestant.server().liveHeapBytes();
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("addedBytesPerEntry", (after - before) / dataset.keys());
        metrics.put("totalBytesPerEntry", after / dataset.keys());
        if (liveBefore.isPresent() && liveAfter.isPresent()) {
            double live = liveAfter.getAsLong() - liveBefore.getAsLong();
            metrics.put("liveBytesPerEntry", live / dataset.keys());
        }
        metrics.put("emptyMegabytes", before / 1e6);
        metrics.put("missing", (double) missing.number("missing"));
        return metrics;
    }

    private void rest() {
        try {
            Thread.sleep(settle.toMillis());
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }
}
