package io.distcache.server.consensus.micro;

import io.distcache.server.consensus.ConsensusException;
import io.distcache.server.consensus.ConsensusException.Meaning;
import io.microraft.RaftEndpoint;
import io.microraft.RaftNode;
import io.microraft.exception.CannotReplicateException;
import io.microraft.exception.NotLeaderException;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What the engine's failures mean for who has asked. Stateless. */
final class EngineFailure {
    private EngineFailure() {}

    static ConsensusException told(int number, Endpoint self, RaftNode engine, @Nullable Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof NotLeaderException) {
            RaftEndpoint leader = engine.getTerm().getLeaderEndpoint();
            return new ConsensusException(
                    Meaning.NOT_LEADER,
                    "group " + number + " is led by " + (leader == null ? "nobody yet" : "node " + Endpoint.of(leader))
                            + ", not by this node, " + self.number());
        } else if (cause instanceof CannotReplicateException) {
            return new ConsensusException(
                    Meaning.BUSY,
                    "group " + number + ": too many entries are under way, or leadership is being handed over");
        }
        return new ConsensusException(
                Meaning.INDETERMINATE, "group " + number + ": whether the entry is applied is not known", cause);
    }
}
