package io.distcache.server.dispatch;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.server.shard.Session;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What operators ask of a node, and clients do not. Thread-safe; long work runs elsewhere. */
public interface Operations {

    /** Why the node takes no commands at all now, as while it loads its data; null if it does. */
    Reply.@Nullable Failure notReady();

    /** {@link Command.Snapshot}. */
    void snapshot(Consumer<Reply> responder);

    /** {@link Command.Resume}. */
    void resume(Consumer<Reply> responder);

    /** {@link Command.Reload}. */
    void reload(Consumer<Reply> responder);

    /** {@link Command.Replicate}. */
    void replicate(Command.Replicate command, Consumer<Reply> responder);

    /** {@link Command.Backup}. */
    void backup(Session session, Consumer<Reply> responder);

    /** {@link Command.ReadBackup}. */
    void readBackup(Command.ReadBackup command, Session session, Consumer<Reply> responder);
}
