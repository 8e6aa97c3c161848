/**
 * A pool of nodes: who is in it and serves, where a command goes, and what becomes of calls whose node is down. Start with {@code
 * RoutedCache}, then {@code Router}, {@code PooledCalls} and {@code PoolMonitor}. How a command gets to a node is the link's business.
 */
@NullMarked
package io.distcache.client.internal.pool;

import org.jspecify.annotations.NullMarked;
