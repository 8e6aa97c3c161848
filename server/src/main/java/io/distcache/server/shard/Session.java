package io.distcache.server.shard;

import io.distcache.protocol.Push;
import io.distcache.server.memory.Account;

/** A client as the shards see it: where its events go, and what it holds here. Implementations are thread-safe. */
public interface Session {

    /** What the node's log calls this client. */
    String name();

    /** Sends a message to the client; keeps the order of calls, never blocks. */
    void push(Push push);

    /** What the node holds for this client. */
    Account account();

    /** What the client holds in the shards, and owes them. */
    Dues dues();

    /** Gives a handle back, with its subscription. */
    void release(int handle);

    /** Whether the client is gone. */
    boolean isClosed();

    /**
     * Whether the client must have given this node up, since that stood still for longer than the client waits; its connection ends
     * then. What it has sent is not to be executed any more: it may have done it elsewhere.
     */
    boolean isGivenUp();
}
