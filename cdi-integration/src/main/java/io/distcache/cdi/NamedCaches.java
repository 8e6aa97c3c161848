package io.distcache.cdi;

import java.lang.reflect.Type;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import javax.cache.Cache;
import javax.cache.CacheManager;
import javax.cache.annotation.GeneratedCacheKey;
import javax.cache.configuration.Configuration;
import javax.cache.configuration.MutableConfiguration;
import org.jspecify.annotations.Nullable;

/**
 * The caches that annotations name, opened at their first use, and created if they do not exist. A cache that could not be opened
 * is not tried again for a moment, so that an unreachable node costs its connect timeout once and not every caller in turn.
 * Thread-safe.
 */
final class NamedCaches {
    static final long RETRY_NANOS = 1_000_000_000L;

    private final Function<Class<?>, CacheManager> manager;
    private final Map<String, Set<Type>> types;
    private final long limitMillis;
    private final Map<Place, CacheHandle> open = new ConcurrentHashMap<>();
    private final Map<Place, Failed> failed = new ConcurrentHashMap<>();
    /** Held while a cache is opened; so only those who want the same wait for a node that is slow. */
    private final Map<Place, Object> opening = new ConcurrentHashMap<>();

    /** A cache as beans of one class loader have it. */
    private record Place(String name, @Nullable ClassLoader loader) {}

    private record Failed(RuntimeException failure, long nanos) {}

    /**
     * Of the application's cache managers.
     *
     * @param manager the one for beans of a class
     * @param types what each cache holds, by the signatures of the methods that use it
     * @param limitMillis how long those who miss wait for each other
     */
    NamedCaches(Function<Class<?>, CacheManager> manager, Map<String, Set<Type>> types, long limitMillis) {
        this.manager = manager;
        this.types = types;
        this.limitMillis = limitMillis;
    }

    /** The cache of this name, for {@code method}. */
    CacheHandle get(String name, CacheMethod method) {
        Place place = new Place(name, method.beanClass().getClassLoader());
        CacheHandle known = open.get(place);
        if (known != null && !known.cache().isClosed()) {
            return known;
        }
        synchronized (opening.computeIfAbsent(place, p -> new Object())) {
            return open(place, name, method);
        }
    }

    private CacheHandle open(Place place, String name, CacheMethod method) {
        CacheHandle known = open.get(place);
        if (known != null && !known.cache().isClosed()) {
            return known;
        }
        Failed earlier = failed.get(place);
        if (earlier != null && System.nanoTime() - earlier.nanos < RETRY_NANOS) {
            throw earlier.failure;
        }
        try {
            Cache<Object, Object> cache = find(name, method);
            checkKeyType(cache, method);
            CacheHandle handle = new CacheHandle(cache, OncePerMiss.of(cache, limitMillis));
            open.put(place, handle);
            failed.remove(place);
            return handle;
        } catch (RuntimeException e) {
            failed.put(place, new Failed(e, System.nanoTime()));
            throw e;
        }
    }

    private Cache<Object, Object> find(String name, CacheMethod method) {
        CacheManager from = manager.apply(method.beanClass());
        if (Providers.DISTCACHE_IS_PRESENT) {
            DistCacheAccess.declare(from, name, types.getOrDefault(name, Set.of()));
        }
        try {
            Cache<Object, Object> present = from.getCache(name);
            return present != null ? present : create(from, name);
        } catch (RuntimeException e) {
            if (Outages.isOutage(e)) {
                throw e;
            }
            throw new CacheAnnotationException(
                    "cache '" + name + "' of " + method.describe() + " does not exist and cannot be created: "
                            + e.getMessage()
                            + ". Create it with CacheManager.createCache before the first call, or name"
                            + " another in cacheName of the annotation or of @CacheDefaults",
                    e);
        }
    }

    private static Cache<Object, Object> create(CacheManager from, String name) {
        try {
            return from.createCache(name, new MutableConfiguration<>());
        } catch (RuntimeException e) {
            Cache<Object, Object> created = existing(from, name);
            if (created == null) {
                throw e;
            }
            return created; // by another at the same moment
        }
    }

    private static @Nullable Cache<Object, Object> existing(CacheManager from, String name) {
        try {
            return from.getCache(name);
        } catch (RuntimeException e) {
            return null; // The first failure is the one to tell.
        }
    }

    @SuppressWarnings("unchecked") // any configuration of a cache is one of its types
    private static void checkKeyType(Cache<Object, Object> cache, CacheMethod method) {
        if (method.caching().kind() == Caching.Kind.REMOVE_ALL) {
            return;
        }
        Configuration<Object, Object> configuration = cache.getConfiguration(Configuration.class);
        Class<?> type = configuration.getKeyType();
        if (!type.isAssignableFrom(GeneratedCacheKey.class) && !GeneratedCacheKey.class.isAssignableFrom(type)) {
            throw new CacheAnnotationException("cache '" + cache.getName() + "' of " + method.describe()
                    + " has keys of " + type.getName() + ", but annotated methods have generated keys. Create it with"
                    + " setTypes(GeneratedCacheKey.class, ...), or name another in cacheName");
        }
    }
}
