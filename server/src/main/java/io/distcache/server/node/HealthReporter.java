package io.distcache.server.node;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Makes a node's health report of what its parts tell. Thread-safe once all sources are named. */
final class HealthReporter {
    private static final String VERSION = Objects.requireNonNullElse(
            HealthReporter.class.getPackage().getImplementationVersion(), "(not built into a jar)");

    private final Lifecycle lifecycle;
    private final Identity identity;
    private final Supplier<String> notReady;
    private final Map<Figure, LongSupplier> sources = new EnumMap<>(Figure.class);

    /**
     * A reporter that knows no figures yet.
     *
     * @param notReady why it is not safe yet to stop the next node of the pool; empty if it is
     */
    HealthReporter(Lifecycle lifecycle, Identity identity, Supplier<String> notReady) {
        this.lifecycle = lifecycle;
        this.identity = identity;
        this.notReady = notReady;
    }

    /** Names who tells a figure; one that nobody tells is 0. */
    HealthReporter figure(Figure figure, LongSupplier source) {
        sources.put(figure, source);
        return this;
    }

    /** How the node is now. */
    HealthReport report() {
        HealthReport.Builder report = HealthReport.in(lifecycle.state())
                // With a cause, this state would be a connection's.
                .cause(lifecycle.state() == HealthReport.State.DRAINING ? "" : lifecycle.cause())
                .progressPercent(lifecycle.progressPercent())
                .node(identity.name())
                .incarnation(identity.incarnation())
                .version(VERSION)
                .notReady(notReady.get());
        sources.forEach((figure, source) -> report.with(figure, source.getAsLong()));
        return report.build();
    }
}
