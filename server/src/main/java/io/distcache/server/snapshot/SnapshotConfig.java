package io.distcache.server.snapshot;

import java.time.Duration;

/**
 * When a node with a data directory takes snapshots. Immutable.
 *
 * @param interval how long after the last one; zero for never
 * @param minChanges how many changes there must have been since
 * @param logBytes after how many bytes of log, whatever the time; 0 for never
 * @param keep how many snapshots are kept, each with the log from it on
 */
public record SnapshotConfig(Duration interval, long minChanges, long logBytes, int keep) {
    public SnapshotConfig {
        if (interval.toMillis() != 0 && interval.toMillis() < 10) {
            throw new IllegalArgumentException(
                    "snapshot.interval is " + interval.toMillis() + "ms; allowed are 10ms and more, or 0s for never");
        }
        if (minChanges < 1) {
            throw new IllegalArgumentException("snapshot.min-changes is " + minChanges + "; at least 1 is needed");
        }
        if (logBytes != 0 && logBytes < 1 << 16) {
            throw new IllegalArgumentException(
                    "snapshot.log-bytes is " + logBytes + "; allowed are 64kb and more, or 0 for never");
        }
        if (keep < 1 || keep > 100) {
            throw new IllegalArgumentException("snapshot.keep is " + keep + "; allowed are 1 to 100");
        }
    }
}
