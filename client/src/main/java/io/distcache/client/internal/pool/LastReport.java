package io.distcache.client.internal.pool;

import io.distcache.client.NodeReport;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.HealthReport.Figure;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a node has said last, as the application sees it. Immutable. */
public record LastReport(HealthReport report) implements NodeReport {

    /** The report as the application sees it; empty if there is none. */
    public static Optional<NodeReport> of(@Nullable HealthReport report) {
        return report == null ? Optional.empty() : Optional.of(new LastReport(report));
    }

    @Override
    public State state() {
        return switch (report.state()) {
            case STARTING -> State.STARTING;
            case SERVING -> State.SERVING;
            case READ_ONLY -> State.READ_ONLY;
            case DRAINING -> State.DRAINING;
        };
    }

    @Override
    public String cause() {
        return report.cause();
    }

    @Override
    public int progressPercent() {
        return report.progressPercent();
    }

    @Override
    public String node() {
        return report.node();
    }

    @Override
    public long incarnation() {
        return report.incarnation();
    }

    @Override
    public long uptimeMillis() {
        return report.uptimeMillis();
    }

    @Override
    public long entries() {
        return report.entries();
    }

    @Override
    public long bytes() {
        return report.bytes();
    }

    @Override
    public long maxBytes() {
        return report.maxBytes();
    }

    @Override
    public int connections() {
        return report.connections();
    }

    @Override
    public long operations() {
        return report.operations();
    }

    @Override
    public long evictions() {
        return report.evictions();
    }

    @Override
    public long unsyncedBytes() {
        return report.unsyncedBytes();
    }

    @Override
    public long syncMicros() {
        return report.syncMicros();
    }

    @Override
    public long snapshotMillis() {
        return report.snapshotMillis();
    }

    @Override
    public String version() {
        return report.version();
    }

    @Override
    public long hits() {
        return report.hits();
    }

    @Override
    public long misses() {
        return report.misses();
    }

    @Override
    public long operationsPerSecond() {
        return report.operationsPerSecond();
    }

    @Override
    public long lagMicros() {
        return report.lagMicros();
    }

    @Override
    public long heapBytes() {
        return report.heapBytes();
    }

    @Override
    public long maxHeapBytes() {
        return report.maxHeapBytes();
    }

    @Override
    public long directBytes() {
        return report.directBytes();
    }

    @Override
    public long poolEpoch() {
        return report.poolEpoch();
    }

    @Override
    public long hints() {
        return report.hints();
    }

    @Override
    public String notReady() {
        return report.notReady();
    }

    @Override
    public long bufferedBytes() {
        return report.bufferedBytes();
    }

    @Override
    public long refusals() {
        return report.refusals();
    }

    @Override
    public int lateClients() {
        return report.lateClients();
    }

    @Override
    public long certificateDays() {
        return report.certificateDays();
    }

    @Override
    public long failedLogins() {
        return report.failedLogins();
    }

    @Override
    public long forbiddenCommands() {
        return report.forbiddenCommands();
    }

    @Override
    public long groupsLed() {
        return report.figure(Figure.GROUPS_LED);
    }

    @Override
    public long groupsWithoutLeader() {
        return report.figure(Figure.GROUPS_WITHOUT_LEADER);
    }

    @Override
    public long mostBehind() {
        return report.figure(Figure.MOST_BEHIND);
    }

    @Override
    public long leaderChanges() {
        return report.figure(Figure.LEADER_CHANGES);
    }

    @Override
    public long gateWaits() {
        return report.figure(Figure.GATE_WAITS);
    }

    @Override
    public long gateWaitMicros() {
        return report.figure(Figure.GATE_WAIT_MICROS);
    }

    @Override
    public long leaseMillis() {
        return report.figure(Figure.LEASE_MILLIS);
    }

    @Override
    public long commitLagEntries() {
        return report.figure(Figure.COMMIT_LAG_ENTRIES);
    }

    @Override
    public long commitLagMillis() {
        return report.figure(Figure.COMMIT_LAG_MILLIS);
    }

    @Override
    public long applyLagEntries() {
        return report.figure(Figure.APPLY_LAG_ENTRIES);
    }

    @Override
    public long applyLagMillis() {
        return report.figure(Figure.APPLY_LAG_MILLIS);
    }

    @Override
    public long proposedEntries() {
        return report.figure(Figure.PROPOSED_ENTRIES);
    }

    @Override
    public long proposedChanges() {
        return report.figure(Figure.PROPOSED_CHANGES);
    }

    @Override
    public long logBytes() {
        return report.figure(Figure.LOG_BYTES);
    }

    @Override
    public long pinningGroup() {
        return report.figure(Figure.PINNING_GROUP);
    }

    @Override
    public boolean isReady() {
        return report.isReady();
    }

    @Override
    public double hitPercent() {
        return report.hitPercent();
    }
}
