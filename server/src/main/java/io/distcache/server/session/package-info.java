/**
 * Who uses the node now: read {@link io.distcache.server.session.ClientSession}. Each connection owns one session, whatever its protocol. What
 * the shards see of it is their own port, {@link io.distcache.server.shard.Session}, and what the pool sees of it is {@link
 * io.distcache.server.pool.PoolClient}. No sockets and no protocols come in here.
 */
@NullMarked
package io.distcache.server.session;

import org.jspecify.annotations.NullMarked;
