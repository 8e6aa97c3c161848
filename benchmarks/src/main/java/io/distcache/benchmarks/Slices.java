package io.distcache.benchmarks;

import io.distcache.benchmarks.Arena.Contestant;
import io.distcache.benchmarks.Result.Metric;
import io.distcache.benchmarks.Result.Outcome;
import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.Measurement;
import io.distcache.benchmarks.load.Workload;
import io.distcache.benchmarks.peer.Peer;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** One workload in interleaved rounds: in each round every peer gets a short warm-up and a measured slice. */
record Slices(String title, Workload workload, Plan plan, List<String> bases) implements Scenario {
    static final Metric P99 = new Metric("p99Micros", "p99 us", 0, true);
    static final Metric PROCESSOR = new Metric("processorMicros", "processor us/call", 0, true);
    private static final Metric CALLS = new Metric("callsPerSecond", "calls/s", 0, true);
    static final List<Metric> METRICS = List.of(
            CALLS,
            new Metric("p50Micros", "p50 us", 0, true),
            P99,
            new Metric("p999Micros", "p99.9 us", 0, true),
            PROCESSOR,
            new Metric("serversProcessorMicros", "of it servers", 0, true),
            new Metric("operations", "calls", 0, false),
            new Metric("misses", "misses", 0, false),
            new Metric("errors", "errors", 0, false),
            new Metric("lost", "lost updates", 0, false));

    Slices(String title, Workload workload, Plan plan) {
        this(title, workload, plan, Result.BASES);
    }

    @Override
    public int steps(List<Peer> peers) {
        return peers.size() * (plan.rounds() + 1);
    }

    @Override
    public Result run(Arena arena) {
        Result result = new Result(title, METRICS, Optional.of(CALLS), bases);
        for (Peer peer : arena.inTurn(0)) {
            arena.progress().step(title + ": loading " + peer.name());
            arena.guard(peer, result, () -> prepare(arena.contestant(peer)));
        }
        for (int i = 0; i < plan.rounds(); i++) {
            for (Peer peer : arena.inTurn(i)) {
                arena.progress().step(title + ": " + peer.name() + ", round " + (i + 1) + " of " + plan.rounds());
                arena.guard(peer, result, () -> {
                    Contestant contestant = arena.contestant(peer);
                    warmUp(contestant);
                    result.outcome(peer.name()).add(measure(contestant));
                });
            }
        }
        result.outcomes().forEach(Slices::remark);
        return result;
    }

    void prepare(Contestant contestant) throws IOException {
        contestant.open(workload.dataset().kind());
        contestant.load(workload, Duration.ZERO);
        run(contestant, plan.firstWarmUp());
    }

    void warmUp(Contestant contestant) throws IOException {
        run(contestant, plan.warmUp());
    }

    Map<String, Double> measure(Contestant contestant) throws IOException {
        Duration servers = contestant.processorTimeOfServers();
        Duration client = contestant.processorTimeOfClient();
        Measurement slice = run(contestant, plan.slice());
        servers = contestant.processorTimeOfServers().minus(servers);
        client = contestant.processorTimeOfClient().minus(client);
        Map<String, Double> metrics = metrics(slice);
        metrics.put("processorMicros", servers.plus(client).toNanos() / 1e3 / slice.operations());
        metrics.put("serversProcessorMicros", servers.toNanos() / 1e3 / slice.operations());
        return metrics;
    }

    private Measurement run(Contestant contestant, Duration duration) throws IOException {
        Line command = workload.describe(Line.of("run")).with("millis", duration.toMillis());
        return Measurement.of(contestant.ask(command, duration));
    }

    private static Map<String, Double> metrics(Measurement slice) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("callsPerSecond", slice.operationsPerSecond());
        metrics.put("p50Micros", slice.p50() / 1e3);
        metrics.put("p99Micros", slice.p99() / 1e3);
        metrics.put("p999Micros", slice.p999() / 1e3);
        metrics.put("operations", (double) slice.operations());
        metrics.put("misses", (double) slice.misses());
        metrics.put("errors", (double) slice.errors());
        metrics.put("lost", (double) slice.lost());
        return metrics;
    }

    /** What makes a figure a figure for wrong answers stands beside it. */
    static void remark(Outcome outcome) {
        double calls = outcome.sum("operations");
        if (outcome.sum("lost") != 0) {
            outcome.remark(String.format(
                    Locale.ROOT,
                    "**LOST UPDATES: %,.0f of %,.0f (%.1f %%)**",
                    outcome.sum("lost"),
                    calls,
                    100 * outcome.sum("lost") / calls));
        }
        if (outcome.sum("misses") > 0) {
            outcome.remark(String.format(Locale.ROOT, "%,.0f misses", outcome.sum("misses")));
        }
        if (outcome.sum("errors") > 0) {
            outcome.remark(String.format(Locale.ROOT, "%,.0f errors", outcome.sum("errors")));
        }
    }
}
