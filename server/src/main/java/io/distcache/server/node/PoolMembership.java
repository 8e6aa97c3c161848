package io.distcache.server.node;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.log.DataDirectory;
import io.distcache.server.shard.Caches;
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
     * @param entries how many the node has
     */
    Reply join(Command.Replicate command, long entries);
}
