package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.NodeListener;
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
 * The attempts at a command on one entry in a replicated pool: sent to who leads its group, and to the next leader if it was surely not
 * applied. A read that finds no leader is sent to any member in between, if the cache allows that ({@link StaleReads}). Confined to one
 * attempt at a time.
 */
final class LeaderCall implements Retry.Attempts<Reply> {
    private final Router router;
    private final Leaders leaders;
    private final DownPolicy down;
    private final StaleReads stale;
    private final Command.OnEntry command;
    /** What a member that does not lead may answer; null if nothing. */
    private Command.@Nullable Stale read;

    private final @Nullable Consumer<Push.Event> ownEvents;
    private @Nullable RouteTable sentBy;
    private @Nullable SocketSession session;
    private @Nullable CompletableFuture<Reply> sent;
    private @Nullable DistCacheException failed;
    private @Nullable Retry time;
    private int attempts;
    /** Whether the present attempt, or the last one, is at a member that need not lead. */
    private boolean isStale;

    LeaderCall(
            Router router,
            Leaders leaders,
            DownPolicy down,
            StaleReads stale,
            Command.OnEntry command,
            @Nullable Consumer<Push.Event> ownEvents) {
        this.router = router;
        this.leaders = leaders;
        this.down = down;
        this.stale = stale;
        this.command = command;
        this.read = stale.insteadOf(command);
        this.ownEvents = ownEvents;
    }

    @Override
    public @Nullable CompletableFuture<?> begin(Retry retry) {
        RouteTable table = leaders.table();
        sentBy = table;
        attempts++;
        time = retry;
        SocketSession to = table.leader(command.key());
        Command.Stale instead = read;
        isStale = instead != null && isForAnyMember(to);
        if (isStale) {
            to = StaleReads.member(table);
        }
        if (to == null || !to.isUsable()) {
            return null;
        }
        session = to;
        sent = isStale && instead != null
                ? retry.one(to.calls(), instead, null)
                : retry.one(to.calls(), command, ownEvents);
        if (sent == null) {
            failed = to.calls().noPlace(command);
        }
        return sent;
    }

    /** Whether it is time to ask a member that need not lead: there is no leader, or there seems to be none; but not twice in a row then. */
    private boolean isForAnyMember(@Nullable SocketSession leader) {
        if (leader == null || !leader.isUsable()) {
            return true;
        }
        return !isStale && (attempts > 1 || leader.state() != NodeListener.State.HEALTHY);
    }

    @Override
    public @Nullable Reply result() {
        SocketSession to = session;
        if (to == null) {
            throw new IllegalStateException("nothing was sent");
        }
        Reply reply;
        try {
            reply = Arrived.reply(sent);
        } catch (UnreachableException e) {
            return failed(e);
        }
        if (Calls.isElsewhere(reply)) {
            return failed(router.refused(to, command, (Reply.Failure) reply));
        }
        if (reply instanceof Reply.Stale old) {
            return found(old.answer());
        }
        leaders.note(command, reply, to);
        if (read != null) {
            stale.answeredByLeader();
        }
        return reply;
    }

    /** A member that does not lead has told what it has. */
    private @Nullable Reply found(Reply answer) {
        if (!StaleReads.isAnswerTo(command, answer)) {
            read = null;
            return null;
        }
        stale.answered(1);
        return answer;
    }

    private @Nullable Reply failed(UnreachableException why) {
        failed = why;
        if (time != null) {
            time.renewIfOutlived();
        }
        return null;
    }

    @Override
    public Reply givenUp() {
        return down.missOr(command, leaders.unreachable(down.describe(command), command.key(), failed));
    }

    @Override
    public long pauseNanos(long usualNanos) {
        // Whether nobody leads another member knows at once.
        return read != null && attempts == 1 && !isStale ? 0 : leaders.pauseNanos(sentBy, attempts);
    }
}
