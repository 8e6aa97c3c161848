package io.distcache.client.internal.link;

import org.jspecify.annotations.Nullable;

/**
 * How far the connection of a {@link SocketSession} to its node has come. Immutable.
 *
 * <pre>
 *  Away --&gt; Attempting --&gt; Opening --&gt; Linked --&gt; Admitted
 *   ^           |  ^          ^           |          |
 *   |           v  |          |           v          v
 *   |         Starting -------+        Leaving  &lt;----+      from each of them back to Away, when the connection is lost
 *   +----------------------------------------------------
 * </pre>
 */
sealed interface Stage {

    /** The connection, whatever it is good for; null if there is none. */
    default @Nullable Connection connection() {
        return null;
    }

    /** The number of the connection, if the node serves and has the client's caches open, and calls may go over it; else 0. */
    default int link() {
        return 0;
    }

    /** Whether the node serves and has the client's caches open, also while it is left. */
    default boolean takesCommands() {
        return link() != 0;
    }

    /** Since when calls go over the connection, or went over one that is left; null if none did. */
    default @Nullable Long admittedSinceNanos() {
        return null;
    }

    /** There is no connection, and the next attempt is due. */
    record Away() implements Stage {}

    /** A connection is being made, up to the node's first report. */
    record Attempting(Connection connection) implements Stage {}

    /** The node answers, and is loading its data. */
    record Starting(Connection connection) implements Stage {}

    /** The node serves, and the client's caches are being opened. */
    record Opening(Connection connection, Reopening steps) implements Stage {}

    /** Calls could go over it, once the owner admits them. */
    record Linked(Connection connection, int link) implements Stage {}

    /** Calls go over it. */
    record Admitted(Connection connection, int link, Long admittedSinceNanos) implements Stage {}

    /**
     * No further calls go over it; what is in flight is answered and leases are settled, then it is closed.
     *
     * @param before the number of the connection before; 0 if it was not linked
     */
    record Leaving(
            Connection connection, int before, @Nullable Long admittedSinceNanos) implements Stage {
        @Override
        public boolean takesCommands() {
            return before != 0;
        }
    }
}
