package io.distcache.jcache.internal;

import io.distcache.client.DistCacheException;
import io.distcache.client.spi.RemoteCache;
import io.distcache.client.spi.codec.Codec;
import io.distcache.client.spi.codec.CodecContext;
import io.distcache.jcache.ComputingCache;
import io.distcache.jcache.DistCacheConfiguration;
import io.distcache.jcache.internal.event.EventHub;
import io.distcache.jcache.internal.event.Registration;
import io.distcache.jcache.internal.expiry.ExpiryTtls;
import io.distcache.jcache.internal.integration.Loader;
import io.distcache.jcache.internal.management.ConfigurationBean;
import io.distcache.jcache.internal.management.Evictions;
import io.distcache.jcache.internal.management.MBeanRegistration;
import io.distcache.jcache.internal.management.Statistics;
import io.distcache.jcache.internal.management.StatisticsBean;
import io.distcache.jcache.internal.processor.LeasedEntries;
import io.distcache.jcache.internal.processor.ProcessorResult;
import io.distcache.jcache.internal.user.Closing;
import io.distcache.jcache.internal.user.UserThreads;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.configuration.CacheEntryListenerConfiguration;
import javax.cache.configuration.Configuration;
import javax.cache.integration.CacheLoaderException;
import javax.cache.integration.CompletionListener;
import javax.cache.processor.EntryProcessor;
import javax.cache.processor.EntryProcessorResult;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A JCache cache whose entries live on nodes. Checks arguments as the standard says and hands on: reads to {@link Reads}, changes
 * without user code to {@link PlainOperations}, those with it to {@link LeasedOperations}. Thread-safe.
 */
public final class DistCache<K, V> implements Cache<K, V>, ComputingCache<K, V> {
    private static final Logger LOG = LoggerFactory.getLogger(DistCache.class);

    private final DistCacheManager manager;
    private final String name;
    private final DistCacheConfiguration<K, V> configuration;
    private final Statistics statistics = new Statistics();
    private final UserObjects<K, V> users;
    private final CacheContext<K, V> context;
    private final Reads<K, V> reads;
    private final Computations<K, V> computations;
    private final EntryOperations<K, V> operations;
    private final LeasedOperations<K, V> leased;
    private final MBeanRegistration statisticsBean;
    private final MBeanRegistration configurationBean;
    private final ConfigurationBean shown;
    private final Evictions evictions;
    private final Class<?> keyType;
    private final Class<?> valueType;
    private volatile boolean closed;

    DistCache(
            DistCacheManager manager,
            String name,
            DistCacheConfiguration<K, V> configuration,
            RemoteCache remote,
            ExpiryTtls expiry,
            UserObjects<K, V> users,
            ManagerSettings settings) {
        this.manager = manager;
        this.name = name;
        this.configuration = configuration;
        this.users = users;
        this.keyType = configuration.getKeyType();
        this.valueType = configuration.getValueType();
        CodecContext codecs = new CodecContext(
                manager.getClassLoader(), settings.allow(), settings.client().limits());
        Codec keys = Codec.create(name, keyType, manager.declaredTypes(name), codecs);
        Codec values = Codec.create(name, valueType, manager.declaredTypes(name), codecs);
        EventHub<K, V> events =
                new EventHub<>(this, remote, keys, values, settings.client().leaseLimit(), manager.getClassLoader());
        this.context = new CacheContext<>(
                name,
                remote,
                events,
                keys,
                values,
                expiry,
                statistics,
                users.loader(),
                configuration.isReadThrough(),
                users.writer());
        LeasedEntries entries =
                new LeasedEntries(remote.handle(), settings.client().leaseLimit(), context);
        this.reads = new Reads<>(context, entries, settings.client().leaseLimit());
        this.computations = new Computations<>(
                context, reads, settings.client().leaseLimit(), UserThreads.computations(manager.getClassLoader()));
        this.leased = new LeasedOperations<>(context, entries);
        this.operations =
                context.writer() != null || expiry.isByClient() ? leased : new PlainOperations<>(context, leased);
        String uri = manager.getURI().toString();
        this.evictions = new Evictions(remote);
        this.shown = new ConfigurationBean(configuration);
        this.statisticsBean =
                MBeanRegistration.ofCache(new StatisticsBean(statistics, evictions), "CacheStatistics", uri, name);
        this.configurationBean = MBeanRegistration.ofCache(shown, "CacheConfiguration", uri, name);
        manager.remains().add(statisticsBean, statisticsBean::close);
        manager.remains().add(configurationBean, configurationBean::close);
    }

    /** Begins what others can see of it: its listeners and its MXBeans. If this throws, the cache is to be closed. */
    void begin() {
        context.events().register(users.listeners());
        enableStatistics(configuration.isStatisticsEnabled());
        enableManagement(configuration.isManagementEnabled());
    }

    // --- reading ---

    @Override
    @SuppressWarnings("NullAway") // the standard says null for a miss
    public V get(K key) {
        checkKey(key);
        return reads.get(key);
    }

    @Override
    public Map<K, V> getAll(Set<? extends K> keys) {
        checkKeys(keys);
        return reads.getAll(keys);
    }

    @Override
    public boolean containsKey(K key) {
        checkKey(key);
        return reads.contains(key);
    }

    @Override
    public void loadAll(
            Set<? extends K> keys, boolean replaceExistingValues, @Nullable CompletionListener completionListener) {
        checkKeys(keys);
        Loader<K, V> loader = context.loader();
        if (loader == null) {
            tell(completionListener, CompletionListener::onCompletion);
            return;
        }
        Set<K> wanted = new HashSet<>(keys);
        // What an event thread's listener starts and perhaps waits for, must not need that thread for events of its
        // own.
        Executor threads = EventHub.isEventThread() ? Runnable::run : UserThreads.loads(manager.getClassLoader());
        threads.execute(() -> load(wanted, replaceExistingValues, loader, completionListener));
    }

    private void load(
            Set<K> wanted, boolean replaceExisting, Loader<K, V> loader, @Nullable CompletionListener listener) {
        try {
            Set<K> missing = new HashSet<>(wanted);
            if (!replaceExisting) {
                missing.removeIf(reads::contains);
            }
            if (!missing.isEmpty()) {
                operations.putLoaded(loader.loadAll(missing), replaceExisting);
            }
        } catch (Throwable e) {
            if (listener == null) {
                LOG.warn("loadAll of cache {} failed and nobody listens for its completion", name, e);
            }
            Exception failure =
                    e instanceof Exception known ? known : new CacheLoaderException("the cache loader failed: " + e, e);
            tell(listener, told -> told.onException(failure));
            return;
        }
        tell(listener, CompletionListener::onCompletion);
    }

    /** A listener's own failure has nobody to go to but the log: the load has ended as it has. */
    private void tell(@Nullable CompletionListener listener, Consumer<CompletionListener> what) {
        if (listener != null) {
            try {
                what.accept(listener);
            } catch (Throwable e) {
                LOG.warn(
                        "the completion listener {} of a loadAll of cache {} failed",
                        listener.getClass().getName(),
                        name,
                        e);
            }
        }
    }

    // --- computing what is missing ---

    @Override
    public @Nullable V getOrCompute(K key, Computation<? extends V> computation) throws Exception {
        checkKey(key);
        return computations.getOrCompute(key, computation);
    }

    @Override
    public CompletionStage<@Nullable V> getOrComputeAsync(
            K key, Computation<? extends CompletionStage<? extends V>> computation, @Nullable Executor continueOn) {
        checkKey(key);
        return computations.getOrComputeAsync(key, computation, continueOn);
    }

    // --- changing ---

    @Override
    public void put(K key, V value) {
        check(key, value);
        operations.put(key, value);
    }

    @Override
    @SuppressWarnings("NullAway") // the standard says null where there was no value
    public V getAndPut(K key, V value) {
        check(key, value);
        return operations.getAndPut(key, value);
    }

    @Override
    public void putAll(Map<? extends K, ? extends V> map) {
        ensureOpen();
        for (Map.Entry<? extends K, ? extends V> entry : map.entrySet()) {
            check(entry.getKey(), entry.getValue());
        }
        if (!map.isEmpty()) {
            operations.putAll(map);
        }
    }

    @Override
    public boolean putIfAbsent(K key, V value) {
        check(key, value);
        return operations.putIfAbsent(key, value);
    }

    @Override
    public boolean remove(K key) {
        checkKey(key);
        return operations.remove(key);
    }

    @Override
    public boolean remove(K key, V oldValue) {
        check(key, oldValue);
        return operations.remove(key, oldValue);
    }

    @Override
    @SuppressWarnings("NullAway") // the standard says null where there was no value
    public V getAndRemove(K key) {
        checkKey(key);
        return operations.getAndRemove(key);
    }

    @Override
    public boolean replace(K key, V oldValue, V newValue) {
        check(key, newValue);
        checkValue(oldValue);
        return operations.replace(key, oldValue, newValue);
    }

    @Override
    public boolean replace(K key, V value) {
        check(key, value);
        return operations.replace(key, value);
    }

    @Override
    @SuppressWarnings("NullAway") // the standard says null where there was no value
    public V getAndReplace(K key, V value) {
        check(key, value);
        return operations.getAndReplace(key, value);
    }

    @Override
    public void removeAll(Set<? extends K> keys) {
        checkKeys(keys);
        if (!keys.isEmpty()) {
            operations.removeAll(keys);
        }
    }

    @Override
    public void removeAll() {
        ensureOpen();
        operations.removeAll();
    }

    @Override
    public void clear() {
        ensureOpen();
        Reply unused = context.call(new Command.Clear(context.handle()));
    }

    // --- entry processors ---

    @Override
    @SuppressWarnings("NullAway") // a processor may return null
    public <T> T invoke(K key, EntryProcessor<K, V, T> entryProcessor, Object... arguments) {
        checkKey(key);
        Objects.requireNonNull(entryProcessor, "entryProcessor");
        return leased.invoke(key, entryProcessor, arguments);
    }

    @Override
    public <T> Map<K, EntryProcessorResult<T>> invokeAll(
            Set<? extends K> keys, EntryProcessor<K, V, T> entryProcessor, Object... arguments) {
        checkKeys(keys);
        Objects.requireNonNull(entryProcessor, "entryProcessor");
        Map<K, EntryProcessorResult<T>> results = new HashMap<>();
        for (K key : keys) {
            try {
                T result = leased.invoke(key, entryProcessor, arguments);
                if (result != null) {
                    results.put(key, new ProcessorResult<>(result, null));
                }
            } catch (RuntimeException | Error e) {
                results.put(key, new ProcessorResult<>(null, e));
            }
        }
        return results;
    }

    // --- the cache itself ---

    @Override
    public String getName() {
        return name;
    }

    @Override
    public CacheManager getCacheManager() {
        return manager;
    }

    @Override
    public <C extends Configuration<K, V>> C getConfiguration(Class<C> type) {
        if (type.isInstance(configuration)) {
            return type.cast(configuration);
        }
        throw new IllegalArgumentException("cache " + name + " has no configuration of " + type);
    }

    @Override
    public void registerCacheEntryListener(CacheEntryListenerConfiguration<K, V> listener) {
        ensureOpen();
        configuration.addCacheEntryListenerConfiguration(listener);
        boolean registered = false;
        try {
            register(Registration.make(listener, name));
            registered = true;
        } catch (DistCacheException e) {
            throw context.translated(e);
        } finally {
            if (!registered) {
                configuration.removeCacheEntryListenerConfiguration(listener);
            }
        }
    }

    private void register(Registration<K, V> registration) {
        try {
            context.events().register(List.of(registration));
        } catch (Throwable e) {
            Closing closing = new Closing();
            registration.close(closing);
            closing.endBecauseOf(e);
            throw e;
        }
    }

    @Override
    public void deregisterCacheEntryListener(CacheEntryListenerConfiguration<K, V> listener) {
        ensureOpen();
        Objects.requireNonNull(listener, "cacheEntryListenerConfiguration");
        try {
            boolean unused = context.events().deregister(listener);
        } catch (DistCacheException e) {
            throw context.translated(e);
        } finally {
            configuration.removeCacheEntryListenerConfiguration(listener);
        }
    }

    @Override
    public Iterator<Entry<K, V>> iterator() {
        ensureOpen();
        return new CacheIterator<>(context, this::ensureOpen, operations::remove);
    }

    void enableStatistics(boolean on) {
        configuration.setStatisticsEnabled(on);
        statistics.enable(on);
        shown.statisticsEnabled(on);
        statisticsBean.set(on);
        if (on) {
            evictions.ask();
        }
    }

    void enableManagement(boolean on) {
        configuration.setManagementEnabled(on);
        shown.managementEnabled(on);
        configurationBean.set(on);
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Closing closing = new Closing()
                .then(() -> manager.forget(this))
                .then(statisticsBean::close)
                .then(configurationBean::close)
                .then(() -> manager.remains().remove(statisticsBean))
                .then(() -> manager.remains().remove(configurationBean))
                .then(context.events()::close)
                .then(context.remote()::close);
        users.close(closing);
        context.events().closeListeners(closing);
        closing.end();
    }

    @Override
    public boolean isClosed() {
        return closed || isDestroyed();
    }

    /** Whether it was destroyed by another manager, which this one hears from the node. */
    boolean isDestroyed() {
        return context.remote().destroyed();
    }

    @Override
    public <T> T unwrap(Class<T> type) {
        if (type.isInstance(this)) {
            return type.cast(this);
        }
        if (type == RemoteCache.class) {
            return type.cast(context.remote());
        }
        throw new IllegalArgumentException(
                "cannot unwrap a DistCache cache to " + type + "; possible are " + Cache.class.getName() + ", "
                        + ComputingCache.class.getName() + " and " + RemoteCache.class.getName());
    }

    @Override
    public String toString() {
        return "DistCache[" + name + (closed ? ", closed]" : "]");
    }

    // --- checks ---

    private void ensureOpen() {
        if (isDestroyed()) {
            close();
            throw new IllegalStateException("cache " + name + " was destroyed");
        }
        if (closed) {
            throw new IllegalStateException("cache " + name + " is closed");
        }
    }

    private void checkKey(@Nullable Object key) {
        ensureOpen();
        Objects.requireNonNull(key, "key");
    }

    private void checkKeys(@Nullable Set<? extends K> keys) {
        ensureOpen();
        for (K key : Objects.requireNonNull(keys, "keys")) {
            Objects.requireNonNull(key, "keys contain null");
        }
    }

    private void checkValue(@Nullable Object value) {
        Objects.requireNonNull(value, "value");
        if (!valueType.isInstance(value)) {
            throw new ClassCastException("a value of cache " + name + " is a "
                    + value.getClass().getName() + ", not a " + valueType.getName());
        }
    }

    private void check(@Nullable Object key, @Nullable Object value) {
        checkKey(key);
        checkValue(value);
        if (!keyType.isInstance(key)) {
            throw new ClassCastException("a key of cache " + name + " is a "
                    + Objects.requireNonNull(key).getClass().getName() + ", not a " + keyType.getName());
        }
    }
}
