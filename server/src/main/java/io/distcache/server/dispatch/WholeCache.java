package io.distcache.server.dispatch;

import io.distcache.protocol.Reply;
import io.distcache.server.pool.Pool;
import io.distcache.server.session.ClientSession;
import io.distcache.server.shard.Cache;
import io.distcache.server.shard.CommitLog;
import org.jspecify.annotations.Nullable;

/** What precedes a change of a whole cache: members of the pool that are away must hear of it later. Thread-safe. */
final class WholeCache {
    private final Pool pool;
    private final CommitLog log;

    WholeCache(Pool pool, CommitLog log) {
        this.pool = pool;
        this.log = log;
    }

    /** Leaves hints for the session's members that are away; why it may not change the cache, or null. */
    Reply.@Nullable Failure refusal(Cache cache, ClientSession session) {
        if (pool.ownership().view() == null) {
            return null;
        }
        Reply.Failure refusal = session.away().isEmpty() ? null : log.refusal();
        return refusal == null ? pool.changesWhole(cache, session) : refusal;
    }
}
