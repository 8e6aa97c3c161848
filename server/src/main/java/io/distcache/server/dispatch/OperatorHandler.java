package io.distcache.server.dispatch;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.server.session.ClientSession;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Commands of operators, all of which are answered later. Thread-safe. */
final class OperatorHandler {
    private final Operations operations;

    OperatorHandler(Operations operations) {
        this.operations = operations;
    }

    /** {@link Command.Snapshot}. */
    @Nullable
    Reply snapshot(Command.Snapshot command, ClientSession session, int request, Consumer<Reply> responder) {
        operations.snapshot(responder);
        return null;
    }

    /** {@link Command.Resume}. */
    @Nullable
    Reply resume(Command.Resume command, ClientSession session, int request, Consumer<Reply> responder) {
        operations.resume(responder);
        return null;
    }

    /** {@link Command.Reload}. */
    @Nullable
    Reply reload(Command.Reload command, ClientSession session, int request, Consumer<Reply> responder) {
        operations.reload(responder);
        return null;
    }

    /** {@link Command.Replicate}. */
    @Nullable
    Reply replicate(Command.Replicate command, ClientSession session, int request, Consumer<Reply> responder) {
        operations.replicate(command, responder);
        return null;
    }

    /** {@link Command.Backup}. */
    @Nullable
    Reply backup(Command.Backup command, ClientSession session, int request, Consumer<Reply> responder) {
        operations.backup(session, responder);
        return null;
    }

    /** {@link Command.ReadBackup}. */
    @Nullable
    Reply readBackup(Command.ReadBackup command, ClientSession session, int request, Consumer<Reply> responder) {
        operations.readBackup(command, session, responder);
        return null;
    }
}
