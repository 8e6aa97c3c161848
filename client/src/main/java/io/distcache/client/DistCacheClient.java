package io.distcache.client;

import io.distcache.client.internal.keyspace.BlockingKeyspace;
import io.distcache.client.internal.keyspace.OpenKeyspace;
import io.distcache.client.internal.keyspace.ScanThreads;
import io.distcache.client.internal.keyspace.StagedKeyspace;
import io.distcache.client.internal.pool.CacheState;
import io.distcache.client.internal.pool.EmbeddedSession;
import io.distcache.client.internal.pool.NodeSession;
import io.distcache.client.internal.routing.CacheRegister;
import io.distcache.client.internal.routing.Listeners;
import io.distcache.client.internal.routing.PoolMonitor;
import io.distcache.client.loader.OpenClients;
import io.distcache.client.loader.PerLoader;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.EmbeddedNode;
import io.distcache.protocol.HealthReport;
import io.distcache.protocol.Membership;
import io.distcache.protocol.PoolMember;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The way to the caches of a pool of nodes, or of a single one; one per application is enough. Thread-safe.
 *
 * <p>A lost connection is made again by itself. In a pool of several nodes, calls whose node is down go by the {@link FailurePolicy} of
 * their cache. A single node that has been away for less than {@link ClientConfig#callTimeout} is waited for, up to each call's own
 * time limit; after that calls fail at once with {@link UnreachableException} until it is back.
 *
 * <p>Every method that asks a node throws what {@link RemoteCache#call} documents.
 */
public final class DistCacheClient extends BlockingKeyspace implements AutoCloseable {
    private final ClientConfig config;
    private final OpenKeyspace own;
    private final PerLoader<Map<KeyspaceName, OpenKeyspace>> keyspaces = new PerLoader<>();
    private final ScanThreads scans;
    private final CacheRegister register;
    private final @Nullable PoolMonitor monitor;
    private final @Nullable NodeSession embedded;
    private final List<NodeListener> listeners;
    private final Runnable closer;

    private DistCacheClient(
            ClientConfig config,
            CacheRegister register,
            @Nullable PoolMonitor monitor,
            @Nullable NodeSession embedded,
            List<NodeListener> listeners) {
        this(
                config,
                register,
                monitor,
                embedded,
                listeners,
                keyspace(config, register, config.namespace(), config.cache()));
    }

    private DistCacheClient(
            ClientConfig config,
            CacheRegister register,
            @Nullable PoolMonitor monitor,
            @Nullable NodeSession embedded,
            List<NodeListener> listeners,
            OpenKeyspace own) {
        super(own);
        this.own = own;
        this.config = config;
        this.scans = new ScanThreads();
        this.register = register;
        this.monitor = monitor;
        this.embedded = embedded;
        this.listeners = listeners;
        this.closer = OpenClients.add(closer(monitor, embedded, scans));
    }

    /**
     * Connects with the defaults: {@code connect("h1:2050,h2:2050")}.
     *
     * @param nodes as for {@link ClientConfig#parse}
     * @throws IllegalArgumentException if it is not like that
     * @throws UnreachableException as {@link #connect(ClientConfig)}
     */
    public static DistCacheClient connect(String nodes) {
        return connect(ClientConfig.parse(nodes));
    }

    /**
     * Connects to the pool that the nodes belong to. One of them is enough: if the nodes know who is in the pool, that holds; if they
     * do not, and several are given, these are the pool from now on.
     *
     * @throws UnreachableException if none can be reached; its suppressed exceptions tell why, node by node
     * @throws RequestRefusedException if a node refuses this client's version or credentials
     */
    public static DistCacheClient connect(ClientConfig config) {
        if (config.members().isEmpty()) {
            throw new IllegalArgumentException("no nodes to connect to; name at least one as host:port");
        }
        // Says what is wrong with names and weights before anything is tried.
        Membership unused = new Membership(1, config.members());
        List<NodeListener> listeners = new CopyOnWriteArrayList<>();
        Map<Integer, CacheState> caches = new ConcurrentHashMap<>();
        PoolMonitor monitor = PoolMonitor.connect(config, caches, listeners);
        return new DistCacheClient(
                config, new CacheRegister(monitor.router(), caches, config.lazy()), monitor, null, listeners);
    }

    /** Uses a node in this process, on the callers' threads. Closing the client leaves the node running. */
    public static DistCacheClient embedded(EmbeddedNode node, ClientConfig config) {
        List<NodeListener> listeners = new CopyOnWriteArrayList<>();
        Map<Integer, CacheState> caches = new ConcurrentHashMap<>();
        NodeSession session = new EmbeddedSession(node, config, caches, new Listeners(listeners));
        return new DistCacheClient(config, new CacheRegister(session, caches), null, session, listeners);
    }

    // --- entries

    /** The client's own verbs without waiting. */
    public AsyncKeyspace async() {
        return new StagedKeyspace(own, scans);
    }

    /**
     * The entries of another cache than the client's own, by the same verbs. One that JCache made is used as it is, with its rules; else it is
     * made when first used, unbounded and without expiry. If somebody destroys it, a call that finds so throws {@link
     * NoSuchCacheException}, and the next one goes on with a new one.
     */
    public Keyspace keyspace(String namespace, String cache) {
        return new BlockingKeyspace(shared(namespace, cache));
    }

    /** The same without waiting. */
    public AsyncKeyspace asyncKeyspace(String namespace, String cache) {
        return new StagedKeyspace(shared(namespace, cache), scans);
    }

    private record KeyspaceName(String namespace, String cache) {}

    /** However often it is asked for, nodes have it open once for each application that shares this client. */
    private OpenKeyspace shared(String namespace, String cache) {
        return keyspaces
                .get(context(), ConcurrentHashMap::new)
                .computeIfAbsent(
                        new KeyspaceName(namespace, cache), name -> keyspace(config, register, namespace, cache));
    }

    private static ClassLoader context() {
        ClassLoader context = Thread.currentThread().getContextClassLoader();
        return context == null ? DistCacheClient.class.getClassLoader() : context;
    }

    private static OpenKeyspace keyspace(ClientConfig config, CacheRegister register, String namespace, String cache) {
        CacheDefinition definition = CacheDefinition.of(namespace, cache);
        return new OpenKeyspace(
                () -> attachOrOpen(register, definition),
                config,
                context(),
                () -> register.any().refuseOnEventLoop());
    }

    private static RemoteCache attachOrOpen(CacheRegister register, CacheDefinition definition) {
        while (true) {
            RemoteCache present = register.attach(definition);
            if (present != null) {
                return present;
            }
            try {
                return register.open(definition);
            } catch (DefinitionDiffersException e) {
                // Somebody made it in between, and now it is there.
            }
        }
    }

    /**
     * Opens a cache, creating it where it is missing.
     *
     * @throws DefinitionDiffersException if it exists with another definition
     */
    public RemoteCache open(CacheDefinition definition) {
        return register.open(Objects.requireNonNull(definition, "definition"));
    }

    /** Opens a cache if it exists; {@link RemoteCache#definition()} tells what it is. */
    public Optional<RemoteCache> attach(String namespace, String name) {
        return Optional.ofNullable(register.attach(CacheDefinition.of(namespace, name)));
    }

    /** Removes a cache with its entries, for everybody; false if there is none. */
    public boolean destroy(String namespace, String name) {
        return register.destroy(namespace, name);
    }

    /** The caches of a namespace. */
    public List<CacheDefinition> caches(String namespace) {
        return register.list(namespace);
    }

    /** How the client stands with its pool: every node, its last report, and what has gone otherwise than the ring says. */
    public PoolStatus pool() {
        if (monitor != null) {
            return monitor.status();
        }
        NodeSession session = Objects.requireNonNull(embedded);
        NodeStatus status = new NodeStatus(
                new PoolMember("embedded", "embedded:0", 1),
                session.state(),
                "",
                Optional.ofNullable(session.health()));
        return new PoolStatus(Membership.NONE, List.of(status), 0, 0, 0, 0);
    }

    /** What a node that serves reported last on the present connection; of several the first. */
    public Optional<HealthReport> health() {
        return pool().nodes().stream().flatMap(node -> node.report().stream()).findFirst();
    }

    /** The node that serves, as messages name it; of several the first that does. */
    public String node() {
        return register.any().where();
    }

    /** How the client stands with its nodes: the best of them, for with one of them something is served. */
    public NodeListener.State state() {
        return register.any().state();
    }

    /** From now on {@code listener} hears of health and connections, until this client is closed, or forgotten by everybody. */
    public void addListener(NodeListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    /** Ends what {@link #addListener} began. */
    public void removeListener(NodeListener listener) {
        listeners.remove(listener);
    }

    /** Ends all calls that still wait and closes the connections. The caches stay at the nodes. */
    @Override
    public void close() {
        closer.run();
    }

    /**
     * What {@link #close} does, without the client: it does not keep what the application gave the client, or asked of it, from being
     * collected, and so can be kept for the case that the application forgets to close.
     */
    public Runnable closer() {
        return closer;
    }

    private static Runnable closer(@Nullable PoolMonitor monitor, @Nullable NodeSession embedded, ScanThreads scans) {
        return () -> {
            if (monitor != null) {
                monitor.close();
            }
            if (embedded != null) {
                embedded.close();
            }
            scans.close();
        };
    }
}
