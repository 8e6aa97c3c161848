package io.distcache.server.pool;

import io.distcache.server.shard.Session;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A client as the pool sees it: by which rules it is treated, and what it knows of the members. Implementations are thread-safe. */
public interface PoolClient extends Session {

    /** Whether the client can say who is in the pool, and so must before it may use a node that is one of several. */
    boolean speaksPool();

    /** Whether the client knows no pools, and so may use keys of this node only. */
    boolean isOfOneNode();

    /** The client has said who is in the pool, or who of it is away. */
    void becomePoolAware();

    /** Whether the client has ever said so. */
    boolean isPoolAware();

    /** What the client knows of the pool: the node's view if they are the same, an earlier one, or none. */
    @Nullable
    PoolView poolView();

    /** The client knows this. */
    void poolView(@Nullable PoolView known);

    /** The members that the client cannot reach, for all it has said and nobody contradicted. */
    Set<String> away();

    /** The members it called away, until others said that they are not. */
    Set<String> revoked();

    /** The client names all members that are away. Guarded by the caller, as {@link #revoke} is. */
    void away(Set<String> names);

    /** Another client has reached these. */
    void revoke(Set<String> back);

    /** Has something done when the client is gone, or now if it is. */
    void onClose(Runnable action);
}
