package io.distcache.cdi;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.cache.CacheManager;

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
            known = Providers.DISTCACHE_IS_PRESENT ? DistCacheAccess.ofLoader(own, loader) : null;
            if (known == null) {
                known = own.getCachingProvider().getCacheManager(own.getURI(), loader, own.getProperties());
            }
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
