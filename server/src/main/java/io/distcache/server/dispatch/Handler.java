package io.distcache.server.dispatch;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.server.session.ClientSession;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Executes the commands of one opcode, on the caller's thread. Thread-safe. */
@FunctionalInterface
interface Handler<C extends Command> {

    /**
     * Executes a command that has passed the {@link Gate}.
     *
     * @param request the client's id of the command
     * @param responder gets the reply if it comes later; on any thread, must not block
     * @return the reply, or null if it comes later
     */
    @Nullable
    Reply handle(C command, ClientSession session, int request, Consumer<Reply> responder);
}
