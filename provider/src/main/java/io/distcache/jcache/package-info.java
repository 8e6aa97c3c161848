/**
 * JCache 1.1.1 on DistCache: {@link io.distcache.jcache.DistCachingProvider} is found by {@code Caching.getCachingProvider()};
 * {@link io.distcache.jcache.DistCacheConfiguration} adds what the standard leaves open;
 * {@link io.distcache.jcache.ComputingCache} and {@link io.distcache.jcache.DeclaredTypes} are for {@code unwrap}. All else is
 * internal.
 */
@NullMarked
package io.distcache.jcache;

import org.jspecify.annotations.NullMarked;
