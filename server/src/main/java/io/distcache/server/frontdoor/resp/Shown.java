package io.distcache.server.frontdoor.resp;

import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.dispatch.MultiKeyStep;
import io.distcache.server.frontdoor.stream.PendingReply;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a scan has found; it is told when it is committed. Confined to the connection's event loop. */
final class Shown extends PendingReply {
    private final RespClient client;
    private final Consumer<Supplier<ByteBuf>> answer;

    private Shown(RespClient client, Consumer<Supplier<ByteBuf>> answer) {
        super(client.connection());
        this.client = client;
        this.answer = answer;
    }

    /** Answers with what a scan has shown, when that is committed. */
    static void tell(RespClient client, Consumer<Supplier<ByteBuf>> answer) {
        CompletionStage<Void> committed = client.keyspace().committed();
        MultiKeyStep step = client.running();
        if (step != null) {
            step.seen(committed);
        }
        if (step != null || committed.toCompletableFuture().isDone()) {
            answer.accept(client::outOfMany);
            return;
        }
        Shown shown = new Shown(client, answer);
        client.reply(shown, null);
        committed.whenComplete((done, failure) -> shown.accept(reply(failure)));
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
            client.writeFailure(failure, out);
        } else {
            answer.accept(() -> out);
        }
    }
}
