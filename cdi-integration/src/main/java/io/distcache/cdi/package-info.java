/**
 * The annotations of JSR-107 on the beans of Jakarta CDI, with any JCache provider. {@link io.distcache.cdi.CachingExtension} is
 * where it begins: {@code MethodReader} finds the annotated methods at deployment, the four interceptors hand each call to its
 * {@code Operation}. Of the provider of this project only {@code DistCacheAccess} knows, of Vert.x only {@code VertxKind}, and
 * both may be absent. {@link io.distcache.cdi.CacheName}, {@link io.distcache.cdi.CacheOutage}, {@link
 * io.distcache.cdi.OutageCounter} and {@link io.distcache.cdi.NodeStateChanged} are what applications may name; they need not.
 */
@NullMarked
package io.distcache.cdi;

import org.jspecify.annotations.NullMarked;
