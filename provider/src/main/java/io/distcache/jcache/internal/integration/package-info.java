/**
 * Loaders and writers as the standard wants them called: {@link io.distcache.jcache.internal.integration.Loader} and {@link
 * io.distcache.jcache.internal.integration.Writer}. Knows nothing of leases or caches.
 */
@NullMarked
package io.distcache.jcache.internal.integration;

import org.jspecify.annotations.NullMarked;
