package io.distcache.benchmarks;

import io.distcache.benchmarks.Result.Metric;
import io.distcache.benchmarks.Result.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The whole run. Immutable.
 *
 * @param versions of the peers that took part
 * @param leftOut why the others did not
 */
record Report(Map<String, String> machine, Plan plan, Map<String, String> versions, Map<String, String> leftOut) {
    static final String OURS = "distcache";
    static final String LIMIT = "echo";

    String header() {
        StringBuilder text = new StringBuilder("# Benchmark\n\n");
        machine.forEach((name, value) ->
                text.append("- ").append(name).append(": ").append(value).append('\n'));
        text.append("- ").append(rounds()).append('\n');
        versions.forEach((peer, version) ->
                text.append("- peer ").append(peer).append(": ").append(version).append('\n'));
        leftOut.forEach((peer, reason) -> text.append("- **LEFT OUT ")
                .append(peer)
                .append("**: ")
                .append(reason)
                .append('\n'));
        return text.toString();
    }

    private String rounds() {
        String text = String.format(
                Locale.ROOT,
                "%d rounds of %d ms after %d ms of warm-up, and %d ms once before",
                plan.rounds(),
                plan.slice().toMillis(),
                plan.warmUp().toMillis(),
                plan.firstWarmUp().toMillis());
        return plan.quick() ? text + " (**quick: a smoke run, not a measurement**)" : text;
    }

    static String table(Result result) {
        List<Metric> shown = result.metrics().stream().filter(Metric::shown).toList();
        List<String> headings = new ArrayList<>(List.of("peer"));
        shown.forEach(metric -> headings.add(metric.heading()));
        headings.add("min-max");
        result.bases().forEach(base -> headings.add("of " + base));
        headings.add("remarks");
        StringBuilder text = new StringBuilder("\n## " + result.title() + "\n\n");
        text.append(row(headings))
                .append("|---")
                .append("|---:".repeat(headings.size() - 2))
                .append("|---|\n");
        for (Outcome outcome : result.outcomes()) {
            List<String> cells = new ArrayList<>(List.of(outcome.peer()));
            shown.forEach(metric -> cells.add(number(outcome.median(metric), metric.decimals())));
            cells.add(result.compared().map(metric -> range(outcome, metric)).orElse(""));
            result.bases().forEach(base -> cells.add(number(result.ratio(outcome, base), 2)));
            cells.add(remarks(outcome));
            text.append(row(cells));
        }
        return text.toString();
    }

    private static String row(List<String> cells) {
        return "| " + String.join(" | ", cells) + " |\n";
    }

    private static String number(Optional<Double> value, int decimals) {
        return value.map(v -> String.format(Locale.ROOT, "%,." + decimals + "f", v))
                .orElse("");
    }

    private static String range(Outcome outcome, Metric metric) {
        if (outcome.rounds().isEmpty()) {
            return "";
        }
        return number(outcome.values(metric).min().stream().boxed().findFirst(), metric.decimals())
                + "-"
                + number(outcome.values(metric).max().stream().boxed().findFirst(), metric.decimals());
    }

    private static String remarks(Outcome outcome) {
        List<String> all = new ArrayList<>(outcome.remarks());
        outcome.failure().ifPresent(cause -> all.add("**FAILED**: " + cause));
        return String.join("; ", all);
    }
}
