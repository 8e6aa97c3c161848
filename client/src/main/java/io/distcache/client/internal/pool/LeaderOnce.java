package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.OverloadedException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.Retry;
import io.distcache.client.internal.link.SocketSession;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at a change of one entry in a replicated pool, which is made once: it has one number, and goes with it to whoever leads the
 * entry's group at the time. If a leader before had made it, its reply is in the group's log, and comes again; if not, it is made now.
 * Confined to one attempt at a time.
 */
final class LeaderOnce implements Retry.Attempts<Reply> {
    private final Router router;
    private final Leaders leaders;
    private final DownPolicy down;
    private final Command.OnEntry change;
    private final @Nullable Consumer<Push.Event> ownEvents;
    private @Nullable RouteTable sentBy;
    private @Nullable SocketSession session;
    private Command.@Nullable Once once;
    private @Nullable CompletableFuture<Reply> sent;
    /** Why it is not known what became of the change; null while it was surely not made. */
    private @Nullable IndeterminateException unknown;

    private @Nullable DistCacheException failed;
    private @Nullable Retry time;
    private int attempts;

    LeaderOnce(
            Router router,
            Leaders leaders,
            DownPolicy down,
            Command.OnEntry change,
            @Nullable Consumer<Push.Event> ownEvents) {
        this.router = router;
        this.leaders = leaders;
        this.down = down;
        this.change = change;
        this.ownEvents = ownEvents;
    }

    @Override
    public @Nullable CompletableFuture<?> begin(Retry retry) {
        time = retry;
        SocketSession to = leader();
        Command.Once numbered = to == null ? null : numbered();
        if (to == null || numbered == null) {
            return null;
        }
        return sent(to, retry.one(to.calls(), numbered, ownEvents));
    }

    /** Begins an attempt beside others; null if nothing can be sent yet. */
    @Nullable
    CompletableFuture<Reply> beginBeside(Retry retry) {
        SocketSession to = leader();
        Command.Once numbered = to == null ? null : numbered();
        if (to == null || numbered == null) {
            return null;
        }
        return sent(to, retry.oneOfSeveral(to.calls(), numbered, ownEvents));
    }

    /** Who leads the entry's group and can be asked. */
    private @Nullable SocketSession leader() {
        RouteTable table = leaders.table();
        sentBy = table;
        attempts++;
        SocketSession to = table.leader(change.key());
        return to == null || !to.isUsable() ? null : to;
    }

    private Command.@Nullable Once numbered() {
        if (once == null) {
            once = leaders.open(change);
            if (once == null) {
                failed = new OverloadedException(
                        down.describe(change)
                                + " was not sent: too many changes in the entry's group wait for their replies already. Back off");
            }
        } else if (unknown != null) {
            router.repeatedChanges.increment();
        }
        return once;
    }

    private @Nullable CompletableFuture<Reply> sent(SocketSession to, @Nullable CompletableFuture<Reply> future) {
        session = to;
        sent = future;
        if (future == null) {
            failed = to.calls().noPlace(change);
        }
        return future;
    }

    @Override
    public @Nullable Reply result() {
        SocketSession to = session;
        if (to == null) {
            throw new IllegalStateException("nothing was sent");
        }
        boolean isOpen = false;
        try {
            Reply reply = arrived(to);
            isOpen = reply == null;
            if (reply != null) {
                checkOld(reply);
            } else if (time != null) {
                time.renewIfOutlived();
            }
            return reply;
        } finally {
            if (!isOpen) {
                close();
            }
        }
    }

    private @Nullable Reply arrived(SocketSession to) {
        IndeterminateException since = unknown;
        try {
            Reply reply = Arrived.reply(sent);
            if (!Calls.isElsewhere(reply)) {
                return reply;
            }
            failed = router.refused(to, change, (Reply.Failure) reply);
        } catch (UnreachableException e) {
            failed = e;
        } catch (IndeterminateException e) {
            unknown = since == null ? e : since;
            failed = e;
        } catch (RequestRefusedException e) {
            if (since == null || e.reason() == Reason.BAD_REQUEST || e.reason() == Reason.TOO_LARGE) {
                // It came to be made, so it had not been.
                throw e;
            }
            since.addSuppressed(e);
            throw since;
        } catch (DistCacheException e) {
            if (since == null) {
                throw e;
            }
            since.addSuppressed(e);
            throw since;
        }
        return null;
    }

    /** The reply that a node keeps is without the old value if that is large. */
    private void checkOld(Reply reply) {
        boolean wantsOld = change instanceof Command.Put put && put.returnOld()
                || change instanceof Command.Remove remove && remove.returnOld();
        if (wantsOld && reply instanceof Reply.Changed changed && changed.existed() && changed.old() == null) {
            IndeterminateException since = unknown;
            throw new IndeterminateException(
                    down.describe(change)
                            + " has been made once, but its reply was lost, and the old value, of over "
                            + Command.Once.MOST_OLD_BYTES
                            + " bytes or while the nodes kept many, is not kept. Do not repeat it; read the entry if its"
                            + " present value is enough",
                    since);
        }
    }

    private void close() {
        if (once != null) {
            leaders.close(once);
        }
    }

    @Override
    public Reply givenUp() {
        close();
        IndeterminateException since = unknown;
        DistCacheException last = failed;
        if (since != null) {
            since.addSuppressed(leaders.unreachable(down.describe(change), change.key(), last == since ? null : last));
            throw since;
        }
        if (last instanceof OverloadedException) {
            throw last;
        }
        return down.missOr(change, leaders.unreachable(down.describe(change), change.key(), last));
    }

    @Override
    public long pauseNanos(long usualNanos) {
        return failed instanceof OverloadedException ? usualNanos : leaders.pauseNanos(sentBy, attempts);
    }
}
