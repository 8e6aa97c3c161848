package io.distcache.server.config;

import java.time.Duration;

/**
 * The node itself. Immutable.
 *
 * @param name a stable name; empty for the address it listens on
 * @param dataDir where its data is kept; empty to keep it in memory only
 * @param recover what of the data directory a start uses
 * @param trimIdle without commands for how long the heap is trimmed; zero for never
 * @param trimMaxBytes the largest store for which that is done
 */
public record NodeConfig(String name, String dataDir, Recover recover, Duration trimIdle, long trimMaxBytes) {

    /** Where a start takes the data from. */
    public enum Recover {
        /** The newest valid snapshot, and the log after it. */
        SNAPSHOT,
        /** The whole log, from its beginning, and no snapshot. */
        LOG
    }
}
