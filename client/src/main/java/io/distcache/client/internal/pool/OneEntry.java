package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.Retry;
import io.distcache.protocol.Command;
import io.distcache.protocol.Push;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at a command on one entry: sent to who serves its key, again if it was surely not applied. Confined to one attempt at a
 * time.
 */
final class OneEntry implements Retry.Attempts<Reply> {
    private final Router router;
    private final DownPolicy down;
    private final Granters granters;
    private final Command.OnEntry command;
    private final @Nullable Consumer<Push.Event> ownEvents;
    private @Nullable NodeSession session;
    private @Nullable CompletableFuture<Reply> sent;
    /** Whether what was sent is a removal, since the command itself is dropped. */
    private boolean isDropping;

    private @Nullable DistCacheException failed;

    OneEntry(
            Router router,
            DownPolicy down,
            Granters granters,
            Command.OnEntry command,
            @Nullable Consumer<Push.Event> ownEvents) {
        this.router = router;
        this.down = down;
        this.granters = granters;
        this.command = command;
        this.ownEvents = ownEvents;
    }

    @Override
    public @Nullable CompletableFuture<?> begin(Retry retry) {
        NodeSession serving = router.serving(command.key(), down.policy());
        isDropping = serving == null;
        if (serving != null) {
            return sent(serving, retry.one(serving.calls(), command, ownEvents));
        }
        DownPolicy.Instead instead = down.instead(command);
        NodeSession at = instead.at();
        Command removal = instead.removal();
        if (at != null && removal != null) {
            return sent(at, retry.one(at.calls(), removal, null));
        }
        Reply answer = instead.answer();
        session = null;
        sent = answer == null ? null : CompletableFuture.completedFuture(answer);
        return sent;
    }

    private @Nullable CompletableFuture<Reply> sent(NodeSession to, @Nullable CompletableFuture<Reply> future) {
        session = to;
        sent = future;
        if (future == null) {
            failed = to.calls().noPlace(command);
        }
        return future;
    }

    @Override
    public @Nullable Reply result() {
        NodeSession to = session;
        Reply reply;
        try {
            reply = Arrived.reply(sent);
        } catch (UnreachableException e) {
            failed = e;
            return null;
        } catch (IndeterminateException e) {
            if (isDropping) {
                // A removal does no harm twice.
                failed = e;
                return null;
            }
            throw e;
        }
        if (to == null) {
            return reply;
        }
        if (Calls.isElsewhere(reply)) {
            failed = router.refused(to, command, (Reply.Failure) reply);
            return null;
        }
        if (isDropping) {
            return down.dropped();
        }
        if (router.only() == null) {
            granters.note(reply, to);
        }
        return reply;
    }

    @Override
    public Reply givenUp() {
        DistCacheException why = failed;
        if (isDropping) {
            why = DownPolicy.backTooLate();
        }
        return down.givenUp(command, why == null ? Router.unsettled() : why);
    }
}
