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
        CONNECTED,
        /** The connection was lost a moment ago; calls wait for it up to their time limit. */
        RECONNECTING,
        /** It cannot be reached; calls fail at once until it is back. */
        DOWN,
        /** The application has closed its caches. */
        CLOSED
    }
}
