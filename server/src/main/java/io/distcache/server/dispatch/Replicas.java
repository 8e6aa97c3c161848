package io.distcache.server.dispatch;

import io.distcache.protocol.Command;
import io.distcache.protocol.Reply;
import io.distcache.protocol.Routes;
import io.distcache.server.session.ClientSession;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the commands have to know of a node's replicated pool. Thread-safe. */
public interface Replicas {
    /** Of a node that is in no replicated pool. */
    Replicas NONE = new Replicas() {
        @Override
        public Routes routes() {
            return Routes.NONE;
        }

        @Override
        public boolean isReplicated() {
            return false;
        }

        @Override
        public int groups() {
            return 0;
        }

        @Override
        public boolean leads(int group) {
            return false;
        }

        @Override
        public Reply ofGroup(Command.OfGroup command, ClientSession session, int request, Consumer<Reply> responder) {
            return ReplicaHandler.noSuchGroup(command.group(), 0);
        }
    };

    /** Who leads which group, as far as this node knows. */
    Routes routes();

    /** Whether the node is in a replicated pool. */
    boolean isReplicated();

    /** How many groups of keys there are; 0 in no replicated pool. */
    int groups();

    /** Whether this node leads a group, 0 to before {@link #groups}. */
    boolean leads(int group);

    /**
     * Does a command about a whole cache for a group that this node leads.
     *
     * @param request the client's id of the command
     * @param responder gets the reply if it comes later
     * @return the reply, or null if it comes later
     */
    @Nullable
    Reply ofGroup(Command.OfGroup command, ClientSession session, int request, Consumer<Reply> responder);
}
