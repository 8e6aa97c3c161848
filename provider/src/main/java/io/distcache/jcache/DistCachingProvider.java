package io.distcache.jcache;

import io.distcache.client.spi.PerLoader;
import io.distcache.jcache.internal.DistCacheManager;
import io.distcache.jcache.internal.ManagerSettings;
import io.distcache.jcache.internal.ManagerUri;
import io.distcache.jcache.internal.OpeningSettings;
import io.distcache.jcache.internal.user.Closing;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.function.Supplier;
import javax.cache.CacheException;
import javax.cache.CacheManager;
import javax.cache.configuration.OptionalFeature;
import javax.cache.spi.CachingProvider;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * JCache's way in, found by {@code Caching.getCachingProvider()}. Thread-safe.
 *
 * <pre>
 *  distcache://host:port[,host:port...]/namespace?option=value&amp;...   caches on nodes elsewhere
 *  distcache:embedded[/namespace][?option=value&amp;...]                 a node inside this process
 *  file:/path/distcache.properties, classpath:distcache.properties      settings in a file: pool, options, caches
 * </pre>
 *
 * <p>What {@code getURI()} gives is the same in a spelling without {@code , = ? *}, as in {@code
 * distcache://h1:2050;h2:2050/shop;timeout~3s}, and without secrets ({@link io.distcache.protocol.UriSpelling}).
 *
 * <p>The property {@code distcache.uri} of the manager names the URI where none is given, or the default one. The default URI is the system property {@code distcache.uri}, else the environment variable {@code DISTCACHE_URI}, else
 * {@code distcache:embedded}. docs/operating.md lists the options; each can also be given as a property {@code
 * distcache.<option>} of the manager, or of the system.
 */
public final class DistCachingProvider implements CachingProvider {
    private static final Logger LOG = LoggerFactory.getLogger(DistCachingProvider.class);

    /** They live as long as their class loader, if nobody closes them, and do not keep it; by their URI's identity. */
    private final PerLoader<Map<String, DistCacheManager>> managers = new PerLoader<>();

    private @Nullable ManagerUri defaultWhere;

    @Override
    public CacheManager getCacheManager(
            @Nullable URI uri, @Nullable ClassLoader classLoader, @Nullable Properties properties) {
        Properties given = properties == null ? new Properties() : properties;
        return manager(where(uri, given), classLoader == null ? getDefaultClassLoader() : classLoader, given);
    }

    /**
     * The manager of the same nodes and options as another one of this provider, for another class loader. {@link CacheManager#getURI()} alone
     * would not do, as it leaves out what is secret.
     *
     * @throws IllegalArgumentException if the other one is not of this provider
     */
    public CacheManager managerLike(CacheManager like, ClassLoader classLoader) {
        DistCacheManager model = like.unwrap(DistCacheManager.class);
        return manager(model.where(), classLoader, model.getProperties());
    }

    private CacheManager manager(ManagerUri where, ClassLoader loader, Properties given) {
        while (true) {
            DistCacheManager manager = open(where, loader);
            if (manager == null) {
                // Without the lock: it may read a file.
                manager = openOrMake(where, loader, given, settings(where, given, loader));
            }
            if (manager.begin()) {
                manager.warnOf(given);
                return manager;
            }
        }
    }

    /** Where a manager is: a URI that is given, else what its properties name, else the default. */
    private ManagerUri where(@Nullable URI uri, Properties given) {
        String text = given.getProperty(ManagerSettings.URI_PROPERTY);
        ManagerUri named = text == null || text.isBlank() ? null : reading(() -> ManagerUri.ofProperty(text));
        if (uri == null) {
            return named == null ? defaultWhere() : named;
        }
        ManagerUri asked = ManagerUri.of(uri);
        if (isDefault(asked)) {
            return named == null ? defaultWhere() : named;
        }
        if (named != null && asked.namesNodes() && !asked.identity().equals(named.identity())) {
            LOG.warn("the manager of {} was asked for, so the property distcache.uri = {} has no effect", asked, named);
        }
        return asked;
    }

    private boolean isDefault(ManagerUri asked) {
        synchronized (managers) {
            ManagerUri known = defaultWhere;
            return known != null
                    && (asked.identity().equals(known.identity())
                            || asked.given().equals(known.shown()));
        }
    }

    /** The open manager of a URI, also of one that {@code getURI()} gave, without what is hidden. */
    private @Nullable DistCacheManager open(ManagerUri where, ClassLoader loader) {
        synchronized (managers) {
            Map<String, DistCacheManager> ofLoader = managers.find(loader);
            if (ofLoader == null) {
                return null;
            }
            DistCacheManager manager = ofLoader.get(where.identity());
            if (manager == null) {
                manager = ofLoader.values().stream()
                        .filter(one -> one.getURI().equals(where.given()))
                        .findFirst()
                        .orElse(null);
            }
            return manager == null || manager.isClosed() ? null : manager;
        }
    }

    private DistCacheManager openOrMake(
            ManagerUri where, ClassLoader loader, Properties given, OpeningSettings settings) {
        synchronized (managers) {
            DistCacheManager manager = open(where, loader);
            if (manager == null) {
                manager = new DistCacheManager(this, where, loader, given, settings, this::forget);
                managers.get(loader, HashMap::new).put(where.identity(), manager);
            }
            return manager;
        }
    }

    private OpeningSettings settings(ManagerUri where, Properties given, ClassLoader loader) {
        return reading(() -> OpeningSettings.of(where, given, loader, this::defaultWhere));
    }

    private static <T> T reading(Supplier<T> reader) {
        try {
            return reader.get();
        } catch (IllegalArgumentException e) {
            throw new CacheException(e.getMessage(), e);
        }
    }

    private void forget(DistCacheManager closed) {
        synchronized (managers) {
            Map<String, DistCacheManager> ofLoader = managers.find(closed.getClassLoader());
            if (ofLoader != null && ofLoader.remove(closed.where().identity(), closed) && ofLoader.isEmpty()) {
                managers.remove(closed.getClassLoader());
            }
        }
    }

    @Override
    public ClassLoader getDefaultClassLoader() {
        return DistCachingProvider.class.getClassLoader();
    }

    @Override
    public URI getDefaultURI() {
        return defaultWhere().shown();
    }

    private ManagerUri defaultWhere() {
        synchronized (managers) {
            ManagerUri known = defaultWhere;
            if (known == null) {
                known = ManagerUri.of(ManagerSettings.defaultUri());
                if (known.given().equals(ManagerSettings.EMBEDDED)) {
                    LOG.info(
                            "neither the system property distcache.uri nor DISTCACHE_URI names a node: caches are kept in"
                                    + " this process ({})",
                            known);
                }
                defaultWhere = known;
            }
            return known;
        }
    }

    @Override
    public Properties getDefaultProperties() {
        return new Properties();
    }

    @Override
    public CacheManager getCacheManager(@Nullable URI uri, @Nullable ClassLoader classLoader) {
        return getCacheManager(uri, classLoader, getDefaultProperties());
    }

    @Override
    public CacheManager getCacheManager() {
        return getCacheManager(null, getDefaultClassLoader());
    }

    @Override
    public void close() {
        try {
            close(manager -> true);
        } finally {
            synchronized (managers) {
                defaultWhere = null;
            }
        }
    }

    @Override
    public void close(@Nullable ClassLoader classLoader) {
        ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
        close(manager -> manager.getClassLoader() == loader);
    }

    @Override
    public void close(@Nullable URI uri, @Nullable ClassLoader classLoader) {
        ManagerUri where = where(uri, getDefaultProperties());
        ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
        close(manager -> manager.getClassLoader() == loader
                && (manager.where().identity().equals(where.identity())
                        || manager.getURI().equals(where.given())));
    }

    private void close(java.util.function.Predicate<DistCacheManager> which) {
        List<DistCacheManager> open = new ArrayList<>();
        synchronized (managers) {
            managers.all().forEach(ofLoader -> open.addAll(ofLoader.values()));
        }
        Closing closing = new Closing();
        open.stream().filter(which).forEach(manager -> closing.then(manager::close));
        closing.end();
    }

    @Override
    public boolean isSupported(OptionalFeature feature) {
        return switch (feature) {
            case STORE_BY_REFERENCE -> false;
        };
    }
}
