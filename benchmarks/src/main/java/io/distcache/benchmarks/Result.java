package io.distcache.benchmarks;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** What one scenario gave: per peer the metrics of every round. Confined to the harness's thread. */
final class Result {
    /** What tables compare with, unless they say otherwise. */
    static final List<String> BASES = List.of(Report.OURS, Report.LIMIT);

    private final String title;
    private final List<Metric> metrics;
    private final Optional<Metric> compared;
    private final List<String> bases;
    private final Map<String, Outcome> outcomes = new LinkedHashMap<>();

    /** {@code compared} is the metric of which the ratios to DistCache and to the echo are taken. */
    Result(String title, List<Metric> metrics, Optional<Metric> compared) {
        this(title, metrics, compared, BASES);
    }

    /** {@code compared} is the metric of which the ratios to {@code bases} are taken. */
    Result(String title, List<Metric> metrics, Optional<Metric> compared, List<String> bases) {
        this.title = title;
        this.metrics = metrics;
        this.compared = compared;
        this.bases = bases;
    }

    /**
     * Something that is measured.
     *
     * @param shown whether it is a column of the table; all are in the JSON
     */
    record Metric(String key, String heading, int decimals, boolean shown) {}

    String title() {
        return title;
    }

    List<Metric> metrics() {
        return metrics;
    }

    Optional<Metric> compared() {
        return compared;
    }

    List<String> bases() {
        return bases;
    }

    Outcome outcome(String peer) {
        return outcomes.computeIfAbsent(peer, Outcome::new);
    }

    Collection<Outcome> outcomes() {
        return outcomes.values();
    }

    boolean hasFailures() {
        return outcomes.values().stream().anyMatch(outcome -> outcome.failure.isPresent());
    }

    /** The median of the ratios per round, so that what slows the machine down for a while slows both sides down. */
    Optional<Double> ratio(Outcome of, String peer) {
        Outcome base = outcomes.get(peer);
        if (base == null || compared.isEmpty()) {
            return Optional.empty();
        }
        String key = compared.get().key();
        int rounds = Math.min(of.rounds.size(), base.rounds.size());
        return median(IntStream.range(0, rounds).mapToDouble(i -> of.value(i, key) / base.value(i, key)));
    }

    static Optional<Double> median(DoubleStream values) {
        double[] sorted = values.filter(Double::isFinite).sorted().toArray();
        int half = sorted.length / 2;
        if (sorted.length == 0) {
            return Optional.empty();
        }
        return Optional.of(sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2);
    }

    /** One peer's rounds. A failed peer keeps what it did before. */
    static final class Outcome {
        private final String peer;
        private final List<Map<String, Double>> rounds = new ArrayList<>();
        private final List<String> remarks = new ArrayList<>();
        private Optional<String> failure = Optional.empty();

        private Outcome(String peer) {
            this.peer = peer;
        }

        void add(Map<String, Double> round) {
            rounds.add(round);
        }

        void remark(String remark) {
            remarks.add(remark);
        }

        void fail(String cause) {
            failure = Optional.of(cause);
        }

        String peer() {
            return peer;
        }

        List<Map<String, Double>> rounds() {
            return rounds;
        }

        List<String> remarks() {
            return remarks;
        }

        Optional<String> failure() {
            return failure;
        }

        Optional<Double> median(Metric metric) {
            return Result.median(values(metric));
        }

        DoubleStream values(Metric metric) {
            return IntStream.range(0, rounds.size()).mapToDouble(i -> value(i, metric.key()));
        }

        double sum(String key) {
            return IntStream.range(0, rounds.size())
                    .mapToDouble(i -> value(i, key))
                    .sum();
        }

        private double value(int round, String key) {
            return rounds.get(round).getOrDefault(key, Double.NaN);
        }
    }
}
