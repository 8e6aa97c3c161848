package io.distcache.server.node;

import io.distcache.protocol.Routes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.log.FileFailure;
import io.distcache.server.shard.Caches;
import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Whether a node is a member of a replicated pool, as its data directory says. Stateless. */
final class Memberships {
    private Memberships() {}

    /**
     * What the directory says; null if the node is on its own.
     *
     * @param inOwnProcess whether the node may be a member at all
     */
    static @Nullable PoolPlan read(ServerConfig config, boolean inOwnProcess) {
        String directory = config.node().dataDir();
        try {
            PoolPlan plan = directory.isEmpty() ? null : PoolPlan.read(Path.of(directory));
            if (plan != null && !inOwnProcess) {
                throw new StartException(
                        "the data directory " + directory + " is that of a member of a replicated pool;"
                                + " start it with: bin/distcache server --data-dir DIR");
            }
            return plan;
        } catch (IOException e) {
            throw new StartException(FileFailure.text(e), e);
        }
    }

    /** The node's part in its pool. */
    static ReplicaPart open(
            PoolPlan plan,
            ServerConfig config,
            NodeClock clock,
            Caches caches,
            long incarnation,
            Consumer<Routes> announce,
            Consumer<@Nullable String> onReadOnly) {
        try {
            return new Member(plan, config, clock, caches, incarnation, announce, onReadOnly);
        } catch (IOException e) {
            throw new StartException(FileFailure.text(e), e);
        }
    }
}
