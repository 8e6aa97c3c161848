package io.distcache.cdi;

import javax.cache.Cache;

/**
 * A cache as annotated methods use it. Immutable.
 *
 * @param once how it computes what is missing
 */
record CacheHandle(Cache<Object, Object> cache, OncePerMiss once) {}
