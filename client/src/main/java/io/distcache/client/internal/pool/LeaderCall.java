package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
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
 * applied. Confined to one attempt at a time.
 */
final class LeaderCall implements Retry.Attempts<Reply> {
    private final Router router;
    private final Leaders leaders;
    private final DownPolicy down;
    private final Command.OnEntry command;
    private final @Nullable Consumer<Push.Event> ownEvents;
    private @Nullable RouteTable sentBy;
    private @Nullable SocketSession session;
    private @Nullable CompletableFuture<Reply> sent;
    private @Nullable DistCacheException failed;
    private @Nullable Retry time;
    private int attempts;

    LeaderCall(
            Router router,
            Leaders leaders,
            DownPolicy down,
            Command.OnEntry command,
            @Nullable Consumer<Push.Event> ownEvents) {
        this.router = router;
        this.leaders = leaders;
        this.down = down;
        this.command = command;
        this.ownEvents = ownEvents;
    }

    @Override
    public @Nullable CompletableFuture<?> begin(Retry retry) {
        RouteTable table = leaders.table();
        sentBy = table;
        attempts++;
        time = retry;
        SocketSession to = table.leader(command.key());
        if (to == null || !to.isUsable()) {
            return null;
        }
        session = to;
        sent = retry.one(to.calls(), command, ownEvents);
        if (sent == null) {
            failed = to.calls().noPlace(command);
        }
        return sent;
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
        leaders.note(command, reply, to);
        return reply;
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
        return leaders.pauseNanos(sentBy, attempts);
    }
}
