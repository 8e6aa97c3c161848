package io.distcache.cdi;

/**
 * CDI event: the application stands differently with a node of its caches. Fired on a thread of its own, one after the other,
 * to synchronous and to asynchronous observers. Immutable.
 *
 * @param node its name and where it listens, for people
 * @param state how it stands now
 * @param reason what led there, for people; may be empty
 */
public record NodeStateChanged(String node, State state, String reason) {

    /** How the application stands with a node. */
    public enum State {
        /** Caches on it can be used. */
        HEALTHY,
        /** The connection was lost a moment ago, or nothing has come over it for a while; calls wait up to their time limit. */
        SUSPECT,
        /** It cannot be used; calls go to other nodes or fail, as each cache's failure policy says, until it is back. */
        DOWN,
        /** The application has closed its caches, or the node has left the pool. */
        CLOSED
    }
}
