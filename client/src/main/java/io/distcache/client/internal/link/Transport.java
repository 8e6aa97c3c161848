package io.distcache.client.internal.link;

import io.distcache.protocol.Command;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Brings commands to one node, and ends the calls that it was given through its {@link Outcomes}. There are two: over sockets, and to a
 * node in this process. Thread-safe.
 */
interface Transport {

    /** Brings a call that holds a place to the node, or ends it. */
    void send(Call call);

    /**
     * Brings a command to the node, if it can be reached now. It takes no place, and nobody waits for its reply.
     *
     * @param command is asked for when it is sent; null if there is nothing to say by then
     */
    void tell(Supplier<@Nullable Command> command);

    /** How the calls end that it was given. */
    Outcomes outcomes();

    /** Whether a command may be executed without its reply coming back. */
    boolean canLoseReplies();

    /** Whether the current thread may wait for a reply; an event loop may not. */
    boolean mayWait();

    /** The longest frame that the node takes. */
    int maxFrameBytes();

    /** The node as messages name it. */
    String where();

    /** What is known about why replies do not come; empty, or it starts with a comma. */
    String whyNoReply();
}
