package io.distcache.jcache.internal;

import io.distcache.client.DistCacheClient;
import io.distcache.client.DistCacheException;
import io.distcache.client.FailurePolicy;
import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import io.distcache.jcache.DeclaredTypes;
import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.jcache.internal.application.OpenManagers;
import io.distcache.jcache.internal.user.Closing;
import io.distcache.protocol.CacheDefinition;
import io.distcache.protocol.OneLine;
import io.distcache.protocol.ShownUri;
import java.lang.reflect.Type;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.cache.Cache;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.CompleteConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The caches of one URI and class loader. Connects to its nodes when the first cache is asked for. Thread-safe: what nodes are asked for
 * is asked without a lock, and only calls that open the same cache wait for each other.
 */
public final class DistCacheManager implements CacheManager, DeclaredTypes {
    private static final Logger LOG = LoggerFactory.getLogger(DistCacheManager.class);
    private static final int LEAST_SWEPT = 64;

    private final CachingProvider provider;
    private final ManagerUri where;
    private final ManagerName shown;
    private final ClassLoader classLoader;
    private final Properties properties;
    private final OpeningSettings beginsWith;
    private final ManagerSettings settings;
    private final Consumer<DistCacheManager> onClose;
    private final ManagerClient client;
    private final Remains remains = new Remains();
    private final @Nullable LoaderWatch watch;
    private final Map<String, DistCache<?, ?>> caches = new TreeMap<>();
    /** Caches that somebody is opening, by name. Guarded by {@link #caches}. */
    private final Map<String, Opening> opening = new HashMap<>();

    private final Map<String, Set<Type>> declaredTypes = new ConcurrentHashMap<>();
    private final Set<String> warnedOf = ConcurrentHashMap.newKeySet();
    private final Object beginning = new Object();
    private boolean begun;
    private int sweepAbove = LEAST_SWEPT;
    private volatile boolean closed;

    public DistCacheManager(
            CachingProvider provider,
            ManagerUri where,
            ClassLoader classLoader,
            Properties properties,
            OpeningSettings opening,
            Consumer<DistCacheManager> onClose) {
        this.provider = provider;
        this.where = where;
        this.shown = ManagerName.of(where);
        this.classLoader = classLoader;
        this.properties = new Properties();
        this.properties.putAll(properties);
        // With those that are its defaults.
        properties.stringPropertyNames().forEach(key -> this.properties.setProperty(key, properties.getProperty(key)));
        this.beginsWith = opening;
        this.settings = opening.settings();
        this.onClose = onClose;
        this.client = new ManagerClient(shown, settings, classLoader, remains);
        ManagerName name = shown;
        Remains left = remains;
        this.watch = LoaderWatch.begin(classLoader, name.text(), () -> {
            left.end();
            name.release();
        });
        OpenManagers.add(this);
    }

    @Override
    public CachingProvider getCachingProvider() {
        return provider;
    }

    @Override
    public URI getURI() {
        return shown.uri();
    }

    /** What it was opened by. */
    public ManagerUri where() {
        return where;
    }

    /**
     * Creates the caches that a file defines, once; waits for whoever is at it.
     *
     * @return false if it was closed before it had them
     * @throws CacheException if one cannot be created; the manager is closed then
     */
    public boolean begin() {
        if (beginsWith.caches().isEmpty()) {
            return true;
        }
        synchronized (beginning) {
            if (begun || closed) {
                return begun;
            }
            String cache = "";
            try {
                for (Map.Entry<String, DistCacheConfiguration<?, ?>> defined :
                        beginsWith.caches().entrySet()) {
                    cache = defined.getKey();
                    Cache<?, ?> unused = createCache(cache, defined.getValue());
                }
            } catch (Throwable e) {
                new Closing().then(this::close).endBecauseOf(e);
                if (e instanceof CacheException || e instanceof IllegalArgumentException) {
                    throw new CacheException(shown + " defines cache " + OneLine.of(cache) + ": " + e.getMessage(), e);
                }
                throw e;
            }
            begun = true;
            return true;
        }
    }

    /** Warns, once of each, of properties with which this was asked for that have no effect. */
    public void warnOf(Properties asked) {
        OptionKeys.withoutEffect(asked).forEach((key, why) -> {
            if (warnedOf.add(key)) {
                LOG.warn(
                        "property {} of the manager of {} has no effect: {}. It came with the properties that"
                                + " getCacheManager was called with",
                        OneLine.of(key),
                        shown,
                        why);
            }
        });
        warnOfLate(asked);
    }

    /** Of those with which this was asked for when it was open with others. */
    private void warnOfLate(Properties late) {
        for (String option : ManagerSettings.OPTIONS) {
            String key = ManagerSettings.PREFIX + option;
            String asked = late.getProperty(key);
            String known = settings.given().get(option);
            if (asked != null && !asked.isBlank() && !asked.strip().equals(known) && warnedOf.add(key + asked)) {
                boolean isShown = ShownUri.isShown(option, asked) && (known == null || ShownUri.isShown(option, known));
                LOG.warn(
                        "{} comes too late for the manager of {}, which is open with {}: close that first, or set it"
                                + " where the manager is opened first",
                        isShown ? key + "=" + OneLine.of(asked) : "another " + key,
                        shown,
                        known == null ? "the default" : isShown ? OneLine.of(known) : "its own");
            }
        }
    }

    @Override
    public ClassLoader getClassLoader() {
        return classLoader;
    }

    @Override
    public Properties getProperties() {
        return properties;
    }

    @Override
    public <K, V, C extends Configuration<K, V>> Cache<K, V> createCache(String name, C configuration) {
        Objects.requireNonNull(name, "cacheName");
        Objects.requireNonNull(configuration, "configuration");
        ensureOpen();
        if (!configuration.isStoreByValue()) {
            throw new UnsupportedOperationException(
                    "cache " + name + " is configured to store by reference; DistCache stores by value only");
        }
        refuseSecond(name);
        DistCacheConfiguration<K, V> own = copy(configuration);
        // Before anything else, and without the lock: factories are the application's code, which may use this manager.
        UserObjects<K, V> users = UserObjects.make(name, own);
        try {
            return alone(name, () -> {
                refuseSecond(name);
                DistCache<K, V> cache = CacheFactory.create(this, name, own, users, client().remote(), settings);
                keep(cache);
                return cache;
            });
        } catch (Throwable e) {
            Closing closing = new Closing();
            users.close(closing);
            closing.endBecauseOf(e);
            throw e;
        }
    }

    private void refuseSecond(String name) {
        ensureOpen();
        if (open(name) != null) {
            throw new CacheException("this manager has a cache " + name + " already; use getCache");
        }
    }

    /** One thread's asking of nodes for a cache, and how it failed if that was because they are away. */
    private static final class Opening {
        @Nullable
        CacheException outage;
    }

    /**
     * Does what asks nodes for a cache of that name when nobody else here does. Who has waited for another that failed because the nodes are
     * away fails with it: if all tried in turn, each would wait for as long as all before it.
     */
    private <T extends @Nullable Object> T alone(String name, Supplier<T> action) {
        Opening own = new Opening();
        synchronized (caches) {
            Opening other = opening.putIfAbsent(name, own);
            while (other != null) {
                try {
                    caches.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new CacheException("interrupted while another thread opened cache " + name, e);
                }
                if (other.outage != null) {
                    throw other.outage;
                }
                other = opening.putIfAbsent(name, own);
            }
        }
        try {
            return action.get();
        } catch (CacheException e) {
            if (e.getCause() instanceof UnreachableException || e.getCause() instanceof IndeterminateException) {
                synchronized (caches) {
                    own.outage = e;
                }
            }
            throw e;
        } finally {
            synchronized (caches) {
                opening.remove(name);
                caches.notifyAll();
            }
        }
    }

    private static <K, V> DistCacheConfiguration<K, V> copy(Configuration<K, V> configuration) {
        if (configuration instanceof CompleteConfiguration<K, V> complete) {
            return new DistCacheConfiguration<>(complete);
        }
        DistCacheConfiguration<K, V> own = new DistCacheConfiguration<>();
        own.setTypes(configuration.getKeyType(), configuration.getValueType());
        return own;
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"}) // the types are checked here; the standard says null if there is none
    public <K, V> Cache<K, V> getCache(String name, Class<K> keyType, Class<V> valueType) {
        Objects.requireNonNull(keyType, "keyType");
        Objects.requireNonNull(valueType, "valueType");
        DistCache<?, ?> cache = find(name, keyType, valueType);
        if (cache == null) {
            return null;
        }
        Configuration<?, ?> configuration = cache.getConfiguration(Configuration.class);
        checkType(name, "key", configuration.getKeyType(), keyType);
        checkType(name, "value", configuration.getValueType(), valueType);
        return (Cache<K, V>) cache;
    }

    private static void checkType(String cache, String side, Class<?> configured, Class<?> wanted) {
        if (!configured.equals(wanted)) {
            throw new ClassCastException(
                    "cache " + cache + " has " + side + " type " + configured.getName() + ", not " + wanted.getName());
        }
    }

    @Override
    @SuppressWarnings({"unchecked", "NullAway"
    }) // the standard leaves types unchecked here, and says null if there is none
    public <K, V> Cache<K, V> getCache(String name) {
        return (Cache<K, V>) find(name, Object.class, Object.class);
    }

    /**
     * The cache, attached to if another process created it on the node; null if there is none. One that was made without types, by the
     * native API or a client of Redis or memcached, has those it is first asked for with.
     */
    private @Nullable DistCache<?, ?> find(String name, Class<?> keyType, Class<?> valueType) {
        Objects.requireNonNull(name, "cacheName");
        ensureOpen();
        DistCache<?, ?> present = open(name);
        return present != null
                ? present
                : alone(name, () -> {
                    ensureOpen();
                    DistCache<?, ?> cache = open(name);
                    if (cache == null) {
                        cache = CacheFactory.attach(this, name, keyType, valueType, client().remote(), settings);
                        if (cache != null) {
                            keep(cache);
                        }
                    }
                    return cache;
                });
    }

    /** From now on it can be found. Those that others destroyed and nobody here asks for again must not gather. */
    private void keep(DistCache<?, ?> cache) {
        List<DistCache<?, ?>> destroyed = List.of();
        synchronized (caches) {
            if (!closed) {
                caches.put(cache.getName(), cache);
            }
            if (caches.size() > sweepAbove) {
                destroyed =
                        caches.values().stream().filter(DistCache::isDestroyed).toList();
                caches.values().removeAll(destroyed);
                sweepAbove = Math.max(LEAST_SWEPT, 2 * caches.size());
            }
        }
        destroyed.forEach(DistCache::close);
        if (closed) {
            // Nobody else finds it any more.
            cache.close();
            ensureOpen();
        }
    }

    /** The open cache of that name; one that another manager destroyed is closed here too. */
    private @Nullable DistCache<?, ?> open(String name) {
        DistCache<?, ?> cache;
        synchronized (caches) {
            cache = caches.get(name);
        }
        if (cache != null && cache.isDestroyed()) {
            cache.close();
            return null;
        }
        return cache;
    }

    @Override
    public Iterable<String> getCacheNames() {
        ensureOpen();
        synchronized (caches) {
            return caches.values().stream()
                    .filter(cache -> !cache.isDestroyed())
                    .map(DistCache::getName)
                    .toList();
        }
    }

    @Override
    public void destroyCache(String name) {
        Objects.requireNonNull(name, "cacheName");
        ensureOpen();
        DistCache<?, ?> cache;
        synchronized (caches) {
            cache = caches.remove(name);
        }
        Closing closing = new Closing();
        if (cache != null) {
            closing.then(cache::close);
        }
        closing.then(() -> destroyAtNodes(name));
        // Another caller may have attached to it in between.
        DistCache<?, ?> attached;
        synchronized (caches) {
            attached = caches.get(name);
            if (attached != null && attached.isDestroyed()) {
                caches.remove(name);
            } else {
                attached = null;
            }
        }
        if (attached != null) {
            closing.then(attached::close);
        }
        closing.end();
    }

    private void destroyAtNodes(String name) {
        try {
            boolean unused = client().destroy(settings.namespace(), name);
        } catch (DistCacheException e) {
            throw new CacheException("cannot destroy cache " + name + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void enableManagement(String name, boolean enabled) {
        DistCache<?, ?> cache = known(name);
        if (cache != null) {
            cache.enableManagement(enabled);
        }
    }

    @Override
    public void enableStatistics(String name, boolean enabled) {
        DistCache<?, ?> cache = known(name);
        if (cache != null) {
            cache.enableStatistics(enabled);
        }
    }

    private @Nullable DistCache<?, ?> known(String name) {
        Objects.requireNonNull(name, "cacheName");
        ensureOpen();
        return open(name);
    }

    @Override
    public void close() {
        List<DistCache<?, ?>> open;
        synchronized (caches) {
            if (closed) {
                return;
            }
            closed = true;
            open = new ArrayList<>(caches.values());
            caches.clear();
        }
        Closing closing = new Closing();
        open.forEach(cache -> closing.then(cache::close));
        closing.then(client::close);
        if (watch != null) {
            closing.then(watch::cancel);
        }
        closing.then(() -> OpenManagers.remove(this))
                .then(() -> onClose.accept(this))
                .then(shown::release)
                .then(RecordCache::clear)
                .end();
    }

    @Override
    public boolean isClosed() {
        return closed;
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        if (type == DistCacheClient.class) {
            return type.cast(client());
        }
        throw new IllegalArgumentException(
                "cannot unwrap a DistCache manager to " + type + "; possible are " + CacheManager.class.getName() + ", "
                        + DeclaredTypes.class.getName() + " and " + DistCacheClient.class.getName());
    }

    @Override
    public void declare(String cacheName, Collection<? extends Type> types) {
        declaredTypes
                .computeIfAbsent(cacheName, name -> ConcurrentHashMap.newKeySet())
                .addAll(types);
    }

    Set<Type> declaredTypes(String cacheName) {
        return declaredTypes.getOrDefault(cacheName, Set.of());
    }

    void forget(DistCache<?, ?> closedCache) {
        synchronized (caches) {
            caches.remove(closedCache.getName(), closedCache);
        }
    }

    CacheDefinition definition(String name, DistCacheConfiguration<?, ?> configuration, CacheDefinition.Expiry expiry) {
        return new CacheDefinition(
                settings.namespace(),
                name,
                expiry,
                configuration.getMaxEntries(),
                configuration.getMaxBytes(),
                configuration.isRefuseWhenFull() ? CacheDefinition.WhenFull.REFUSE : CacheDefinition.WhenFull.EVICT,
                configuration.isLogged() ? CacheDefinition.Durability.LOGGED : CacheDefinition.Durability.NONE,
                attributes(configuration));
    }

    private Map<String, String> attributes(DistCacheConfiguration<?, ?> configuration) {
        Map<String, String> attributes = new TreeMap<>();
        attributes.put(CacheDefinition.KEY_TYPE, configuration.getKeyType().getName());
        attributes.put(CacheDefinition.VALUE_TYPE, configuration.getValueType().getName());
        FailurePolicy own = configuration.getFailurePolicy();
        FailurePolicy policy = own == null ? settings.onNodeDown() : own;
        if (policy != FailurePolicy.FAILOVER) {
            attributes.put(FailurePolicy.ATTRIBUTE, policy.toString());
        }
        if (configuration.isAllowStaleReads()) {
            attributes.put(CacheDefinition.STALE_READS, CacheDefinition.ALLOW);
        }
        return attributes;
    }

    private DistCacheClient client() {
        ensureOpen();
        return client.get();
    }

    /** What must be ended if nobody closes this. */
    Remains remains() {
        return remains;
    }

    private void ensureOpen() {
        if (closed) {
            throw new IllegalStateException("the manager of " + shown + " is closed");
        }
    }

    @Override
    public String toString() {
        return "DistCacheManager[" + shown + (closed ? ", closed]" : "]");
    }
}
