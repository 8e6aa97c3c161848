package io.distcache.server.replication;

import java.time.Duration;

/**
 * How a node takes part in its replicated pool.
 *
 * @param self its number
 * @param maxUnderWay how many entries of a group are under way at a time
 * @param maxEntryBytes from when on changes go into another entry; one change may be larger
 * @param maxPendingBytes from when on changes are refused
 * @param pieceBytes how large the pieces of snapshots are; one record may be larger
 * @param maxLogBytes after how many bytes of entries a group makes a snapshot; they are on the heap until then
 * @param patience for how long it is tried to have a cache made or destroyed
 * @param electionPatience for how long nobody has to lead a group before reads are answered that may be old
 * @param leases whether it answers from what it has while no other can lead, and does not ask each time
 * @param bundlesTouches whether a deadline that an access has moved by little is replicated later than at once
 */
public record ReplicationConfig(
        Layout layout,
        int self,
        int maxUnderWay,
        int maxEntryBytes,
        long maxPendingBytes,
        int pieceBytes,
        long maxLogBytes,
        Duration patience,
        Duration electionPatience,
        boolean leases,
        boolean bundlesTouches) {}
