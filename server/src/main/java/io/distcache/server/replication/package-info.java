/**
 * A node as a member of a replicated pool: its shards are copies of those of the other members, and whatever one of them has decided as the
 * leader of a group is applied by all. Read {@link io.distcache.server.replication.GroupLog}, by which a shard's changes are agreed on, then
 * {@link io.distcache.server.replication.ReplicatedStore}, which applies what was agreed on. Consensus itself is behind the port in {@code
 * server.consensus}.
 */
@org.jspecify.annotations.NullMarked
package io.distcache.server.replication;
