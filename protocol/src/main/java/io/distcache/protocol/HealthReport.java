package io.distcache.protocol;

/**
 * How a node is.
 *
 * @param state what it does
 * @param cause why it is in that state, if that is not obvious; else empty
 * @param progressPercent while it is starting: how much of its data it has, 0 to 100
 * @param node its stable name
 * @param incarnation differs between any two starts of a node
 * @param uptimeMillis since it was ready
 * @param entries over all caches
 * @param bytes kept by entries and tables
 * @param maxBytes the node's bound
 * @param connections open now
 * @param operations answered since the start
 * @param evictions since the start
 * @param unsyncedBytes of the log, not known to be on disk; 0 without a log
 * @param syncMicros what the last sync of the log took
 * @param snapshotMillis age of the newest snapshot; -1 if there is none
 * @param version of DistCache
 * @param hits reads that found their entry, since the start
 * @param misses reads that did not
 * @param operationsPerSecond commands taken, over the last seconds
 * @param lagMicros the longest that an event loop was late lately
 * @param heapBytes of the heap in use
 * @param maxHeapBytes the largest the heap can be
 * @param directBytes of memory outside the heap, for what is read and written
 * @param poolEpoch of the pool's members as it knows them; 0 if it is in none
 * @param hints it keeps for members that are away
 * @param notReady why it is not safe yet to stop the next node of its pool; empty if it is
 * @param bufferedBytes of requests not executed and replies not read, over all connections
 * @param refusals requests refused and connections cut off for want of room for these, since the start
 * @param lateClients whose synchronous listeners took longer than is allowed, and are not waited for until they have caught up
 */
public record HealthReport(
        State state,
        String cause,
        int progressPercent,
        String node,
        long incarnation,
        long uptimeMillis,
        long entries,
        long bytes,
        long maxBytes,
        int connections,
        long operations,
        long evictions,
        long unsyncedBytes,
        long syncMicros,
        long snapshotMillis,
        String version,
        long hits,
        long misses,
        long operationsPerSecond,
        long lagMicros,
        long heapBytes,
        long maxHeapBytes,
        long directBytes,
        long poolEpoch,
        long hints,
        String notReady,
        long bufferedBytes,
        long refusals,
        int lateClients) {

    /** Whether it serves, and the next node of its pool may be stopped. */
    public boolean isReady() {
        return state == State.SERVING && notReady.isEmpty();
    }

    public HealthReport {
        // They come from another machine, and are shown in logs, on terminals and in consoles.
        cause = OneLine.of(cause);
        node = OneLine.of(node);
        version = OneLine.of(version);
        notReady = OneLine.of(notReady);
    }

    /** Of a hundred reads, how many found their entry; 0 before the first. */
    public double hitPercent() {
        return hits + misses == 0 ? 0 : 100.0 * hits / (hits + misses);
    }

    /** What a node does; the wire byte is {@link #ordinal()}. */
    public enum State {
        STARTING,
        SERVING,
        READ_ONLY,
        DRAINING
    }
}
