package io.distcache.server.log;

import java.io.IOException;

/** Where a log is. Thread-safe. */
@FunctionalInterface
public interface LogPlace {
    /**
     * Looks whether it is still the node's own. Any thread.
     *
     * @throws IOException if not; the message says what has become of it
     */
    void check() throws IOException;

    /** Told how far the log is, now and then; whoever reads the log later may ask it. Does not throw. */
    default void reached(LogEnd end) {}
}
