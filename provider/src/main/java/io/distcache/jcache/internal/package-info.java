/**
 * Managers and caches: the standard's methods put together from the packages below. Start with {@link
 * io.distcache.jcache.internal.DistCache}. Nothing here knows about sockets or frames. Objects
 * become bytes in {@link io.distcache.client.spi.codec}; {@code CacheContext} makes the standard's exceptions of the client's.
 */
@NullMarked
package io.distcache.jcache.internal;

import org.jspecify.annotations.NullMarked;
