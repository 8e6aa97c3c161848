package io.distcache.server.node;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.dispatch.Operations;
import io.distcache.server.persistence.Persistence;
import io.distcache.server.shard.Session;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Passes on what operators ask, to the data directory if there is one. Thread-safe. */
final class OperatorCommands implements Operations {
    private final Lifecycle lifecycle;
    private final @Nullable Persistence persistence;

    OperatorCommands(Lifecycle lifecycle, @Nullable Persistence persistence) {
        this.lifecycle = lifecycle;
        this.persistence = persistence;
    }

    @Override
    public Reply.@Nullable Failure notReady() {
        return lifecycle.notReady();
    }

    @Override
    public void snapshot(Consumer<Reply> responder) {
        withData(responder, data -> data.snapshot(responder));
    }

    @Override
    public void resume(Consumer<Reply> responder) {
        withData(responder, data -> data.resume(responder));
    }

    @Override
    public void backup(Session session, Consumer<Reply> responder) {
        withData(responder, data -> data.backup(session, responder));
    }

    @Override
    public void readBackup(Command.ReadBackup command, Session session, Consumer<Reply> responder) {
        withData(responder, data -> data.readBackup(command, session, responder));
    }

    private void withData(Consumer<Reply> responder, Consumer<Persistence> action) {
        Persistence data = persistence;
        Reply.Failure notReady = notReady();
        if (notReady != null) {
            responder.accept(notReady);
        } else if (data == null) {
            responder.accept(new Reply.Failure(
                    Status.BAD_REQUEST, "the node keeps its data in memory only; start it with --data-dir"));
        } else {
            action.accept(data);
        }
    }
}
