package io.distcache.server.node;

import io.distcache.protocol.Routes;
import io.distcache.server.clock.NodeClock;
import io.distcache.server.config.ServerConfig;
import io.distcache.server.persistence.Followed;
import io.distcache.server.shard.Shards;
import io.distcache.server.tls.NodeTls;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A node on its own, as who makes a pool of what it has sees it. Thread-safe. */
interface OwnNode {
    ServerConfig config();

    NodeClock clock();

    /** How many entries it has. */
    long entries();

    Shards shards();

    /**
     * Follows what it has. Waits; not for event loops.
     *
     * @throws IOException if it keeps no data
     */
    Followed follow() throws IOException;

    /** Gives what connects to other nodes what it needs. */
    void connect(BiConsumer<Vertx, @Nullable NodeTls> connector);

    /** Tells clients of the pool that they find what it had in from now on. */
    void tell(Routes routes);

    /** It takes no more commands: clients come again. */
    void drain();
}
