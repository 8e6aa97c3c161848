package io.distcache.cdi;

import jakarta.interceptor.InvocationContext;
import javax.cache.Cache;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CacheResolver;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.GeneratedCacheKey;
import org.jspecify.annotations.Nullable;

/** What an interceptor does around one method of one bean. Thread-safe. */
abstract class Operation {
    final CacheMethod method;
    final CachingServices services;
    private final boolean ownGenerator;
    private volatile @Nullable CacheHandle last;
    private volatile @Nullable CacheResolver resolver;

    Operation(CacheMethod method, CachingServices services) {
        this.method = method;
        this.services = services;
        this.ownGenerator = method.caching().generator() == CacheKeyGenerator.class;
    }

    /** The operation that a method's annotation asks for. */
    static Operation of(CacheMethod method, CachingServices services) {
        return method.caching().kind() == Caching.Kind.RESULT
                ? new ResultOperation(method, services)
                : new ChangeOperation(method, services);
    }

    abstract @Nullable Object around(InvocationContext context) throws Exception;

    final GeneratedCacheKey key(InvocationContext context) {
        if (ownGenerator) {
            return method.parameters().key(context.getParameters());
        }
        CacheKeyGenerator generator =
                services.collaborators().get(method.caching().generator());
        GeneratedCacheKey key = generator.generateCacheKey(new Invocation(method, context));
        if (key == null) {
            throw new CacheAnnotationException(
                    "the key generator " + generator.getClass().getName() + " returned null for " + method.describe()
                            + "; let it return a key");
        }
        return key;
    }

    /** Fails for what the default generator will fail for, before the method has done anything. */
    final void checkKey(InvocationContext context) {
        if (ownGenerator) {
            method.parameters().checkKey(context.getParameters());
        }
    }

    final CacheHandle cache(InvocationContext context) {
        CacheHandle known = last;
        if (method.caching().resolverFactory() == CacheResolverFactory.class) {
            if (known == null || known.cache().isClosed()) {
                known = services.caches().get(method.cacheName(), method);
                last = known;
            }
            return known;
        }
        Cache<Object, Object> resolved = resolved(resolver().resolveCache(new Invocation(method, context)));
        if (known == null || known.cache() != resolved) {
            known = new CacheHandle(resolved, OncePerMiss.of(resolved, services.leaseMillis()));
            last = known;
        }
        return known;
    }

    private Cache<Object, Object> resolved(@Nullable Cache<Object, Object> cache) {
        if (cache == null) {
            throw new CacheAnnotationException("the cache resolver of "
                    + method.caching().resolverFactory().getName() + " returned null for " + method.describe()
                    + "; let it return the cache, created if need be");
        }
        return cache;
    }

    /** The standard wants one resolver per method. */
    private CacheResolver resolver() {
        CacheResolver known = resolver;
        if (known != null) {
            return known;
        }
        synchronized (this) {
            known = resolver;
            if (known == null) {
                CacheResolverFactory factory =
                        services.collaborators().get(method.caching().resolverFactory());
                known = required(factory, factory.getCacheResolver(method.details()));
                resolver = known;
            }
            return known;
        }
    }

    final CacheResolver required(CacheResolverFactory factory, @Nullable CacheResolver given) {
        if (given == null) {
            throw new CacheAnnotationException("the resolver factory "
                    + factory.getClass().getName() + " returned null for " + method.describe()
                    + "; let it return a resolver");
        }
        return given;
    }

    /** Returns if the method is to go on without the cache; throws otherwise. */
    final void tolerate(RuntimeException failure) {
        services.outages().tolerate(method, method.cacheName(), failure);
    }
}
