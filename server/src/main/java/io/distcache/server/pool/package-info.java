/**
 * The node as a member of a pool: who is in it ({@link io.distcache.server.pool.Pool}, where to begin), what commands are checked
 * against ({@link io.distcache.server.pool.Ownership}), which changes members that are away have missed ({@link
 * io.distcache.server.pool.Hints}), and how they are told when they are back ({@link io.distcache.server.pool.HandOver}). Nothing here
 * connects to other nodes: all is told by clients. A client is to the pool what {@link io.distcache.server.pool.PoolClient} says.
 */
@NullMarked
package io.distcache.server.pool;

import org.jspecify.annotations.NullMarked;
