package io.distcache.server.consensus.micro;

import io.microraft.RaftNode;
import io.microraft.impl.RaftNodeImpl;
import io.microraft.impl.log.RaftLog;
import io.microraft.impl.state.RaftState;
import io.microraft.model.message.AppendEntriesRequest;

/**
 * Whether a member of a group has come to where a leader was:
 *
 * <pre>
 *  a leader's request was accepted          at which the leader said what is committed, C
 *  it has applied all up to C               C of the first request accepted in the leader's term; then or later
 *  the last that it applied is of that term
 * </pre>
 *
 * <p>A commit index alone would not do: a new leader's is too low until an entry of its own is committed (Raft, section 8). Confined to the
 * consensus loop.
 */
final class CatchUp {
    private final boolean termMatters;
    private int term;
    private long until;

    /**
     * Of a member that has heard of no leader.
     *
     * @param termMatters whether the last that was applied has to be of the leader's term
     */
    CatchUp(boolean termMatters) {
        this.termMatters = termMatters;
    }

    /** The member has accepted and answered a request, and applied what it could; whether it has caught up with that. */
    boolean accepted(RaftNode engine, AppendEntriesRequest request) {
        if (request.getTerm() != term) {
            term = request.getTerm();
            until = request.getCommitIndex();
        }
        RaftState state = ((RaftNodeImpl) engine).state();
        long applied = state.lastApplied();
        return state.term() == term && applied >= until && (!termMatters || termAt(state.log(), applied) == term);
    }

    private static int termAt(RaftLog log, long index) {
        return index == log.snapshotIndex()
                ? log.snapshotEntry().getTerm()
                : log.getLogEntry(index).getTerm();
    }
}
