package io.distcache.client.internal.pool;

import io.distcache.client.internal.link.NodeSession;
import io.distcache.protocol.Reply;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Who granted a lease also settles it, wherever its key belongs by then. Thread-safe. */
final class Granters {
    private final Map<Long, NodeSession> byToken = new ConcurrentHashMap<>();

    /** Keeps who granted the lease that a reply brings, if it does. */
    void note(Reply reply, NodeSession session) {
        if (reply instanceof Reply.Leased leased) {
            byToken.put(leased.token(), session);
        }
    }

    @Nullable
    NodeSession of(long token) {
        return byToken.get(token);
    }

    /** The lease is over; who granted it, if that was kept. */
    @Nullable
    NodeSession forget(long token) {
        return byToken.remove(token);
    }
}
