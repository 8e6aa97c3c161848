package io.distcache.client;

import io.distcache.client.internal.ConnectedClient;
import io.distcache.client.spi.NodeInProcess;
import io.distcache.client.spi.RemoteCaches;
import java.util.Optional;

/**
 * The way to the caches of a pool of nodes, or of a single one; one per application is enough. Its own verbs are on the cache that {@link
 * ClientConfig#cache} names. Thread-safe.
 *
 * <p>A lost connection is made again by itself. In a pool of several nodes, calls whose node is down go by the {@link FailurePolicy} of
 * their cache. A single node that has been away for less than {@link ClientConfig#callTimeout} is waited for, up to each call's own
 * time limit; after that calls fail at once with {@link UnreachableException} until it is back.
 *
 * <p>Every method that asks a node throws what {@link Keyspace} documents.
 */
public interface DistCacheClient extends Keyspace, AutoCloseable {

    /**
     * Connects with the defaults: {@code connect("h1:2050,h2:2050")}.
     *
     * @param nodes as for {@link ClientConfig#parse}
     * @throws IllegalArgumentException if it is not like that
     * @throws UnreachableException as {@link #connect(ClientConfig)}
     */
    static DistCacheClient connect(String nodes) {
        return connect(ClientConfig.parse(nodes));
    }

    /**
     * Connects to the pool that the nodes belong to. One of them is enough: if the nodes know who is in the pool, that holds; if they
     * do not, and several are given, these are the pool from now on.
     *
     * @throws UnreachableException if none can be reached; its suppressed exceptions tell why, node by node
     * @throws RequestRefusedException if a node refuses this client's version or credentials
     */
    static DistCacheClient connect(ClientConfig config) {
        return ConnectedClient.connect(config);
    }

    /** Uses a node in this process, on the callers' threads. Closing the client leaves the node running. */
    static DistCacheClient embedded(NodeInProcess node, ClientConfig config) {
        return ConnectedClient.embedded(node.node(), config);
    }

    /** The client's own verbs without waiting. */
    AsyncKeyspace async();

    /**
     * The entries of another cache than the client's own, by the same verbs. One that JCache made is used as it is, with its rules; else it is
     * made when first used, unbounded and without expiry. If somebody destroys it, a call that finds so throws {@link
     * NoSuchCacheException}, and the next one goes on with a new one.
     */
    Keyspace keyspace(String namespace, String cache);

    /** The same as {@link #keyspace}, without waiting. */
    AsyncKeyspace asyncKeyspace(String namespace, String cache);

    /** Removes a cache with its entries, for everybody; false if there is none. */
    boolean destroy(String namespace, String name);

    /** The caches as bytes, for those who build another API on the client; applications do not need them. */
    RemoteCaches remote();

    /** How the client stands with its pool: every node, its last report, and what has gone otherwise than the ring says. */
    PoolStatus pool();

    /** What a node that serves reported last on the present connection; of several the first. */
    Optional<NodeReport> health();

    /** The node that serves, as messages name it; of several the first that does. */
    String node();

    /** How the client stands with its nodes: the best of them, for with one of them something is served. */
    NodeListener.State state();

    /** From now on {@code listener} hears of health and connections, until this client is closed, or forgotten by everybody. */
    void addListener(NodeListener listener);

    /** Ends what {@link #addListener} began. */
    void removeListener(NodeListener listener);

    /** Ends all calls that still wait and closes the connections. The caches stay at the nodes. */
    @Override
    void close();

    /**
     * What {@link #close} does, without the client: it does not keep what the application gave the client, or asked of it, from being
     * collected, and so can be kept for the case that the application forgets to close.
     */
    Runnable closer();
}
