package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a scan has found; it is told when it is committed. Confined to the connection's event loop. */
final class Shown extends PendingReply {
    private final RespConnection connection;
    private final Consumer<Supplier<ByteBuf>> answer;

    Shown(RespConnection connection, Consumer<Supplier<ByteBuf>> answer) {
        super(connection.stream());
        this.connection = connection;
        this.answer = answer;
    }

    /** Has it answered when the log has what was found. */
    void awaits(CompletionStage<Void> committed) {
        committed.whenComplete((done, failure) -> accept(reply(failure)));
    }

    /** What becomes of a scan whose findings the log has, or has not. */
    static Reply reply(@Nullable Throwable failure) {
        return failure == null
                ? Reply.Ok.INSTANCE
                : new Reply.Failure(
                        Status.OVERLOADED,
                        "what was found was being changed, and logging the changes failed. They are taken back; ask again");
    }

    @Override
    protected boolean isExecuted() {
        return true;
    }

    @Override
    protected void encode(Reply reply, ByteBuf out) {
        if (reply instanceof Reply.Failure failure) {
            connection.writeFailure(failure, out);
        } else {
            answer.accept(() -> out);
        }
    }
}
