/**
 * What a node knows and decides: caches, their entries by shard, leases, subscriptions. Start with {@link
 * io.distcache.server.shard.Shard}. A shard turns a command into mutations and a reply under its lock; it knows nothing of
 * frames or sockets, reaches the disk only through {@link io.distcache.server.shard.CommitLog}, and hears of other nodes only what
 * {@link io.distcache.server.shard.WriteGate} says.
 */
@NullMarked
package io.distcache.server.shard;

import org.jspecify.annotations.NullMarked;
