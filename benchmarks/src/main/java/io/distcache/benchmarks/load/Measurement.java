package io.distcache.benchmarks.load;

/**
 * What one slice gave. Latencies are those of synchronous callers in a closed loop: a stalled peer is asked less often, so
 * its tail looks better than it would under a fixed arrival rate.
 *
 * @param operations calls that were answered
 * @param misses entries that should have been there and were not
 * @param errors calls that threw, and values that cannot be right
 * @param lost acknowledged increments that are not in the final sum; negative if some were applied twice
 */
public record Measurement(
        long operations, long elapsedNanos, long p50, long p99, long p999, long misses, long errors, long lost) {

    public static Measurement of(Line line) {
        return new Measurement(
                line.number("operations"),
                line.number("elapsedNanos"),
                line.number("p50"),
                line.number("p99"),
                line.number("p999"),
                line.number("misses"),
                line.number("errors"),
                line.number("lost"));
    }

    Line describe(Line line) {
        return line.with("operations", operations)
                .with("elapsedNanos", elapsedNanos)
                .with("p50", p50)
                .with("p99", p99)
                .with("p999", p999)
                .with("misses", misses)
                .with("errors", errors)
                .with("lost", lost);
    }

    public double operationsPerSecond() {
        return operations * 1e9 / elapsedNanos;
    }
}
