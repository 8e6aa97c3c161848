package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.AppendEntriesRequest;
import io.microraft.model.message.InstallSnapshotRequest;
import io.microraft.model.message.PreVoteResponse;
import io.microraft.model.message.RaftMessage;

/**
 * A member that asks for votes beforehand (Raft thesis, section 9.6). Two faults of the engine (0.7) are contained here; with either, the only
 * member in reach that has all that is committed never leads, and so nobody does:
 *
 * <ul>
 *   <li>Who has asked and then hears from a leader of the same term, as every restarted member does, is still taken for one that is asking,
 *       and begins no election in that term any more, however long that leader is gone. So its asking ends here.
 *   <li>Who is told that another has a higher term stays in its own, so that all that it asks is refused for its term, while the other's
 *       entries are not new enough to be elected. So it takes that term (Raft, section 5.1). A refusal for any other reason names the term
 *       after the own one.
 * </ul>
 *
 * Stateless; called on the consensus loop.
 */
final class BeforeVote {
    private BeforeVote() {}

    /** Before the engine handles a message. */
    static void mend(RaftNode engine, RaftMessage message) {
        RaftNodeImpl node = (RaftNodeImpl) engine;
        RaftState state = node.state();
        if (state.preCandidateState() == null) {
            return;
        }
        boolean ofLeader = message instanceof AppendEntriesRequest
                || (message instanceof InstallSnapshotRequest piece && piece.isSenderLeader());
        if (ofLeader && message.getTerm() == state.term()) {
            // In the same term this keeps the vote.
            state.toFollower(state.term());
        } else if (message instanceof PreVoteResponse answer
                && !answer.isGranted()
                && answer.getTerm() > state.term() + 1) {
            node.toFollower(answer.getTerm());
        }
    }
}
