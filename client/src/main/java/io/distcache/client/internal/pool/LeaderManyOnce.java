package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.internal.link.Retry;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at changes of many entries in a replicated pool: each is made once, and all are on their way at the same time. Confined to
 * one attempt at a time.
 */
final class LeaderManyOnce implements Retry.Attempts<Reply> {
    private final Leaders leaders;
    private final Parts parts;
    /** What has no answer yet. */
    private List<LeaderOnce> left = new ArrayList<>();

    private List<LeaderOnce> sent = List.of();
    private int applied;
    private int existed;
    private @Nullable DistCacheException failed;
    private @Nullable RouteTable sentBy;
    private int attempts;

    LeaderManyOnce(
            Router router, Leaders leaders, DownPolicy down, Parts parts, @Nullable Consumer<Push.Event> ownEvents) {
        this.leaders = leaders;
        this.parts = parts;
        Consumer<Push.Event> together = together(ownEvents);
        for (int i = 0; i < parts.size(); i++) {
            Command.OnEntry change = parts.onEntry(i);
            if (change != null) {
                left.add(new LeaderOnce(router, leaders, down, change, together));
            }
        }
    }

    /** Several event loops bring them. */
    private @Nullable Consumer<Push.Event> together(@Nullable Consumer<Push.Event> ownEvents) {
        return ownEvents == null
                ? null
                : event -> {
                    synchronized (this) {
                        ownEvents.accept(event);
                    }
                };
    }

    @Override
    public CompletableFuture<?> begin(Retry retry) {
        sentBy = leaders.table();
        attempts++;
        sent = new ArrayList<>(left.size());
        List<LeaderOnce> waiting = new ArrayList<>(0);
        List<CompletableFuture<Reply>> replies = new ArrayList<>(left.size());
        for (LeaderOnce change : left) {
            CompletableFuture<Reply> reply = change.beginBeside(retry);
            if (reply == null) {
                waiting.add(change);
            } else {
                sent.add(change);
                replies.add(reply);
            }
        }
        left = waiting;
        return CompletableFuture.allOf(replies.toArray(CompletableFuture<?>[]::new));
    }

    @Override
    public @Nullable Reply result() {
        for (LeaderOnce change : sent) {
            try {
                Reply reply = change.result();
                if (reply == null) {
                    left.add(change);
                } else {
                    count(reply);
                }
            } catch (DistCacheException e) {
                fail(e);
            }
        }
        if (failed != null) {
            leave();
            throw failed;
        }
        return left.isEmpty() ? parts.whole(new Reply[0], applied, existed) : null;
    }

    private void count(Reply reply) {
        if (reply instanceof Reply.Changed changed) {
            applied += changed.applied() ? 1 : 0;
            existed += changed.existed() ? 1 : 0;
        }
    }

    /** The first is thrown; but if anything may have been applied, that. */
    private void fail(DistCacheException e) {
        DistCacheException before = failed;
        if (before == null) {
            failed = e;
        } else if (e instanceof IndeterminateException && !(before instanceof IndeterminateException)) {
            e.addSuppressed(before);
            failed = e;
        } else if (before.getSuppressed().length == 0) {
            before.addSuppressed(e);
        }
    }

    /** What is left is not sent again. */
    private void leave() {
        for (LeaderOnce change : left) {
            try {
                count(change.givenUp());
            } catch (DistCacheException e) {
                fail(e);
            }
        }
        left = List.of();
    }

    @Override
    public Reply givenUp() {
        leave();
        if (failed != null) {
            throw failed;
        }
        return parts.whole(new Reply[0], applied, existed);
    }

    @Override
    public long pauseNanos(long usualNanos) {
        return left.isEmpty()
                ? usualNanos
                : Math.min(leaders.pauseNanos(sentBy, attempts), left.get(0).pauseNanos(usualNanos));
    }
}
