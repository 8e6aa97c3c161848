package io.distcache.server.dispatch;

import io.distcache.server.shard.Caches;
import io.distcache.server.shard.CommitLog;
import io.distcache.server.shard.Shards;

/** What of the node a {@link NamedCache} and a {@link MultiKeyStep} work with. Immutable; its parts are thread-safe. */
record NamedCacheParts(
        Gate gate, Caches caches, Shards shards, CommitLog log, Room room, ReadCounts reads, Replicas replicas) {}
