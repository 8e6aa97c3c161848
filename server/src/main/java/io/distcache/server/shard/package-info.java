/**
 * What a node knows and decides: caches, their entries by shard, leases, subscriptions. Start with {@link
 * io.distcache.server.shard.Shard}. A shard turns a command into mutations and a reply under its lock; it knows nothing of
 * frames or sockets, and reaches the disk only through {@link io.distcache.server.shard.CommitLog}.
 */
@NullMarked
package io.distcache.server.shard;

import org.jspecify.annotations.NullMarked;
