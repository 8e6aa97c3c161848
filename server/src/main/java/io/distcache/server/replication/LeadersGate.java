package io.distcache.server.replication;

import io.distcache.protocol.Bytes;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.Session;
import io.distcache.server.shard.WriteGate;
import java.util.List;

/** Only the node that leads a group changes its entries; there are no hints. Thread-safe. */
final class LeadersGate implements WriteGate {
    private final GroupLog log;
    private final int group;

    LeadersGate(GroupLog log, int group) {
        this.log = log;
        this.group = group;
    }

    @Override
    public Passage passage(Session session, Bytes key, boolean wholeCache) {
        return log.leadsGroup(group) ? OPEN : new Passage(log.notLeader(group), List.of());
    }

    @Override
    public CacheHints hints(String member, Cache cache) {
        throw new IllegalStateException("nobody changes entries on behalf of others in a replicated pool");
    }
}
