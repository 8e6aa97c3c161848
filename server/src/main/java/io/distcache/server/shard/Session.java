package io.distcache.server.shard;

import io.distcache.protocol.Push;
import io.distcache.server.memory.Account;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client as the shards see it: where its events go, by which rules of the pool it is treated, and what it holds here. Implementations are
 * thread-safe.
 */
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

    // --- the pool, as this client sees it ---

    /** Whether the client can say who is in the pool, and so must before it may use a node that is one of several. */
    boolean speaksPool();

    /** Whether the client knows no pools, and so may use keys of this node only. */
    boolean isOfOneNode();

    /** Whether the client has ever said who is in the pool, or who of it is away. */
    boolean isPoolAware();

    /** What the client knows of the pool: the node's view if they are the same, an earlier one, or none. */
    @Nullable
    PoolView poolView();

    /** The members that the client cannot reach, for all it has said and nobody contradicted. */
    Set<String> away();
}
