package io.distcache.client.internal.pool;

import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.Retry;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The attempts at a command that any member of a replicated pool can answer. Confined to one attempt at a time. */
final class AnyMember implements Retry.Attempts<Reply> {
    private final Router router;
    private final Command command;
    private NodeSession session;
    private @Nullable CompletableFuture<Reply> sent;
    private UnreachableException failed = Router.unsettled();

    AnyMember(Router router, Command command) {
        this.router = router;
        this.command = command;
        this.session = router.anyOfAll();
    }

    @Override
    public @Nullable CompletableFuture<?> begin(Retry retry) {
        session = router.anyOfAll();
        sent = retry.one(session.calls(), command, null);
        return sent;
    }

    @Override
    public @Nullable Reply result() {
        try {
            Reply reply = Arrived.reply(sent);
            if (!Calls.isElsewhere(reply)) {
                return reply;
            }
            failed = router.refused(session, command, (Reply.Failure) reply);
        } catch (UnreachableException e) {
            failed = e;
        }
        return null;
    }

    @Override
    public Reply givenUp() {
        Leaders leaders = router.leaders();
        throw leaders == null ? failed : leaders.notAgreed(command.opcode() + " was not done", failed);
    }
}
