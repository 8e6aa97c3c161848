package io.distcache.server.replication;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/** Counts answers that wait, and for how long. Thread-safe. */
final class GateWaits {
    private final LongSupplier nanos;
    private final LongAdder count = new LongAdder();
    private final LongAdder waitedNanos = new LongAdder();

    /**
     * None yet.
     *
     * @param nanos time that passes
     */
    GateWaits(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** An answer waits for this, from now on. */
    <T> CompletionStage<T> await(CompletionStage<T> stage) {
        long since = nanos.getAsLong();
        count.increment();
        return stage.whenComplete((done, failure) -> waitedNanos.add(nanos.getAsLong() - since));
    }

    /** How many have waited, or wait now. */
    long count() {
        return count.sum();
    }

    /** How long those have waited that do not wait any more. */
    long nanos() {
        return waitedNanos.sum();
    }
}
