package io.distcache.protocol;

import java.util.function.Consumer;

/**
 * One client's way to a node in the same process: what a connection is to a node elsewhere, without frames. Thread-safe;
 * commands run on the caller's thread.
 */
public interface NodeLink extends AutoCloseable {

    /** What the node said of itself. */
    Hello.Node node();

    /**
     * Executes a command. The reply may come on the calling thread before this returns, or later on any other.
     *
     * @param request the id that events name as their cause; not 0
     */
    void send(int request, Command command, Consumer<Reply> reply);

    /** Ends the session: its leases end, its subscriptions too. Replies still due may come or not. */
    @Override
    void close();
}
