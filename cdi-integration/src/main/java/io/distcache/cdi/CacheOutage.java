package io.distcache.cdi;

import java.lang.reflect.Method;

/**
 * CDI event: a cache could not be reached in time, and an annotated method went on without it. Fired on the thread that called
 * the method, and also to asynchronous observers. Immutable.
 *
 * @param cacheName the cache
 * @param method the annotated method
 * @param cause what the cache threw
 * @param count how many there were with this one, over all caches of the application
 */
public record CacheOutage(String cacheName, Method method, RuntimeException cause, long count) {}
