/**
 * The tools of operators: {@code distcache log}, {@code snapshot}, {@code backup}, {@code restore}, {@code resume}; of running nodes
 * {@code health} and {@code pool}. Each is a picocli command named after what it does; read {@link
 * io.distcache.server.inspect.LogCommand} and {@link io.distcache.server.inspect.SnapshotCommand} first, then {@code StartPoint}, which
 * says what a start would find, and {@code PoolSight}, which says what the nodes of a pool tell. Reads logs and snapshots with their own
 * readers and changes nothing that it only reads; no node and no client is to come in here.
 */
@NullMarked
package io.distcache.server.inspect;

import org.jspecify.annotations.NullMarked;
