/**
 * Tools for running nodes: {@code distcache health}, {@code pool} and {@code resume}. Each is a picocli command named after what it
 * does; read {@link io.distcache.server.cli.pool.PoolCommand} first, then {@code PoolSight}, which says what the nodes of a pool tell.
 */
@NullMarked
package io.distcache.server.cli.pool;

import org.jspecify.annotations.NullMarked;
