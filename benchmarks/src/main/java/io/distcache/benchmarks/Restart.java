package io.distcache.benchmarks;

import io.distcache.benchmarks.Result.Metric;
import io.distcache.benchmarks.load.Dataset;
import io.distcache.benchmarks.load.Line;
import io.distcache.benchmarks.load.Workload;
import io.distcache.benchmarks.peer.ClientProcess;
import io.distcache.benchmarks.peer.Keeping;
import io.distcache.benchmarks.peer.Peer;
import io.distcache.benchmarks.peer.Server;
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
 * How long a server that had entries needs until it serves the last of them: loaded once by single puts, then started again in
 * every round on what the stop before left behind. Asked by the client process that loaded it, which has forgotten nothing but
 * its connection, so that only the server is cold.
 */
record Restart(Dataset dataset, int rounds) implements Scenario {
    private static final int SAMPLES = 10_000;
    private static final Duration PATIENCE_TO_FILL = Duration.ofMinutes(10);
    private static final Duration PATIENCE_TO_STOP = Duration.ofMinutes(2);
    private static final Metric LAST_KEY = new Metric("lastKeyMillis", "start to last key ms", 0, true);
    private static final List<Metric> METRICS = List.of(
            LAST_KEY,
            new Metric("readyMillis", "start to ready ms", 0, true),
            new Metric("saysMillis", "says it needed ms", 0, true),
            new Metric("fileBytesPerEntry", "file B/entry", 1, true),
            new Metric("directoryBytesPerEntry", "directory B/entry", 1, true),
            new Metric("missing", "missing of sampled", 0, false));
    private static final List<String> BASES = List.of("redis from RDB", "redis from AOF");

    private static final List<Keeping> WAYS = List.of(Keeping.SNAPSHOT, Keeping.LOG);

    /** The files that a start reads, of DistCache and of Redis. */
    private static final Pattern SNAPSHOT = Pattern.compile("\\.(snap|snapshot|rdb)$");

    private static final Pattern LOG = Pattern.compile("\\.(log|aof)$");

    /** A peer, where it keeps its entries how, and the client that has loaded them. */
    private record Row(Peer peer, Keeping keeping, Path data, ClientProcess client) {
        boolean isReadAtStart(Path file) {
            Pattern name = keeping == Keeping.SNAPSHOT ? SNAPSHOT : LOG;
            return name.matcher(file.getFileName().toString()).find();
        }
    }

    @Override
    public String title() {
        return String.format(
                "restart with %,d entries of 16 B keys and %d B values", dataset.keys(), dataset.valueBytes());
    }

    @Override
    public boolean usesDisk() {
        return true;
    }

    /** Besides the rounds that are kept: loading, and one that warms the client up. */
    @Override
    public int steps(List<Peer> peers) {
        long rows = peers.stream()
                .flatMap(peer -> WAYS.stream().flatMap(how -> peer.keeping(how, Path.of("")).stream()))
                .count();
        return (int) rows * (rounds + 2);
    }

    @Override
    public Result run(Arena arena) {
        Result result = new Result(title(), METRICS, Optional.of(LAST_KEY), BASES);
        List<Row> rows = new ArrayList<>();
        try {
            enter(arena, rows);
            for (Row row : rows) {
                arena.progress().step(title() + ": loading " + row.peer().name());
                arena.guard(row.peer(), result, () -> load(arena, row));
            }
            for (int i = 0; i <= rounds; i++) {
                boolean kept = i > 0;
                for (Row row : Arena.inTurn(rows, i)) {
                    arena.progress().step(title() + ": " + row.peer().name());
                    arena.guard(row.peer(), result, () -> {
                        Map<String, Double> metrics = again(arena, row);
                        if (kept) {
                            result.outcome(row.peer().name()).add(metrics);
                        }
                    });
                }
            }
            for (Row row : rows) {
                Disk.remove(row.data());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            rows.forEach(row -> row.client().close());
        }
        for (Result.Outcome outcome : result.outcomes()) {
            if (outcome.sum("missing") > 0) {
                outcome.remark("**ENTRIES ARE MISSING: the figure is for fewer**");
            }
        }
        return result;
    }

    private static void enter(Arena arena, List<Row> rows) throws IOException {
        for (Peer peer : arena.peers()) {
            for (Keeping how : WAYS) {
                Path data = arena.disk().newDirectory();
                Optional<Peer> kept = peer.keeping(how, data);
                if (kept.isPresent()) {
                    rows.add(new Row(kept.get(), how, data, arena.idleClient(kept.get())));
                }
            }
        }
    }

    /** Fills a new server and stops it. */
    private void load(Arena arena, Row row) throws IOException {
        try (Server server = row.peer().start(arena.newDirectory(row.peer()))) {
            row.client().ask(row.peer().client(server, dataset.kind()), Arena.PATIENCE);
            Workload load = new Workload(Workload.Operation.MIX, dataset, 1, 0, 1);
            // One by one, as entries come; a batch might be one record of a log.
            row.client().ask(load.describe(Line.of("load")).with("entries", 1), PATIENCE_TO_FILL);
            end(row, server);
        }
    }

    private Map<String, Double> again(Arena arena, Row row) throws IOException {
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("fileBytesPerEntry", Disk.bytes(row.data(), row::isReadAtStart) / (double) dataset.keys());
        metrics.put("directoryBytesPerEntry", Disk.bytes(row.data(), path -> true) / (double) dataset.keys());
        long began = System.nanoTime();
        try (Server server = row.peer().start(arena.newDirectory(row.peer()))) {
            double ready = (System.nanoTime() - began) / 1e6;
            Line open = row.peer().client(server, dataset.kind());
            Line answer = row.client().ask(Line.of("again").withAll(open.fields()), Arena.PATIENCE);
            metrics.put("lastKeyMillis", ready + answer.number("nanos") / 1e6);
            metrics.put("readyMillis", ready);
            row.peer().secondsToLoad(server).ifPresent(seconds -> metrics.put("saysMillis", seconds * 1000));
            Line sample = Line.of("missing").with("samples", Math.min(SAMPLES, dataset.keys()));
            metrics.put(
                    "missing", (double) row.client().ask(sample, Arena.PATIENCE).number("missing"));
            end(row, server);
        }
        return metrics;
    }

    /** A clean stop writes the snapshot; a kill leaves the log alone. */
    private static void end(Row row, Server server) throws IOException {
        // First the client: it would go on asking for the server that is gone.
        row.client().ask(Line.of("close"), Arena.PATIENCE);
        if (row.keeping() == Keeping.SNAPSHOT) {
            server.stop(PATIENCE_TO_STOP);
        } else {
            server.kill();
        }
    }
}
