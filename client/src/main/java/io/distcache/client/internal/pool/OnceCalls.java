package io.distcache.client.internal.pool;

import io.distcache.client.DistCacheException;
import io.distcache.client.IndeterminateException;
import io.distcache.client.RequestRefusedException;
import io.distcache.client.RequestRefusedException.Reason;
import io.distcache.client.UnreachableException;
import io.distcache.client.internal.link.Calls;
import io.distcache.client.internal.link.NodeSession;
import io.distcache.client.internal.link.Retry;
import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The attempts at a change that is made once. What was surely not applied goes to who serves its key by then. If what became of it is not
 * known, only the node that it was sent to can tell, so it is sent there again with the same number; if it was made, its reply comes, and
 * if not, it is made now. Confined to one attempt at a time.
 */
final class OnceCalls implements Retry.Attempts<Reply> {
    private final Router router;
    private final DownPolicy down;
    private final Command.OnEntry change;
    private final Granters granters;
    /** An attempt at a change that is dropped since its owner is down; null while the owner serves. */
    private @Nullable OneEntry dropping;

    private @Nullable NodeSession session;
    private Command.OnEntry command;
    private @Nullable CompletableFuture<Reply> sent;
    /** Why it is not known what became of the change; null while it was surely not made. */
    private @Nullable IndeterminateException unknown;

    private @Nullable DistCacheException failed;

    OnceCalls(Router router, DownPolicy down, Granters granters, Command.OnEntry change) {
        this.router = router;
        this.down = down;
        this.change = change;
        this.command = change;
        this.granters = granters;
    }

    @Override
    public @Nullable CompletableFuture<?> begin(Retry retry) {
        NodeSession to = session;
        if (unknown != null && to != null) {
            router.repeatedChanges.increment();
        } else {
            to = router.serving(change.key(), down.policy());
            dropping = null;
            if (to == null) {
                OneEntry dropped = new OneEntry(router, down, granters, change, null);
                dropping = dropped;
                return dropped.begin(retry);
            }
            session = to;
            command = to.calls().openOnce(change);
        }
        sent = retry.one(to.calls(), command, null);
        if (sent == null && unknown == null) {
            failed = to.calls().noPlace(command);
            to.calls().closeOnce(command);
        }
        return sent;
    }

    @Override
    public @Nullable Reply result() {
        if (dropping != null) {
            return dropping.result();
        }
        NodeSession to = session;
        if (to == null) {
            throw new IllegalStateException("nothing was sent");
        }
        boolean isOpen = false;
        try {
            Reply reply = unknown == null ? first(to) : repeated(to, unknown);
            isOpen = reply == null && unknown != null;
            return reply;
        } finally {
            if (!isOpen) {
                to.calls().closeOnce(command);
            }
        }
    }

    private @Nullable Reply first(NodeSession to) {
        try {
            Reply reply = Arrived.reply(sent);
            if (!Calls.isElsewhere(reply)) {
                return reply;
            }
            failed = router.refused(to, change, (Reply.Failure) reply);
        } catch (UnreachableException e) {
            failed = e;
        } catch (IndeterminateException e) {
            if (!(command instanceof Command.Once)) {
                throw e;
            }
            unknown = e;
        }
        return null;
    }

    private @Nullable Reply repeated(NodeSession to, IndeterminateException unknownSince) {
        try {
            Reply reply = Arrived.reply(sent);
            if (!Calls.isElsewhere(reply)) {
                return reply;
            }
            if (((Reply.Failure) reply).status() == Status.NOT_OWNER) {
                // It drops what it no longer owns, and with it what it knew.
                unknownSince.addSuppressed(to.calls().elsewhere(command, (Reply.Failure) reply));
                throw unknownSince;
            }
        } catch (UnreachableException e) {
            // It may be back before time is over.
        } catch (RequestRefusedException e) {
            if (e.reason() == Reason.BAD_REQUEST || e.reason() == Reason.TOO_LARGE) {
                // It came to be made, so it had not been.
                throw e;
            }
            unknownSince.addSuppressed(e);
            throw unknownSince;
        } catch (IndeterminateException e) {
            if (e == unknownSince) {
                throw e;
            }
            // Lost again; it may be back before time is over.
        } catch (DistCacheException e) {
            unknownSince.addSuppressed(e);
            throw unknownSince;
        }
        return null;
    }

    @Override
    public Reply givenUp() {
        IndeterminateException since = unknown;
        if (since == null) {
            return dropping != null
                    ? dropping.givenUp()
                    : down.givenUp(change, failed == null ? Router.unsettled() : failed);
        }
        NodeSession to = session;
        if (to != null) {
            to.calls().closeOnce(command);
        }
        throw since;
    }
}
