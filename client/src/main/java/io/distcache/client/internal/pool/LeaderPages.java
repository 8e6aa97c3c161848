package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.client.spi.RemoteCache;
import io.distcache.protocol.Bytes;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A walk over a cache in a replicated pool, partition by partition: the cursor says in which it is, and so whom to ask. What a leader began
 * the next one goes on with: entries lie in the same order at all members, which hash keys by what follows from their pool's secret. Confined
 * to one thread.
 */
final class LeaderPages implements RemoteCache.Pages {
    /** Where in a cursor the partition begins. */
    private static final int PARTITION_SHIFT = 40;

    private final Router router;
    private final Leaders leaders;
    private final DownPolicy down;
    private final int cache;
    private final int maxEntries;
    private final boolean keysOnly;
    private final Bytes match;
    private long cursor;

    LeaderPages(
            Router router, Leaders leaders, DownPolicy down, int cache, int maxEntries, boolean keysOnly, Bytes match) {
        this.router = router;
        this.leaders = leaders;
        this.down = down;
        this.cache = cache;
        this.maxEntries = maxEntries;
        this.keysOnly = keysOnly;
        this.match = match;
    }

    @Override
    public @Nullable List<Reply.Item> next() {
        if (cursor < 0) {
            return null;
        }
        router.some().calls().refuseOnEventLoop();
        return took((Reply.Page) new Retry(router.some().calls()).waiting(attempts()));
    }

    /** The attempts at the next page, which {@link #took} is told of. */
    Retry.Attempts<Reply> attempts() {
        return new NextPage(group());
    }

    /** The walk goes on behind a page. */
    List<Reply.Item> took(Reply.Page page) {
        cursor = page.cursor();
        return page.items();
    }

    private int group() {
        return leaders.table().routes().groupOfPartition((int) (cursor >>> PARTITION_SHIFT));
    }

    /** The attempts at one page. Confined to one attempt at a time. */
    private final class NextPage implements Retry.Attempts<Reply> {
        private final Command command = new Command.Scan(cache, cursor, maxEntries, keysOnly, match);
        private final int group;
        private @Nullable RouteTable sentBy;
        private @Nullable SocketSession session;
        private @Nullable CompletableFuture<Reply> sent;
        private @Nullable DistCacheException failed;
        private int attempts;

        NextPage(int group) {
            this.group = group;
        }

        @Override
        public @Nullable CompletableFuture<?> begin(Retry retry) {
            RouteTable table = leaders.table();
            sentBy = table;
            attempts++;
            SocketSession to = table.leaderOf(group);
            if (to == null || !to.isUsable()) {
                return null;
            }
            session = to;
            sent = retry.one(to.calls(), command, null);
            return sent;
        }

        @Override
        public @Nullable Reply result() {
            SocketSession to = session;
            try {
                Reply reply = Arrived.reply(sent);
                if (to == null || !Calls.isElsewhere(reply)) {
                    return reply;
                }
                failed = router.refused(to, command, (Reply.Failure) reply);
            } catch (UnreachableException e) {
                failed = e;
            }
            return null;
        }

        @Override
        public Reply givenUp() {
            if (down.isMiss()) {
                router.missedReads.increment();
                return new Reply.Page(nextGroup(), List.of());
            }
            throw leaders.unreachable(down.describe(command), group, failed);
        }

        /** Where the next group begins; -1 after the last. */
        private long nextGroup() {
            for (int partition = 0; partition < Routes.PARTITIONS; partition++) {
                if (leaders.table().routes().groupOfPartition(partition) > group) {
                    return (long) partition << PARTITION_SHIFT;
                }
            }
            return -1;
        }

        @Override
        public long pauseNanos(long usualNanos) {
            return leaders.pauseNanos(sentBy, attempts);
        }
    }
}
