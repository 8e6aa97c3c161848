package io.distcache.jcache.internal.management;

import io.distcache.client.NodeReport;
import io.distcache.client.NodeStatus;
import io.distcache.jcache.NodeMXBean;
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

    private long number(ToLongFunction<NodeReport> part) {
        return status.get().report().map(part::applyAsLong).orElse(0L);
    }

    private double fraction(ToDoubleFunction<NodeReport> part) {
        return status.get().report().map(part::applyAsDouble).orElse(0.0);
    }

    private String text(Function<NodeReport, String> part) {
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
    public int getGroupsLed() {
        return status.get().groupsLed();
    }

    @Override
    public double getHitPercent() {
        return fraction(NodeReport::hitPercent);
    }

    @Override
    public String getState() {
        return text(report -> report.state().name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }

    @Override
    public String getCause() {
        return text(NodeReport::cause);
    }

    @Override
    public int getProgressPercent() {
        return (int) number(NodeReport::progressPercent);
    }

    @Override
    public long getIncarnation() {
        return number(NodeReport::incarnation);
    }

    @Override
    public long getUptimeMillis() {
        return number(NodeReport::uptimeMillis);
    }

    @Override
    public long getEntries() {
        return number(NodeReport::entries);
    }

    @Override
    public long getBytes() {
        return number(NodeReport::bytes);
    }

    @Override
    public long getMaxBytes() {
        return number(NodeReport::maxBytes);
    }

    @Override
    public int getConnections() {
        return (int) number(NodeReport::connections);
    }

    @Override
    public long getOperations() {
        return number(NodeReport::operations);
    }

    @Override
    public long getEvictions() {
        return number(NodeReport::evictions);
    }

    @Override
    public long getUnsyncedBytes() {
        return number(NodeReport::unsyncedBytes);
    }

    @Override
    public long getSyncMicros() {
        return number(NodeReport::syncMicros);
    }

    @Override
    public long getSnapshotMillis() {
        return number(NodeReport::snapshotMillis);
    }

    @Override
    public String getVersion() {
        return text(NodeReport::version);
    }

    @Override
    public long getHits() {
        return number(NodeReport::hits);
    }

    @Override
    public long getMisses() {
        return number(NodeReport::misses);
    }

    @Override
    public long getOperationsPerSecond() {
        return number(NodeReport::operationsPerSecond);
    }

    @Override
    public long getLagMicros() {
        return number(NodeReport::lagMicros);
    }

    @Override
    public long getHeapBytes() {
        return number(NodeReport::heapBytes);
    }

    @Override
    public long getMaxHeapBytes() {
        return number(NodeReport::maxHeapBytes);
    }

    @Override
    public long getDirectBytes() {
        return number(NodeReport::directBytes);
    }

    @Override
    public long getPoolEpoch() {
        return number(NodeReport::poolEpoch);
    }

    @Override
    public long getHints() {
        return number(NodeReport::hints);
    }

    @Override
    public String getNotReady() {
        return text(NodeReport::notReady);
    }

    @Override
    public long getBufferedBytes() {
        return number(NodeReport::bufferedBytes);
    }

    @Override
    public long getRefusals() {
        return number(NodeReport::refusals);
    }

    @Override
    public int getLateClients() {
        return (int) number(NodeReport::lateClients);
    }

    @Override
    public long getCertificateDays() {
        return number(NodeReport::certificateDays);
    }

    @Override
    public long getFailedLogins() {
        return number(NodeReport::failedLogins);
    }

    @Override
    public long getForbiddenCommands() {
        return number(NodeReport::forbiddenCommands);
    }

    @Override
    public long getGroupsWithoutLeader() {
        return number(NodeReport::groupsWithoutLeader);
    }

    @Override
    public long getMostBehind() {
        return number(NodeReport::mostBehind);
    }

    @Override
    public long getLeaderChanges() {
        return number(NodeReport::leaderChanges);
    }

    @Override
    public long getGateWaits() {
        return number(NodeReport::gateWaits);
    }

    @Override
    public long getGateWaitMicros() {
        return number(NodeReport::gateWaitMicros);
    }

    @Override
    public long getLeaseMillis() {
        return number(NodeReport::leaseMillis);
    }

    @Override
    public long getCommitLagEntries() {
        return number(NodeReport::commitLagEntries);
    }

    @Override
    public long getCommitLagMillis() {
        return number(NodeReport::commitLagMillis);
    }

    @Override
    public long getApplyLagEntries() {
        return number(NodeReport::applyLagEntries);
    }

    @Override
    public long getApplyLagMillis() {
        return number(NodeReport::applyLagMillis);
    }

    @Override
    public long getProposedEntries() {
        return number(NodeReport::proposedEntries);
    }

    @Override
    public long getProposedChanges() {
        return number(NodeReport::proposedChanges);
    }

    @Override
    public long getLogBytes() {
        return number(NodeReport::logBytes);
    }

    @Override
    public long getPinningGroup() {
        return number(NodeReport::pinningGroup);
    }
}
