package io.distcache.benchmarks;

import io.distcache.benchmarks.Result.Metric;
import io.distcache.benchmarks.peer.Peer;
import io.distcache.benchmarks.peer.Replication;
import io.distcache.benchmarks.peer.Server;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What each server process of the replicated peers is and does when nobody calls, after the tables before: a row's figures are
 * medians over its processes, as those of others are over rounds.
 */
record AtRest(Replication how, Duration settle, Duration watched) implements Scenario {
    private static final Metric RESIDENT = new Metric("residentMegabytes", "resident MB", 0, true);
    private static final Metric PROCESSOR = new Metric("processorPercent", "processor % of a core", 2, true);
    private static final Metric THREADS = new Metric("threads", "threads", 0, true);
    private static final Metric LIVE = new Metric("liveMegabytes", "live on heap MB", 1, true);

    @Override
    public String title() {
        return "at rest for " + watched.toSeconds() + " s after the load, each server process";
    }

    @Override
    public boolean usesDisk() {
        return true;
    }

    @Override
    public int steps(List<Peer> peers) {
        return 1;
    }

    @Override
    public Result run(Arena before) {
        Arena arena = Replicated.among(before, how);
        Result result =
                new Result(title(), List.of(RESIDENT, PROCESSOR, THREADS, LIVE), Optional.of(RESIDENT), List.of());
        arena.progress().step(title());
        Map<Server, Duration> used = new LinkedHashMap<>();
        // All rest at once, so that it takes the time of one.
        for (Peer peer : arena.peers()) {
            arena.guard(peer, result, () -> arena.contestant(peer));
        }
        rest(settle);
        for (Peer peer : arena.peers()) {
            arena.guard(peer, result, () -> {
                for (Server server : arena.contestant(peer).server().all()) {
                    used.put(server, server.processorTime());
                }
            });
        }
        long began = System.nanoTime();
        rest(watched);
        double nanos = System.nanoTime() - began;
        used.replaceAll((server, at) -> server.processorTime().minus(at));
        for (Peer peer : arena.peers()) {
            arena.guard(peer, result, () -> {
                for (Server server : arena.contestant(peer).server().all()) {
                    Duration working = used.getOrDefault(server, Duration.ZERO);
                    result.outcome(peer.name()).add(figures(server, 100 * working.toNanos() / nanos));
                }
            });
        }
        return result;
    }

    private static Map<String, Double> figures(Server server, double percent) throws IOException {
        Map<String, Double> figures = new LinkedHashMap<>();
        figures.put(RESIDENT.key(), server.residentBytes() / 1e6);
        figures.put(PROCESSOR.key(), percent);
        figures.put(THREADS.key(), (double) server.threads());
        server.liveHeapBytes().ifPresent(live -> figures.put(LIVE.key(), live / 1e6));
        return figures;
    }

    private static void rest(Duration duration) {
        try {
            Thread.sleep(duration.toMillis());
        } catch (InterruptedException e) {
            throw new IllegalStateException("interrupted", e);
        }
    }
}
