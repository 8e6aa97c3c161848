package io.distcache.protocol;

/**
 * How a node is.
 *
 * @param state what it does
 * @param node its stable name
 * @param incarnation differs between any two starts of a node
 * @param uptimeMillis since it was ready
 * @param entries over all caches
 * @param bytes kept by entries and tables
 * @param maxBytes the node's bound
 * @param connections open now
 * @param operations answered since the start
 * @param evictions since the start
 */
public record HealthReport(
        State state,
        String node,
        long incarnation,
        long uptimeMillis,
        long entries,
        long bytes,
        long maxBytes,
        int connections,
        long operations,
        long evictions) {

    /** What a node does; the wire byte is {@link #ordinal()}. */
    public enum State {
        STARTING,
        SERVING,
        READ_ONLY,
        DRAINING
    }
}
