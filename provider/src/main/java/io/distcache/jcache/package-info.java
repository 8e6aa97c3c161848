/**
 * JCache 1.1.1 on DistCache: {@link io.distcache.jcache.DistCachingProvider} is found by {@code Caching.getCachingProvider()};
 * {@link io.distcache.jcache.DistCacheConfiguration} adds what the standard leaves open. All else is internal.
 */
@NullMarked
package io.distcache.jcache;

import org.jspecify.annotations.NullMarked;
