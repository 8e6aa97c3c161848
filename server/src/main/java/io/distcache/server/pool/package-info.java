/**
 * The node as a member of a pool: who is in it ({@link io.distcache.server.pool.Pool}, where to begin), and what is handed over to
 * members that return ({@link io.distcache.server.pool.HandOver}). What commands are checked against, and where hints are left, is with
 * the shards: {@link io.distcache.server.shard.Ownership} and {@link io.distcache.server.shard.Hints}. Nothing here knows other nodes:
 * all is told by clients.
 */
@NullMarked
package io.distcache.server.pool;

import org.jspecify.annotations.NullMarked;
