package io.distcache.cdi;

import java.net.URI;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.CacheManager;
import javax.cache.spi.CachingProvider;

/**
 * The cache managers of one application: its own, and for beans that the class loader of this one does not see, one of their own. So it is
 * with the WARs of an EAR whose libraries this extension is among: each has a class loader, and may have other classes by the same
 * names. Thread-safe.
 */
final class LoaderManagers implements AutoCloseable {
    private final Map<ClassLoader, CacheManager> others = new ConcurrentHashMap<>();

    /** {@code own}, or another one of its provider and URI if that is to serve {@code user}. */
    CacheManager of(CacheManager own, Class<?> user) {
        ClassLoader loader = user.getClassLoader();
        if (loader == null || loader == own.getClassLoader() || sees(own.getClassLoader(), user)) {
            return own;
        }
        CacheManager known = others.get(loader);
        if (known == null || known.isClosed()) {
            // As ours was made: what its getURI() gives is without its secrets.
            CachingProvider provider = own.getCachingProvider();
            URI uri = provider.getClass().getName().equals(Providers.DISTCACHE) ? Settings.uri() : own.getURI();
            known = provider.getCacheManager(uri, loader, Settings.properties());
            others.put(loader, known);
        }
        return known;
    }

    private static boolean sees(ClassLoader loader, Class<?> type) {
        try {
            return Class.forName(type.getName(), false, loader) == type;
        } catch (ClassNotFoundException | LinkageError e) {
            return false;
        }
    }

    @Override
    public void close() {
        others.values().forEach(CacheManager::close);
        others.clear();
    }
}
