package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Reply;
import io.distcache.server.command.Together;
import io.distcache.server.frontdoor.output.ReplyBuffer;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Work on several entries that is one step to everybody: a command on many keys, or what stands between MULTI and EXEC. */
final class Step extends PendingReply {
    private final RespConnection connection;
    private final Together together;
    private final Runnable body;
    private final ReplyBuffer replies;
    private boolean executed;

    private Step(RespConnection connection, Together together, Runnable body) {
        super(connection);
        this.connection = connection;
        this.together = together;
        this.body = body;
        this.replies = connection.replyBuffer();
    }

    /** Runs the body, now or when no entry that it changes is leased; what it writes is the reply. */
    static void run(RespConnection connection, Together together, Runnable body) {
        Step step = new Step(connection, together, body);
        Reply now = step.attempt();
        connection.reply(step, now);
    }

    private @Nullable Reply attempt() {
        Reply reply = together.run(connection, this, () -> connection.later(this::attemptAgain), running -> {
            replies.clear();
            connection.inside(running, replies, body);
            return Reply.Ok.INSTANCE;
        });
        executed = !together.isWaiting();
        return reply;
    }

    private void attemptAgain() {
        Reply reply = attempt();
        if (reply != null) {
            accept(reply);
        }
    }

    @Override
    protected boolean isExecuted() {
        return executed;
    }

    @Override
    protected long valueBytes() {
        return replies.referredBytes();
    }

    @Override
    protected long keptBytes() {
        return replies.totalBytes();
    }

    @Override
    protected void encode(Reply reply, ByteBuf out) {
        if (reply instanceof Reply.Failure failure) {
            Replies.error(out, Failures.text(failure));
        } else {
            replies.writeTo(out);
        }
    }
}
