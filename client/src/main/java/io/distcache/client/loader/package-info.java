/**
 * What DistCache keeps of applications, by their class loaders, without keeping these from being unloaded: {@link
 * io.distcache.client.loader.PerLoader}, {@link io.distcache.client.loader.OpenClients}.
 */
@NullMarked
package io.distcache.client.loader;

import org.jspecify.annotations.NullMarked;
