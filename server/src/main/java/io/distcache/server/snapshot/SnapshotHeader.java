package io.distcache.server.snapshot;

/**
 * What a snapshot says of itself before its contents. Immutable.
 *
 * @param shards of the node that wrote it
 * @param incarnation of the node that wrote it
 * @param position replay of the log from here on, over this snapshot, gives the store as it is
 * @param createdMillis when it was begun, since the epoch
 * @param lastVersion no entry had a higher version when it was begun
 * @param lastCacheId no cache had a higher id when it was begun
 */
public record SnapshotHeader(
        int shards, long incarnation, long position, long createdMillis, long lastVersion, long lastCacheId) {}
