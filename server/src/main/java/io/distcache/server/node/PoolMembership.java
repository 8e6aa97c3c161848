package io.distcache.server.node;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.frontdoor.wire.PeerDoor;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.shard.Caches;
import io.distcache.server.store.KeyHasher;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Whether a node is, or becomes, a member of a replicated pool. Only a node in a process of its own can be one; what it takes is not in the
 * provider's jar. Confined to who makes the node, but for {@link #join}, which is for the node's background thread.
 */
public interface PoolMembership {
    /** In a member's data directory: which pool it is in. */
    String FILE = DataDirectory.REPLICATED_POOL;

    /**
     * Reads what the data directory says.
     *
     * @return whether the node is a member
     * @throws StartException if the directory cannot be read
     */
    boolean begin(ServerConfig config);

    /** The node is no member, and has its data directory: what is left there of becoming one, and came to no end, goes. */
    void isNone();

    /** By which the members of its pool hash keys, if the node is a member. */
    KeyHasher hasher();

    /** The node's part in its pool, if it is a member. */
    ReplicaPart open(
            ServerConfig config,
            NodeClock clock,
            Caches caches,
            long incarnation,
            Consumer<Routes> announce,
            Consumer<@Nullable String> onReadOnly);

    /**
     * {@link Command.Replicate}.
     *
     * @param node as it is now
     * @param responder told when it is done, which can take long
     */
    void join(Command.Replicate command, OwnNode node, Consumer<Reply> responder);

    /** Why it is not safe to stop another node, of one that is no member yet; empty if it is. */
    String notReady();

    /** Takes the connections of members of a pool that begins with what the node has, while it is no member yet. */
    PeerDoor door();
}
