package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.dispatch.Glob;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * A command that is done piece by piece, with turns of other connections in between, so that nobody waits for the whole of it. Nothing that
 * its client sent after it is executed before it is done. An object for one use, confined to the connection's event loop.
 */
abstract class Gradual extends PendingReply {
    protected final RespConnection connection;
    private boolean isBeginning;
    private boolean isDone;
    private boolean isRefused;
    private @Nullable Reply now;

    Gradual(RespConnection connection) {
        super(connection.stream());
        this.connection = connection;
    }

    /** Does the next piece, and then says {@link #goOn} or {@link #finish}, there and then or later. */
    abstract void piece();

    /** Starts; a command of one piece is answered at once. */
    final void begin() {
        isBeginning = true;
        next();
        isBeginning = false;
        connection.reply(this, now);
    }

    /** There is more to do. */
    final void goOn() {
        connection.afterOthers(this::next);
    }

    /** All is done, or it was refused. */
    final void finish(Reply reply) {
        isDone = true;
        isRefused = reply instanceof Reply.Failure;
        if (isBeginning) {
            now = reply;
        } else {
            accept(reply);
        }
    }

    /** All is done, and is told when what was found is committed. */
    final void finish(CompletionStage<Void> committed) {
        if (committed.toCompletableFuture().isDone()) {
            finish(Reply.Ok.INSTANCE);
            return;
        }
        isDone = true;
        committed.whenComplete((done, failure) -> {
            isRefused = failure != null;
            accept(Shown.reply(failure));
        });
    }

    /** Does the next piece; also for one that was not to be done yet. */
    final void next() {
        try {
            piece();
        } catch (Glob.TooCostly e) {
            finish(new Reply.Failure(Status.TOO_LARGE, String.valueOf(e.getMessage())));
        }
    }

    @Override
    protected final boolean isExecuted() {
        return isDone;
    }

    @Override
    protected final void encode(Reply reply, ByteBuf out) {
        if (reply instanceof Reply.Failure failure) {
            connection.writeFailure(failure, out);
        } else {
            answer(out);
        }
    }

    @Override
    protected final boolean isInParts() {
        return !isRefused && isLong();
    }

    /** Whether the reply, now that it is known, is written part by part. */
    boolean isLong() {
        return false;
    }

    /** Writes the reply, or its begin if it {@link #isLong}. */
    abstract void answer(ByteBuf out);
}
