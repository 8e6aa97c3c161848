package io.distcache.server.log;

import java.time.Duration;

/**
 * The log of a node with a data directory. Immutable.
 *
 * @param sync when changes are answered
 * @param syncInterval the longest time without a sync under {@link SyncPolicy#INTERVAL}
 * @param segmentBytes at which size the next segment is begun
 * @param retain what is kept of the log although snapshots have made it superfluous
 * @param maxPendingBytes the most bytes that may wait to be written before changes are refused
 */
public record LogConfig(
        SyncPolicy sync, Duration syncInterval, long segmentBytes, Retention retain, long maxPendingBytes) {
    public LogConfig {
        if (syncInterval.toMillis() < 1 || syncInterval.toHours() > 1) {
            throw new IllegalArgumentException(
                    "log.sync-interval is " + syncInterval.toMillis() + "ms; allowed are 1ms to 1h");
        }
        if (segmentBytes < 1 << 16 || segmentBytes > 1 << 30) {
            throw new IllegalArgumentException("log.segment-bytes is " + segmentBytes + "; allowed are 64kb to 1gb");
        }
        if (maxPendingBytes < 1 << 20 || maxPendingBytes > 1 << 30) {
            throw new IllegalArgumentException(
                    "log.max-pending-bytes is " + maxPendingBytes + "; allowed are 1mb to 1gb");
        }
    }

    /** The same, synced otherwise. */
    public LogConfig synced(SyncPolicy otherwise) {
        return new LogConfig(otherwise, syncInterval, segmentBytes, retain, maxPendingBytes);
    }

    /** The same for a node with so much heap beside its store and what it buffers: no more than a half of that waits. */
    public LogConfig fitting(long roomBytes) {
        long pending = Math.min(maxPendingBytes, Math.max(roomBytes / 2, 1 << 20));
        return new LogConfig(sync, syncInterval, segmentBytes, retain, pending);
    }
}
