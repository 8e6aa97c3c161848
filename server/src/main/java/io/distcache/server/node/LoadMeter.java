package io.distcache.server.node;

import java.util.function.LongSupplier;

/** How busy a node is: measured once in a while by the housekeeping thread, asked by any. Thread-safe. */
final class LoadMeter {
    private final LongSupplier operations;
    private final LongSupplier lagNanos;
    private volatile long operationsPerSecond;
    private volatile long lagMicros;
    private long countedOperations;

    /**
     * A meter that has measured nothing yet.
     *
     * @param operations commands taken since the start
     * @param lagNanos how late event loops were since it was asked last
     */
    LoadMeter(LongSupplier operations, LongSupplier lagNanos) {
        this.operations = operations;
        this.lagNanos = lagNanos;
    }

    /** Measures what was since the last time, so many milliseconds ago. */
    void measure(long millis) {
        long now = operations.getAsLong();
        operationsPerSecond = (now - countedOperations) * 1000 / millis;
        countedOperations = now;
        lagMicros = Math.max(0, lagNanos.getAsLong() / 1000);
    }

    /** Commands taken in each second, lately. */
    long operationsPerSecond() {
        return operationsPerSecond;
    }

    /** The longest that an event loop was late lately. */
    long lagMicros() {
        return lagMicros;
    }
}
