package io.distcache.server.frontdoor.http;

import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.OpenMetricsTextFormatWriter;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.Unit;
import io.vertx.core.buffer.Buffer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A health report as Prometheus reads it: each figure in base units, under a name after its conventions. A figure that has no value now,
 * as the age of a snapshot before the first, is left out. Immutable.
 *
 * @param contentType which of the formats it is in
 * @param text the metrics
 */
record Metrics(String contentType, Buffer text) {
    private static final String PREFIX = "distcache_";
    private static final ExpositionFormatWriter PROMETHEUS = PrometheusTextFormatWriter.create();
    private static final ExpositionFormatWriter OPEN_METRICS = OpenMetricsTextFormatWriter.create();

    /**
     * A report as text.
     *
     * @param state its state, as {@code GET /health} names it
     * @param accept the formats that the other end knows, as its header says; null if it has not said
     */
    static Metrics of(HealthReport report, String state, @Nullable String accept) {
        MetricSnapshots.Builder metrics = MetricSnapshots.builder()
                .metricSnapshot(info(report, state))
                .metricSnapshot(gauge("ready", "1 if it serves and the next node of its pool may be stopped, else 0.")
                        .with(report.isReady() ? 1 : 0));
        report.figures().forEach((figure, value) -> {
            if (hasValue(figure, value)) {
                metrics.metricSnapshot(metric(figure).with(value));
            }
        });
        ExpositionFormatWriter writer = OPEN_METRICS.accepts(accept) ? OPEN_METRICS : PROMETHEUS;
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try {
            writer.write(text, metrics.build());
        } catch (IOException e) {
            throw new UncheckedIOException("metrics could not be written to memory", e);
        }
        return new Metrics(writer.getContentType(), Buffer.buffer(text.toByteArray()));
    }

    private static InfoSnapshot info(HealthReport report, String state) {
        return InfoSnapshot.builder()
                .name(PREFIX + "node")
                .help(
                        "Which node it is, its version of DistCache, and what it does: starting, serving, read-only or draining.")
                .dataPoint(InfoDataPointSnapshot.builder()
                        .labels(Labels.of("node", report.node(), "version", report.version(), "state", state))
                        .build())
                .build();
    }

    /** Whether there is what it measures. */
    private static boolean hasValue(Figure figure, long value) {
        return switch (figure) {
            case SNAPSHOT_MILLIS -> value >= 0;
            case CERTIFICATE_DAYS -> value != 0;
            case LEASE_MILLIS -> value >= 0;
            case PINNING_GROUP -> value != Figure.NOTHING_PINS;
            default -> true;
        };
    }

    /** What a figure is to Prometheus; one that is new in the report does not compile until it is here. */
    private static Metric metric(Figure figure) {
        return switch (figure) {
            case UPTIME_MILLIS -> time("uptime_seconds", "Time since it was ready.", TimeUnit.MILLISECONDS);
            case ENTRIES -> gauge("entries", "Entries over all caches.");
            case BYTES -> bytes("stored_bytes", "Bytes kept by entries and tables.");
            case MAX_BYTES -> bytes("max_stored_bytes", "The node's bound for the bytes kept by entries and tables.");
            case CONNECTIONS -> gauge("connections", "Connections of clients open now, at all ports but this one.");
            case OPERATIONS -> counter("operations", "Commands answered since the start.");
            case EVICTIONS -> counter("evictions", "Entries evicted since the start.");
            case UNSYNCED_BYTES ->
                bytes("log_unsynced_bytes", "Bytes of the log not known to be on disk; 0 without a log.");
            case SYNC_MICROS -> time("log_sync_seconds", "What the last sync of the log took.", TimeUnit.MICROSECONDS);
            case SNAPSHOT_MILLIS ->
                time("snapshot_age_seconds", "Age of the newest snapshot; absent without one.", TimeUnit.MILLISECONDS);
            case HITS -> counter("hits", "Reads that found their entry, since the start.");
            case MISSES -> counter("misses", "Reads that did not find an entry, since the start.");
            case OPERATIONS_PER_SECOND ->
                gauge("operations_per_second", "Commands taken in each second, over the last seconds.");
            case LAG_MICROS ->
                time(
                        "event_loop_lag_seconds",
                        "The longest that an event loop was late lately.",
                        TimeUnit.MICROSECONDS);
            case HEAP_BYTES -> bytes("heap_bytes", "Bytes of the heap in use.");
            case MAX_HEAP_BYTES -> bytes("max_heap_bytes", "The largest the heap can be.");
            case DIRECT_BYTES -> bytes("direct_memory_bytes", "Bytes outside the heap for what is read and written.");
            case POOL_EPOCH -> gauge("pool_epoch", "The epoch of the pool's members as it knows them; 0 in no pool.");
            case HINTS -> gauge("hints", "Hints that it keeps for members that are away.");
            case BUFFERED_BYTES -> bytes("buffered_bytes", "Bytes of requests not executed and replies not read.");
            case REFUSALS ->
                counter(
                        "refusals",
                        "Requests refused and connections cut off for want of room for these, since the start.");
            case LATE_CLIENTS -> gauge("late_clients", "Clients whose synchronous listeners are not waited for now.");
            case CERTIFICATE_DAYS ->
                time(
                        "certificate_remaining_seconds",
                        "Time until the node's certificate expires, in whole days, a begun one included;"
                                + " negative since it has, absent without TLS.",
                        TimeUnit.DAYS);
            case FAILED_LOGINS -> counter("failed_logins", "Logins that failed since the start, at all ports.");
            case FORBIDDEN_COMMANDS ->
                counter(
                        "forbidden_commands",
                        "Commands refused since the start as the rules do not allow them to the user.");
            case GROUPS_LED -> gauge("groups_led", "Groups of keys of a replicated pool that it leads; else 0.");
            case GROUPS_WITHOUT_LEADER ->
                gauge(
                        "groups_without_leader",
                        "Groups of a replicated pool that nobody leads as far as it knows; else 0.");
            case MOST_BEHIND ->
                gauge(
                        "most_behind_entries",
                        "Of the groups that it leads: the most entries that another member lacks.");
            case LEADER_CHANGES ->
                counter("leader_changes", "How often it has seen a group get another leader, since the start.");
            case GATE_WAITS ->
                counter(
                        "gate_waits",
                        "Answers that waited for the commit of somebody else's change, or for a majority to confirm who leads.");
            case GATE_WAIT_MICROS ->
                new Metric(
                        "gate_wait_seconds",
                        "How long these answers waited in all.",
                        true,
                        Unit.SECONDS,
                        value -> value / 1e6);
            case LEASE_MILLIS ->
                time(
                        "lease_remaining_seconds",
                        "Of the groups of keys that it leads: the shortest time for which it may answer without asking the"
                                + " others; absent if it always asks.",
                        TimeUnit.MILLISECONDS);
            case COMMIT_LAG_ENTRIES ->
                gauge(
                        "commit_lag_entries",
                        "Of the groups that it leads: the most entries that a majority has not got yet.");
            case COMMIT_LAG_MILLIS ->
                time(
                        "commit_lag_seconds",
                        "For how long the oldest change has waited that a majority has not got yet.",
                        TimeUnit.MILLISECONDS);
            case APPLY_LAG_ENTRIES ->
                gauge("apply_lag_entries", "The most entries of a group in its log that it has not applied yet.");
            case APPLY_LAG_MILLIS ->
                time(
                        "apply_lag_seconds",
                        "For how long one of these has been there, looked at each second.",
                        TimeUnit.MILLISECONDS);
            case PROPOSED_ENTRIES -> counter("proposed_entries", "Entries that it has proposed to groups of keys.");
            case PROPOSED_CHANGES ->
                counter("proposed_changes", "Changes in these entries, each of one command in one shard.");
            case LOG_BYTES -> bytes("group_log_bytes", "The log of its groups in a replicated pool.");
            case PINNING_GROUP ->
                gauge(
                        "group_log_pinned_by",
                        "The group whose entries keep the oldest part of that log, -1 for that of the caches; absent if none does.");
        };
    }

    private static Metric gauge(String name, String help) {
        return new Metric(name, help, false, null, value -> value);
    }

    /** One that only grows; its name ends in {@code _total} where it is shown. */
    private static Metric counter(String name, String help) {
        return new Metric(name, help, true, null, value -> value);
    }

    private static Metric bytes(String name, String help) {
        return new Metric(name, help, false, Unit.BYTES, value -> value);
    }

    private static Metric time(String name, String help, TimeUnit of) {
        return new Metric(name, help, false, Unit.SECONDS, value -> of.toNanos(value) / 1e9);
    }

    /**
     * What Prometheus knows of a figure besides its value.
     *
     * @param unit the unit that its name ends with; null if it has none
     * @param inUnit the report's value in that unit
     */
    private record Metric(
            String name,
            String help,
            boolean isCounter,
            @Nullable Unit unit,
            LongToDoubleFunction inUnit) {
        MetricSnapshot with(long value) {
            MetricSnapshot.Builder<?> metric = isCounter
                    ? CounterSnapshot.builder()
                            .dataPoint(CounterDataPointSnapshot.builder()
                                    .value(inUnit.applyAsDouble(value))
                                    .build())
                    : GaugeSnapshot.builder()
                            .dataPoint(GaugeDataPointSnapshot.builder()
                                    .value(inUnit.applyAsDouble(value))
                                    .build());
            metric.name(PREFIX + name).help(help);
            if (unit != null) {
                metric.unit(unit);
            }
            return metric.build();
        }
    }
}
