package io.distcache.client.internal;

import io.distcache.client.AsyncKeyspace;
import io.distcache.client.ClientConfig;
import io.distcache.client.DefinitionDiffersException;
import io.distcache.client.DistCacheClient;
import io.distcache.client.Keyspace;
import io.distcache.client.Member;
import io.distcache.client.NodeListener;
import io.distcache.client.NodeReport;
import io.distcache.client.NodeStatus;
import io.distcache.client.PoolStatus;
import io.distcache.client.internal.keyspace.BlockingKeyspace;
import io.distcache.client.internal.keyspace.OpenKeyspace;
import io.distcache.client.internal.keyspace.ScanThreads;
import io.distcache.client.internal.keyspace.StagedKeyspace;
import io.distcache.client.internal.link.CacheState;
import io.distcache.client.internal.link.EmbeddedSession;
import io.distcache.client.internal.link.Encryption;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.pool.CacheRegister;
import io.distcache.client.internal.pool.LastReport;
import io.distcache.client.internal.pool.Listeners;
import io.distcache.client.internal.pool.PoolMonitor;
import io.distcache.client.spi.OpenClients;
import io.distcache.client.spi.PerLoader;
import io.distcache.client.spi.RemoteCache;
import io.distcache.client.spi.RemoteCaches;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.EmbeddedNode;
import io.distcache.protocol.Secret;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** A client, which is the keyspace of its own cache and makes those of others. Thread-safe. */
public final class ConnectedClient extends BlockingKeyspace implements DistCacheClient {
    private final ClientConfig config;
    private final OpenKeyspace own;
    private final PerLoader<Map<KeyspaceName, OpenKeyspace>> keyspaces = new PerLoader<>();
    private final ScanThreads scans;
    private final CacheRegister register;
    private final @Nullable PoolMonitor monitor;
    private final @Nullable NodeSession embedded;
    private final List<NodeListener> listeners;
    private final Runnable closer;

    private ConnectedClient(
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

    /** A client of the pool that these nodes belong to; throws what {@link DistCacheClient#connect(ClientConfig)} documents. */
    public static DistCacheClient connect(ClientConfig config) {
        if (config.members().isEmpty()) {
            throw new IllegalArgumentException("no nodes to connect to; name at least one as host:port");
        }
        Encryption.check(config.tls());
        Secret unused = config.token().read();
        List<NodeListener> listeners = new CopyOnWriteArrayList<>();
        Map<Integer, CacheState> caches = new ConcurrentHashMap<>();
        PoolMonitor monitor = PoolMonitor.connect(config, caches, listeners);
        CacheRegister register = new CacheRegister(monitor.router(), caches, config.lazy());
        return new ConnectedClient(config, register, monitor, null, listeners, keyspace(config, register));
    }

    /** A client of a node in this process. */
    public static DistCacheClient embedded(EmbeddedNode node, ClientConfig config) {
        List<NodeListener> listeners = new CopyOnWriteArrayList<>();
        Map<Integer, CacheState> caches = new ConcurrentHashMap<>();
        NodeSession session = new EmbeddedSession(node, config, caches, new Listeners(listeners));
        CacheRegister register = new CacheRegister(session, caches);
        return new ConnectedClient(config, register, null, session, listeners, keyspace(config, register));
    }

    // --- entries

    @Override
    public AsyncKeyspace async() {
        return new StagedKeyspace(own, scans);
    }

    @Override
    public Keyspace keyspace(String namespace, String cache) {
        return new BlockingKeyspace(shared(namespace, cache));
    }

    @Override
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

    private static OpenKeyspace keyspace(ClientConfig config, CacheRegister register) {
        return keyspace(config, register, config.namespace(), config.cache());
    }

    private static OpenKeyspace keyspace(ClientConfig config, CacheRegister register, String namespace, String cache) {
        CacheDefinition definition = CacheDefinition.of(namespace, cache);
        return new OpenKeyspace(
                () -> attachOrOpen(register, definition),
                config,
                context(),
                () -> register.any().calls().refuseOnEventLoop());
    }

    private static RemoteCache attachOrOpen(CacheRegister register, CacheDefinition definition) {
        while (true) {
            Optional<RemoteCache> present = register.attach(definition.namespace(), definition.name());
            if (present.isPresent()) {
                return present.get();
            }
            try {
                return register.open(definition);
            } catch (DefinitionDiffersException e) {
                // Somebody made it in between, and now it is there.
            }
        }
    }

    @Override
    public boolean destroy(String namespace, String name) {
        return register.destroy(namespace, name);
    }

    @Override
    public RemoteCaches remote() {
        return register;
    }

    // --- nodes

    @Override
    public PoolStatus pool() {
        if (monitor != null) {
            return monitor.status();
        }
        NodeSession session = Objects.requireNonNull(embedded);
        NodeStatus status = new NodeStatus(
                new Member("embedded", "embedded:0", 1), session.state(), "", LastReport.of(session.health()), 0);
        return new PoolStatus(0, List.of(status), 0, 0, 0, 0, 0, 0);
    }

    @Override
    public Optional<NodeReport> health() {
        return pool().nodes().stream().flatMap(node -> node.report().stream()).findFirst();
    }

    @Override
    public String node() {
        return register.any().where();
    }

    @Override
    public NodeListener.State state() {
        return register.any().state();
    }

    @Override
    public void addListener(NodeListener listener) {
        listeners.add(Objects.requireNonNull(listener, "listener"));
    }

    @Override
    public void removeListener(NodeListener listener) {
        listeners.remove(listener);
    }

    @Override
    public void close() {
        closer.run();
    }

    @Override
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
