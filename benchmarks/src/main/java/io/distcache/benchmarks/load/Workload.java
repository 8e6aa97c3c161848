package io.distcache.benchmarks.load;

/**
 * What the callers do during a slice. Immutable.
 *
 * @param readPercent how many of 100 calls read; the others write
 * @param batch entries per call of BATCH
 * @param rate calls a second of all threads together, at fixed times; 0 if each thread asks again as soon as it has its answer
 */
public record Workload(Operation operation, Dataset dataset, int threads, int readPercent, int batch, int rate) {

    public Workload(Operation operation, Dataset dataset, int threads, int readPercent, int batch) {
        this(operation, dataset, threads, readPercent, batch, 0);
    }

    /** One entry per call, many entries per call, or an entry processor that adds one. */
    public enum Operation {
        MIX,
        BATCH,
        INVOKE
    }

    static Workload of(Line line) {
        return new Workload(
                Operation.valueOf(line.text("operation")),
                Dataset.of(line),
                line.integer("threads"),
                line.integer("readPercent"),
                line.integer("batch"),
                line.integer("rate"));
    }

    public Line describe(Line line) {
        return dataset.describe(line)
                .with("operation", operation)
                .with("threads", threads)
                .with("readPercent", readPercent)
                .with("batch", batch)
                .with("rate", rate);
    }
}
