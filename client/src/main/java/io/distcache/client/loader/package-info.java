/** What DistCache keeps of the class loaders of applications without keeping them from being unloaded: {@link io.distcache.client.loader.PerLoader}. */
@NullMarked
package io.distcache.client.loader;

import org.jspecify.annotations.NullMarked;
