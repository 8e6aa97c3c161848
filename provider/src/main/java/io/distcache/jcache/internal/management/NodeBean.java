package io.distcache.jcache.internal.management;

import io.distcache.client.NodeStatus;
import io.distcache.jcache.NodeMXBean;
import io.distcache.protocol.HealthReport;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/** One node's last report. Thread-safe. */
final class NodeBean implements NodeMXBean {
    private final Supplier<NodeStatus> status;

    /** Asked anew for each attribute. */
    NodeBean(Supplier<NodeStatus> status) {
        this.status = status;
    }

    private long number(ToLongFunction<HealthReport> part) {
        return status.get().report().map(part::applyAsLong).orElse(0L);
    }

    private double fraction(ToDoubleFunction<HealthReport> part) {
        return status.get().report().map(part::applyAsDouble).orElse(0.0);
    }

    private String text(Function<HealthReport, String> part) {
        return status.get().report().map(part).orElse("");
    }

    @Override
    public String getName() {
        return status.get().member().name();
    }

    @Override
    public String getAddress() {
        return status.get().member().address();
    }

    @Override
    public int getWeight() {
        return status.get().member().weight();
    }

    @Override
    public String getMonitorState() {
        return status.get().state().name();
    }

    @Override
    public String getMonitorReason() {
        return status.get().reason();
    }

    @Override
    public double getHitPercent() {
        return fraction(HealthReport::hitPercent);
    }

    @Override
    public String getState() {
        return text(report -> report.state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    @Override
    public String getCause() {
        return text(HealthReport::cause);
    }

    @Override
    public int getProgressPercent() {
        return (int) number(HealthReport::progressPercent);
    }

    @Override
    public long getIncarnation() {
        return number(HealthReport::incarnation);
    }

    @Override
    public long getUptimeMillis() {
        return number(HealthReport::uptimeMillis);
    }

    @Override
    public long getEntries() {
        return number(HealthReport::entries);
    }

    @Override
    public long getBytes() {
        return number(HealthReport::bytes);
    }

    @Override
    public long getMaxBytes() {
        return number(HealthReport::maxBytes);
    }

    @Override
    public int getConnections() {
        return (int) number(HealthReport::connections);
    }

    @Override
    public long getOperations() {
        return number(HealthReport::operations);
    }

    @Override
    public long getEvictions() {
        return number(HealthReport::evictions);
    }

    @Override
    public long getUnsyncedBytes() {
        return number(HealthReport::unsyncedBytes);
    }

    @Override
    public long getSyncMicros() {
        return number(HealthReport::syncMicros);
    }

    @Override
    public long getSnapshotMillis() {
        return number(HealthReport::snapshotMillis);
    }

    @Override
    public String getVersion() {
        return text(HealthReport::version);
    }

    @Override
    public long getHits() {
        return number(HealthReport::hits);
    }

    @Override
    public long getMisses() {
        return number(HealthReport::misses);
    }

    @Override
    public long getOperationsPerSecond() {
        return number(HealthReport::operationsPerSecond);
    }

    @Override
    public long getLagMicros() {
        return number(HealthReport::lagMicros);
    }

    @Override
    public long getHeapBytes() {
        return number(HealthReport::heapBytes);
    }

    @Override
    public long getMaxHeapBytes() {
        return number(HealthReport::maxHeapBytes);
    }

    @Override
    public long getDirectBytes() {
        return number(HealthReport::directBytes);
    }

    @Override
    public long getPoolEpoch() {
        return number(HealthReport::poolEpoch);
    }

    @Override
    public long getHints() {
        return number(HealthReport::hints);
    }

    @Override
    public String getNotReady() {
        return text(HealthReport::notReady);
    }

    @Override
    public long getBufferedBytes() {
        return number(HealthReport::bufferedBytes);
    }

    @Override
    public long getRefusals() {
        return number(HealthReport::refusals);
    }

    @Override
    public int getLateClients() {
        return (int) number(HealthReport::lateClients);
    }
}
