package io.distcache.server.shard;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.dispatch.Operations;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** For a node that is always ready and has nothing on disk. */
final class NoOperations implements Operations {
    @Override
    public Reply.@Nullable Failure notReady() {
        return null;
    }

    @Override
    public void snapshot(Consumer<Reply> responder) {
        refuse(responder);
    }

    @Override
    public void resume(Consumer<Reply> responder) {
        refuse(responder);
    }

    @Override
    public void reload(Consumer<Reply> responder) {
        responder.accept(new Reply.Reloaded("", 0, false, -1));
    }

    @Override
    public void replicate(Command.Replicate command, Consumer<Reply> responder) {}

    @Override
    public void backup(Session session, Consumer<Reply> responder) {
        refuse(responder);
    }

    @Override
    public void readBackup(Command.ReadBackup command, Session session, Consumer<Reply> responder) {
        refuse(responder);
    }

    private static void refuse(Consumer<Reply> responder) {
        responder.accept(new Reply.Failure(Status.BAD_REQUEST, "there is nothing on disk"));
    }
}
