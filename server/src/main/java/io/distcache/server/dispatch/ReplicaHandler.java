package io.distcache.server.dispatch;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Status;
import io.distcache.server.session.ClientSession;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Commands by which clients find their way in a replicated pool, and those that it divides by groups. Thread-safe. */
final class ReplicaHandler {
    private final Replicas replicas;

    ReplicaHandler(Replicas replicas) {
        this.replicas = replicas;
    }

    /** {@link Command.Routes}. */
    Reply routes(Command.Routes command, ClientSession session, int request, Consumer<Reply> responder) {
        return new Reply.Routes(replicas.routes());
    }

    /** {@link Command.OfGroup}. */
    @Nullable
    Reply ofGroup(Command.OfGroup command, ClientSession session, int request, Consumer<Reply> responder) {
        int group = command.group();
        if (group >= replicas.groups()) {
            return noSuchGroup(group, replicas.groups());
        }
        return replicas.leads(group)
                ? replicas.ofGroup(command, session, request, responder)
                : new Reply.Failure(
                        Status.NOT_LEADER, "this node does not lead group " + group + " of its replicated pool");
    }

    static Reply.Failure noSuchGroup(int group, int groups) {
        return new Reply.Failure(
                Status.BAD_REQUEST,
                groups == 0
                        ? "this node is in no replicated pool, so it has no group " + group
                        : "there is no group " + group + "; this replicated pool has groups 0 to " + (groups - 1));
    }
}
