package io.distcache.server.log;

/**
 * When a change is answered, relative to its way to the disk. In every case it has left the process by then.
 * Immutable.
 */
public enum SyncPolicy {
    /** After it is on disk: survives a loss of power. Changes that come together share a sync. */
    ALWAYS,
    /** After the operating system has it; on disk within {@link LogConfig#syncInterval}. */
    INTERVAL,
    /** After the operating system has it, which puts it on disk when it likes. */
    OS
}
