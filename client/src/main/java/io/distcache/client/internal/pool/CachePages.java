package io.distcache.client.internal.pool;

import io.distcache.client.FailurePolicy;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.ring.HashRing;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A walk over a cache, node by node. Of each node it takes the entries that the node served when the walk began: so what another serves
 * meanwhile on behalf of one that went down does not come twice. If the pool becomes a replicated one before it is over, it begins anew there:
 * nothing says how far it had come in the order that entries have now. Confined to one thread.
 */
final class CachePages implements RemoteCache.Pages {
    private final RoutedCache cache;
    private final Router router;
    private final FailurePolicy policy;
    private final int maxEntries;
    private final boolean keysOnly;
    private final Bytes match;
    private final Function<Leaders, LeaderPages> replicated;
    /** The walk that began anew in a replicated pool; null before there is one. */
    private @Nullable LeaderPages anew;

    private Router.@Nullable View view;
    private boolean[] served = {};
    private int node;
    private long cursor;

    /** {@code replicated} begins the same walk in a replicated pool. */
    CachePages(
            RoutedCache cache,
            Router router,
            FailurePolicy policy,
            int maxEntries,
            boolean keysOnly,
            Bytes match,
            Function<Leaders, LeaderPages> replicated) {
        this.cache = cache;
        this.router = router;
        this.policy = policy;
        this.maxEntries = maxEntries;
        this.keysOnly = keysOnly;
        this.match = match;
        this.replicated = replicated;
    }

    @Override
    public @Nullable List<Reply.Item> next() {
        LeaderPages begun = anew();
        if (begun != null) {
            return begun.next();
        }
        Router.View walked = view == null ? begin() : view;
        HashRing ring = walked.ring();
        if (ring == null) {
            return ofOnly(walked);
        }
        List<SocketSession> sessions = walked.sessions();
        while (node < sessions.size()) {
            if (served[node]) {
                Reply.Page page = page(sessions.get(node));
                if (router.leaders() != null) {
                    // Whichever of its lives the node has answered in.
                    return next();
                }
                if (page != null) {
                    int at = node;
                    advance(page.cursor());
                    return page.items().stream()
                            .filter(item -> ring.firstOf(item.key(), member -> served[member]) == at)
                            .toList();
                }
            }
            advance(-1);
        }
        return null;
    }

    /** The walk in a replicated pool, if there is one by now, and there was more to come. */
    private @Nullable LeaderPages anew() {
        Router.View walked = view;
        boolean isOver = cursor < 0 || walked != null && walked.ring() != null && node == served.length;
        Leaders leaders = router.leaders();
        if (anew == null && leaders != null && !isOver) {
            anew = replicated.apply(leaders);
        }
        return anew;
    }

    private Router.View begin() {
        Router.View now = router.view();
        served = new boolean[now.sessions().size()];
        SocketSession down = null;
        boolean any = false;
        for (int i = 0; i < served.length; i++) {
            served[i] = now.sessions().get(i).isUsable();
            any |= served[i];
            down = served[i] ? down : now.sessions().get(i);
        }
        if (down != null && now.ring() != null) {
            if (policy == FailurePolicy.THROW) {
                throw Router.down(down, "; the cache's failure policy is throw");
            }
            if (!any && policy == FailurePolicy.FAILOVER) {
                throw Router.down(down, ", and no other node of the pool can be reached");
            }
        }
        view = now;
        return now;
    }

    private void advance(long to) {
        cursor = Math.max(to, 0);
        if (to < 0) {
            node++;
        }
    }

    private @Nullable List<Reply.Item> ofOnly(Router.View walked) {
        if (cursor < 0) {
            return null;
        }
        Reply.Page page = isAlone() ? ofPool() : null;
        LeaderPages begun = anew;
        if (begun != null) {
            return page == null ? begun.next() : begun.took(page);
        }
        if (!isAlone()) {
            // Others are beside it now: the cursor is none of theirs, and what they may have been asked is no part of
            // this walk.
            page = walked.only() instanceof SocketSession only ? page(only) : null;
        }
        cursor = page == null ? -1 : page.cursor();
        return page == null ? null : page.items();
    }

    private boolean isAlone() {
        return router.view().ring() == null;
    }

    private Reply.Page ofPool() {
        return (Reply.Page) cache.page(scan(), leaders -> {
            LeaderPages begun = replicated.apply(leaders);
            anew = begun;
            return begun.attempts();
        });
    }

    private Command.Scan scan() {
        return new Command.Scan(cache.handle(), cursor, maxEntries, keysOnly, match);
    }

    /** The next page of a node; null if it has gone, which is a miss. */
    private Reply.@Nullable Page page(SocketSession session) {
        Command scan = scan();
        Retry retry = new Retry(session.calls());
        try {
            return retry.waiting(
                    e -> e instanceof UnreachableException && session.isUsable() && router.leaders() == null,
                    () -> page(session, scan, retry));
        } catch (UnreachableException e) {
            if (router.leaders() != null || !session.isUsable() && policy != FailurePolicy.THROW) {
                return null;
            }
            throw e;
        }
    }

    private Reply.Page page(SocketSession session, Command scan, Retry retry) {
        Reply reply = session.calls().ask(scan, retry.leftNanos(), null);
        if (Calls.isElsewhere(reply)) {
            throw router.refused(session, scan, (Reply.Failure) reply);
        }
        if (WholeCache.isPageOfMember(session, reply)) {
            throw Router.unsettled();
        }
        return (Reply.Page) reply;
    }
}
