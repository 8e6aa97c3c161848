package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import io.microraft.RaftRole;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.RaftState;

/**
 * Begins the election that the engine (0.7) forgets. A follower that has voted, and hears nothing of the outcome for a heartbeat, asks the
 * others whether they would vote again. If the leader's first word comes then, the engine takes the leader but does not forget that it has
 * asked; and as long as it believes that it is asking, it does not look whether the leader still speaks. Where all followers are so, as
 * after a start on a busy machine, nobody ever takes over when the leader dies. Only a new term ends it. Stateless; called on the consensus loop.
 */
final class ForgottenElection {
    private ForgottenElection() {}

    /** Does what the engine's own look at its leader would have done. */
    static void look(RaftNode engine) {
        RaftNodeImpl node = (RaftNodeImpl) engine;
        RaftState state = node.state();
        if (state.role() == RaftRole.FOLLOWER
                && state.leader() != null
                && state.preCandidateState() != null
                && node.isLeaderHeartbeatTimeoutElapsed()) {
            node.leader(null);
            node.runPreVote();
        }
    }
}
