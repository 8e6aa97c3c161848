package io.distcache.jcache;

import io.distcache.client.loader.PerLoader;
import io.distcache.jcache.internal.DistCacheManager;
import io.distcache.jcache.internal.ManagerSettings;
import io.distcache.jcache.internal.user.Closing;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
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
 * </pre>
 *
 * <p>The default URI is the system property {@code distcache.uri}, else the environment variable {@code DISTCACHE_URI}, else
 * {@code distcache:embedded}. docs/operating.md lists the options; each can also be given as a property {@code
 * distcache.<option>} of the manager, or of the system.
 */
public final class DistCachingProvider implements CachingProvider {
    private static final Logger LOG = LoggerFactory.getLogger(DistCachingProvider.class);

    /** They live as long as their class loader, if nobody closes them, and do not keep it. */
    private final PerLoader<Map<URI, DistCacheManager>> managers = new PerLoader<>();

    private @Nullable URI defaultUri;

    @Override
    public CacheManager getCacheManager(
            @Nullable URI uri, @Nullable ClassLoader classLoader, @Nullable Properties properties) {
        URI known = uri == null ? getDefaultURI() : uri;
        ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
        synchronized (managers) {
            Map<URI, DistCacheManager> ofLoader = managers.get(loader, HashMap::new);
            DistCacheManager manager = ofLoader.get(known);
            if (manager == null || manager.isClosed()) {
                Properties given = properties == null ? new Properties() : properties;
                manager = new DistCacheManager(this, known, loader, given, settings(known, given), this::forget);
                ofLoader.put(known, manager);
            }
            return manager;
        }
    }

    private static ManagerSettings settings(URI uri, Properties properties) {
        try {
            return ManagerSettings.of(uri, properties);
        } catch (IllegalArgumentException e) {
            throw new CacheException(e.getMessage(), e);
        }
    }

    private void forget(DistCacheManager closed) {
        synchronized (managers) {
            Map<URI, DistCacheManager> ofLoader = managers.find(closed.getClassLoader());
            if (ofLoader != null && ofLoader.remove(closed.getURI(), closed) && ofLoader.isEmpty()) {
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
        synchronized (managers) {
            URI known = defaultUri;
            if (known == null) {
                known = ManagerSettings.defaultUri();
                if (known.equals(ManagerSettings.EMBEDDED)) {
                    LOG.info(
                            "neither the system property distcache.uri nor DISTCACHE_URI names a node: caches are kept in"
                                    + " this process ({})",
                            known);
                }
                defaultUri = known;
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
        return getCacheManager(getDefaultURI(), getDefaultClassLoader());
    }

    @Override
    public void close() {
        try {
            close(manager -> true);
        } finally {
            synchronized (managers) {
                defaultUri = null;
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
        URI known = uri == null ? getDefaultURI() : uri;
        ClassLoader loader = classLoader == null ? getDefaultClassLoader() : classLoader;
        close(manager -> manager.getClassLoader() == loader && manager.getURI().equals(known));
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
