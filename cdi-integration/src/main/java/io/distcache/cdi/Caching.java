package io.distcache.cdi;

import java.lang.annotation.Annotation;
import java.util.List;
import javax.cache.annotation.CacheKeyGenerator;
import javax.cache.annotation.CachePut;
import javax.cache.annotation.CacheRemove;
import javax.cache.annotation.CacheRemoveAll;
import javax.cache.annotation.CacheResolverFactory;
import javax.cache.annotation.CacheResult;
import org.jspecify.annotations.Nullable;

/**
 * What one of the four annotations says, whichever it is. Immutable.
 *
 * @param cacheName empty if the annotation leaves it to the defaults
 * @param generator CacheKeyGenerator itself if the annotation leaves it to the defaults
 * @param resolverFactory CacheResolverFactory itself if the annotation leaves it to the defaults
 * @param exceptionCacheName empty if exceptions are not cached
 * @param exceptions which exceptions count: as results to cache, or as reasons to change the cache all the same
 */
record Caching(
        Kind kind,
        Annotation annotation,
        String cacheName,
        Class<? extends CacheKeyGenerator> generator,
        Class<? extends CacheResolverFactory> resolverFactory,
        boolean afterInvocation,
        boolean skipGet,
        String exceptionCacheName,
        ExceptionRule exceptions) {

    /** Which annotation. */
    enum Kind {
        RESULT(CacheResult.class),
        PUT(CachePut.class),
        REMOVE(CacheRemove.class),
        REMOVE_ALL(CacheRemoveAll.class);

        private final Class<? extends Annotation> type;

        Kind(Class<? extends Annotation> type) {
            this.type = type;
        }

        Class<? extends Annotation> type() {
            return type;
        }
    }

    static boolean isCaching(Annotation annotation) {
        return of(annotation) != null;
    }

    /** What an annotation says; null if it is none of the four. */
    static @Nullable Caching of(Annotation annotation) {
        if (annotation instanceof CacheResult a) {
            return new Caching(
                    Kind.RESULT,
                    a,
                    a.cacheName(),
                    a.cacheKeyGenerator(),
                    a.cacheResolverFactory(),
                    true,
                    a.skipGet(),
                    a.exceptionCacheName(),
                    new ExceptionRule(List.of(a.cachedExceptions()), List.of(a.nonCachedExceptions()), true));
        }
        if (annotation instanceof CachePut a) {
            return new Caching(
                    Kind.PUT,
                    a,
                    a.cacheName(),
                    a.cacheKeyGenerator(),
                    a.cacheResolverFactory(),
                    a.afterInvocation(),
                    true,
                    "",
                    new ExceptionRule(List.of(a.cacheFor()), List.of(a.noCacheFor()), false));
        }
        if (annotation instanceof CacheRemove a) {
            return new Caching(
                    Kind.REMOVE,
                    a,
                    a.cacheName(),
                    a.cacheKeyGenerator(),
                    a.cacheResolverFactory(),
                    a.afterInvocation(),
                    true,
                    "",
                    new ExceptionRule(List.of(a.evictFor()), List.of(a.noEvictFor()), false));
        }
        if (annotation instanceof CacheRemoveAll a) {
            return new Caching(
                    Kind.REMOVE_ALL,
                    a,
                    a.cacheName(),
                    CacheKeyGenerator.class,
                    a.cacheResolverFactory(),
                    a.afterInvocation(),
                    true,
                    "",
                    new ExceptionRule(List.of(a.evictFor()), List.of(a.noEvictFor()), false));
        }
        return null;
    }
}
