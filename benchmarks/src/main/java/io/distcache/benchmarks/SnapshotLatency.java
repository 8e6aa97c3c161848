package io.distcache.benchmarks;

import io.distcache.benchmarks.Arena.Contestant;
import io.distcache.benchmarks.Result.Metric;
import io.distcache.benchmarks.Result.Outcome;
import io.distcache.benchmarks.load.Workload;
import io.distcache.benchmarks.peer.Keeping;
import io.distcache.benchmarks.peer.Peer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What callers feel of snapshots: the same load in turns on a server that takes none and on one that takes one after the
 * other, both full. Snapshots are counted by the files that appear, so that a figure without any says so.
 */
record SnapshotLatency(String title, Workload workload, Plan plan) implements Scenario {
    private static final List<Keeping> ROWS = List.of(Keeping.QUIET, Keeping.SNAPSHOTTING);
    private static final List<String> BASES = List.of(Keeping.QUIET.of(Report.OURS));
    /** Longer than the interval between snapshots. */
    private static final Duration REST = Duration.ofSeconds(2);

    private static final Metric SNAPSHOTS = new Metric("snapshots", "snapshots", 0, true);
    private static final Pattern FILE = Pattern.compile("\\.(snap|snapshot)$");

    @Override
    public boolean usesDisk() {
        return true;
    }

    @Override
    public int steps(List<Peer> peers) {
        return slices().steps(peers.stream()
                .flatMap(peer -> ROWS.stream().flatMap(how -> peer.keeping(how, Path.of("")).stream()))
                .toList());
    }

    private Slices slices() {
        return new Slices(title, workload, plan);
    }

    @Override
    public Result run(Arena arena) {
        List<Metric> metrics = new ArrayList<>(Slices.METRICS);
        metrics.add(SNAPSHOTS);
        Result result = new Result(title, metrics, Optional.of(Slices.P99), BASES);
        try {
            Map<Peer, Path> data = new LinkedHashMap<>();
            for (Peer peer : arena.peers()) {
                for (Keeping how : ROWS) {
                    Path directory = arena.disk().newDirectory();
                    peer.keeping(how, directory).ifPresent(row -> data.put(row, directory));
                }
            }
            try (Arena own = arena.with(List.copyOf(data.keySet()))) {
                run(own, data, result);
            }
            for (Path directory : data.values()) {
                Disk.remove(directory);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        result.outcomes().forEach(Slices::remark);
        return result;
    }

    private void run(Arena arena, Map<Peer, Path> data, Result result) {
        for (Peer peer : arena.inTurn(0)) {
            arena.progress().step(title + ": loading " + peer.name());
            arena.guard(peer, result, () -> slices().prepare(arena.contestant(peer)));
        }
        for (int i = 0; i < plan.rounds(); i++) {
            for (Map.Entry<Peer, Path> row : Arena.inTurn(List.copyOf(data.entrySet()), i)) {
                Peer peer = row.getKey();
                arena.progress().step(title + ": " + peer.name() + ", round " + (i + 1) + " of " + plan.rounds());
                arena.guard(peer, result, () -> {
                    Contestant contestant = arena.contestant(peer);
                    // The last changes of a row are in a snapshot that ends while another row is measured.
                    for (Path directory : data.values()) {
                        Disk.awaitRest(directory, REST);
                    }
                    slices().warmUp(contestant);
                    try (Appearances snapshots = Appearances.of(FILE, row.getValue())) {
                        Map<String, Double> metrics = slices().measure(contestant);
                        metrics.put(SNAPSHOTS.key(), (double) snapshots.count());
                        result.outcome(peer.name()).add(metrics);
                    }
                });
            }
        }
        result.outcomes().stream()
                .filter(outcome -> outcome.peer().equals(Keeping.SNAPSHOTTING.of(Report.OURS)))
                .forEach(SnapshotLatency::remark);
    }

    private static void remark(Outcome outcome) {
        long without = outcome.values(SNAPSHOTS).filter(count -> count == 0).count();
        if (without > 0) {
            outcome.remark("**NO SNAPSHOT ENDED in " + without + " of "
                    + outcome.rounds().size() + " rounds: slices are too short, or none are taken**");
        }
    }
}
