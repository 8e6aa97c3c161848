package io.distcache.client;

import io.distcache.client.internal.pool.EmbeddedSession;
import io.distcache.client.internal.pool.NodeSession;
import io.distcache.client.internal.pool.SocketSession;
import io.distcache.client.internal.routing.RoutedCache;
import io.distcache.client.internal.routing.Router;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.Command;
import io.distcache.protocol.EmbeddedNode;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Reply;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The way to a node's caches; one per application is enough. Thread-safe.
 *
 * <p>A lost connection is made again by itself. While the node has been away for less than {@link ClientConfig#callTimeout},
 * calls wait for it up to their own time limit; after that they fail at once with {@link UnreachableException} until it is back.
 *
 * <p>Every method that asks a node throws what {@link RemoteCache#call} documents.
 */
public final class DistCacheClient implements AutoCloseable {
    private final NodeSession session;
    private final Router router;
    private final List<NodeListener> listeners;
    private final AtomicInteger lastHandle = new AtomicInteger();

    private DistCacheClient(NodeSession session, List<NodeListener> listeners) {
        this.session = session;
        this.router = new Router(session);
        this.listeners = listeners;
    }

    /**
     * Connects to the first of the nodes that can be reached; it serves until the client is closed.
     *
     * @throws UnreachableException if none can; its suppressed exceptions tell why, node by node
     * @throws RequestRefusedException if a node refuses this client's version or credentials
     */
    public static DistCacheClient connect(ClientConfig config) {
        if (config.nodes().isEmpty()) {
            throw new IllegalArgumentException("no nodes to connect to; name at least one as host:port");
        }
        List<NodeListener> listeners = new CopyOnWriteArrayList<>();
        UnreachableException none = new UnreachableException("none of the nodes " + config.nodes()
                + " can be reached; check that they run and that host and port are right");
        for (NodeAddress address : config.nodes()) {
            try {
                return new DistCacheClient(SocketSession.connect(config, address, listeners), listeners);
            } catch (UnreachableException e) {
                none.addSuppressed(e);
            }
        }
        throw none;
    }

    /** Uses a node in this process, on the callers' threads. Closing the client leaves the node running. */
    public static DistCacheClient embedded(EmbeddedNode node, ClientConfig config) {
        List<NodeListener> listeners = new CopyOnWriteArrayList<>();
        return new DistCacheClient(new EmbeddedSession(node, config, listeners), listeners);
    }

    /**
     * Opens a cache, creating it if it is missing.
     *
     * @throws DefinitionDiffersException if it exists with another definition
     */
    public RemoteCache open(CacheDefinition definition) {
        Objects.requireNonNull(definition, "definition");
        return new RoutedCache(router, session.open(lastHandle.incrementAndGet(), definition, true));
    }

    /** Opens a cache if it exists; {@link RemoteCache#definition()} tells what it is. */
    public Optional<RemoteCache> attach(String namespace, String name) {
        CacheDefinition wanted = CacheDefinition.of(namespace, name);
        try {
            return Optional.of(new RoutedCache(router, session.open(lastHandle.incrementAndGet(), wanted, false)));
        } catch (NoSuchCacheException e) {
            return Optional.empty();
        }
    }

    /** Removes a cache with its entries, for everybody; false if there is none. */
    public boolean destroy(String namespace, String name) {
        return session.destroy(namespace, name);
    }

    /** The caches of a namespace. */
    public List<CacheDefinition> caches(String namespace) {
        Reply reply = session.call(new Command.ListCaches(namespace), null);
        return reply instanceof Reply.Caches caches ? caches.definitions() : List.of();
    }

    /** What the node reported last on the present connection. */
    public Optional<HealthReport> health() {
        return Optional.ofNullable(session.health());
    }

    /** The node that serves, as messages name it. */
    public String node() {
        return session.where();
    }

    /** How the client stands with its node now. */
    public NodeListener.State state() {
        return session.state();
    }

    /** From now on {@code listener} hears of health and connection. */
    public void addListener(NodeListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    /** Ends what {@link #addListener} began. */
    public void removeListener(NodeListener listener) {
        listeners.remove(listener);
    }

    /** Ends all calls that still wait and closes the connection. The caches stay at the node. */
    @Override
    public void close() {
        session.close();
    }
}
