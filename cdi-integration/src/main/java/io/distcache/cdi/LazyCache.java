package io.distcache.cdi;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.CacheManager;
import org.jspecify.annotations.Nullable;

/**
 * An injected cache. It is the cache itself if that can be opened; else a stand-in that opens it at its first use, so that a node
 * that is away does not keep the application from starting. What could not be opened is not tried again for a moment, as with {@link
 * NamedCaches}. Thread-safe.
 */
final class LazyCache {
    private final CacheManager manager;
    private final Function<CacheManager, Cache<?, ?>> opening;
    private @Nullable Cache<?, ?> opened;
    private @Nullable RuntimeException failure;
    private long failedNanos;

    private LazyCache(CacheManager manager, Function<CacheManager, Cache<?, ?>> opening) {
        this.manager = manager;
        this.opening = opening;
    }

    static Cache<?, ?> of(CacheManager manager, Function<CacheManager, Cache<?, ?>> opening) {
        try {
            return opening.apply(manager);
        } catch (RuntimeException e) {
            if (!Outages.isOutage(e)) {
                throw e;
            }
        }
        LazyCache lazy = new LazyCache(manager, opening);
        return (Cache<?, ?>) Proxy.newProxyInstance(
                Cache.class.getClassLoader(), new Class<?>[] {Cache.class}, (proxy, method, arguments) -> {
                    try {
                        return method.invoke(lazy.opened(), arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private synchronized Cache<?, ?> opened() {
        Cache<?, ?> known = opened;
        if (known == null) {
            RuntimeException earlier = failure;
            if (earlier != null && System.nanoTime() - failedNanos < NamedCaches.RETRY_NANOS) {
                throw earlier;
            }
            try {
                known = opening.apply(manager);
            } catch (RuntimeException e) {
                failure = e;
                failedNanos = System.nanoTime();
                throw e;
            }
            opened = known;
            failure = null;
        }
        return known;
    }
}
